"""The errors of a sync, as one tree.

    SyncError
    ├── AlreadyRunning             another run holds the lease
    ├── NotRunning                 no run to cancel
    ├── LeaseLost                  this run was taken over by another
    ├── Stopped                    asked to stop (SIGTERM), or cancelled by a person
    ├── NotStarted                 no cluster started the queued run
    ├── Abandoned                  the process of the run died
    ├── InternalError            * a bug in this program
    ├── ErpError                   the ERP or the browser failed
    │   ├── ErpNotConfigured       address, user or password missing
    │   ├── BrowserNotFound        no Chromium found
    │   ├── BrowserCrashed       * browser, tab or driver crashed or hung
    │   ├── FileProblem          * the disk is full, or too many files are open
    │   ├── ErpUnreachable       * connection refused, 502, 503
    │   │   └── ErpConnectionTimedOut * no answer: this host may be blocked
    │   ├── ErpCertificateInvalid  invalid TLS certificate
    │   ├── ErpTimeout           * a page or callback took too long
    │   ├── LoginRejected          user or password refused
    │   ├── LoginBlocked           the ERP refuses logins, whatever the password
    │   ├── LoginUnknown           the login was submitted, but its outcome is unknown
    │   ├── SessionLost            expired again after the run's only login
    │   ├── ErpPageBroken        * Error.aspx, an error message, or not the page asked for
    │   ├── ExportNotFound         no export button in the toolbar
    │   ├── FilterNotAll           the filter can't be set to "all"
    │   ├── GridFiltered           one of the grid's own filters can't be cleared
    │   ├── ExportRefused        * "Requested objects cannot be loaded", twice
    │   ├── NoDownload           * no file came after the export was clicked
    │   ├── DownloadBroken       * connection cut, empty file, shorter than announced
    │   └── DownloadNotPdf       * the file is not a PDF
    ├── ReportError                the file is refused
    │   ├── ReportUnreadable       not a PDF, encrypted, damaged
    │   ├── ReportTruncated      * the file's end is missing
    │   ├── ReportTooLarge         over the maximum size or page count
    │   ├── NoReport               the PDF has no list report
    │   ├── ReportLayoutBroken     headers differ, page groups do not match, or a group is cut off
    │   ├── ReportUnproven         the rows do not add up to the footer
    │   └── ReportIncomplete     * more or fewer rows than the pager says
    └── ListError                  the customer list can't be applied
        ├── ListRefused            a missing column, another language or an unreadable value
        ├── ListHeld               implausible compared with the stored customers
        ├── ListNotHeld            a decision for a run that is not held (any more)
        └── ListSuperseded         a newer list was applied after it was held

A star marks transient errors, which are retried (``retryable``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from customers.erp_list.message import Message, Param, message
from customers.erp_list.message import gettext_noop as _


class SyncError(Exception):
    """Base class of the errors of a sync.

    ``code`` is stable and machine-readable; `sync.error_codes` says what each means and what to do. The text
    is for people and contains no secrets or personal data. ``retryable`` says whether the same sync may
    succeed in a few seconds.
    """

    code = "sync_error"
    retryable = False

    def __init__(self, text: Message | str, /, **params: Param) -> None:
        self.text = message(text, **params) if isinstance(text, str) else text
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The text in English, for logs and programs."""
        return str(self.text)

    def as_fields(self) -> dict[str, Any]:
        """Return code and text as fields of a run, an attempt or a suspension."""
        return {"error_code": self.code, "error_message": self.message, "error_text": self.text.as_json()}


class AlreadyRunning(SyncError):
    code = "sync_running"


class NotRunning(SyncError):
    code = "sync_not_running"

    def __init__(self) -> None:
        super().__init__(_("no sync is running"))


class LeaseLost(SyncError):
    code = "lease_lost"

    def __init__(self) -> None:
        super().__init__(
            _("this run did not renew its lease in time: another could take over; nothing was written")
        )


class Stopped(SyncError):
    code = "stopped"

    @classmethod
    def by_person(cls, who: str) -> Self:
        """Return the error of a run that a person cancelled."""
        return cls(_("the sync was cancelled by %(who)s; nothing was written"), who=who)


class NotStarted(SyncError):
    code = "not_started"

    def __init__(self) -> None:
        super().__init__(_("no cluster started it: is `manage.py qcluster` running?"))


class Abandoned(SyncError):
    code = "abandoned"

    def __init__(self) -> None:
        super().__init__(_("the process that ran it died or lost the database; nothing was written"))


class InternalError(SyncError):
    """An exception that nobody expected. Retried, since its cause may be transient."""

    code = "internal_error"
    retryable = True

    def __init__(self, unexpected: Exception) -> None:
        super().__init__(
            _("an error of this program (%(type)s): see the log"), type=type(unexpected).__name__
        )


class ErpError(SyncError):
    """The ERP or the browser failed; ``screenshot`` and ``trace`` are files, or None."""

    code = "erp_error"
    screenshot: Path | None = None
    trace: Path | None = None


class ErpNotConfigured(ErpError):
    code = "erp_not_configured"


class BrowserNotFound(ErpError):
    code = "browser_not_found"


class BrowserCrashed(ErpError):
    code = "browser_crashed"
    retryable = True


class FileProblem(ErpError):
    code = "file_problem"
    retryable = True


class ErpUnreachable(ErpError):
    code = "erp_unreachable"
    retryable = True


class ErpConnectionTimedOut(ErpUnreachable):
    """A connection to the ERP's host timed out. The second one in a row suspends scheduled runs."""

    code = "erp_connection_timeout"


class ErpCertificateInvalid(ErpError):
    code = "erp_certificate_invalid"


class ErpTimeout(ErpError):
    code = "erp_timeout"
    retryable = True


class LoginRejected(ErpError):
    code = "login_rejected"


class LoginBlocked(ErpError):
    code = "login_blocked"


class LoginUnknown(ErpError):
    """Never retried automatically, since repeated logins can get this host blocked."""

    code = "login_unknown"


class SessionLost(ErpError):
    """Not retried, since a run logs in once at most."""

    code = "session_lost"


class ErpPageBroken(ErpError):
    code = "erp_page_broken"
    retryable = True


class ExportNotFound(ErpError):
    code = "export_not_found"


class FilterNotAll(ErpError):
    code = "filter_not_all"


class GridFiltered(ErpError):
    code = "grid_filtered"


class ExportRefused(ErpError):
    code = "export_refused"
    retryable = True


class NoDownload(ErpError):
    code = "no_download"
    retryable = True


class DownloadBroken(ErpError):
    code = "download_broken"
    retryable = True


class DownloadNotPdf(ErpError):
    code = "download_not_pdf"
    retryable = True


class ReportError(SyncError):
    """The file is refused; ``page`` is the faulty page, counted from 1, or None."""

    code = "report_error"

    def __init__(self, text: Message | str, /, *, page: int | None = None, **params: Param) -> None:
        reason = message(text, **params) if isinstance(text, str) else text
        on_page = _("page %(page)s: %(reason)s")
        super().__init__(reason if page is None else message(on_page, page=page, reason=reason))
        self.page = page


class ReportUnreadable(ReportError):
    code = "report_unreadable"


class ReportTruncated(ReportError):
    code = "report_truncated"
    retryable = True


class ReportTooLarge(ReportError):
    code = "report_too_large"


class NoReport(ReportError):
    code = "no_report"


class ReportLayoutBroken(ReportError):
    code = "report_layout_broken"


class ReportUnproven(ReportError):
    code = "report_unproven"


class ReportIncomplete(ReportError):
    code = "report_incomplete"
    retryable = True


class ListError(SyncError):
    code = "list_error"


class ListRefused(ListError):
    """The list is refused; ``code`` comes from `customers` (``column_missing`` …)."""

    def __init__(self, code: str, text: Message | str, /, **params: Param) -> None:
        super().__init__(text, **params)
        self.code = code


class ListHeld(ListRefused):
    """A guard held the list for a decision; ``code`` is the guard's (``list_too_short`` …)."""


class ListNotHeld(ListError):
    code = "run_not_held"


class ListSuperseded(ListError):
    code = "list_superseded"
