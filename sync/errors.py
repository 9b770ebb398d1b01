"""Every way in which a sync can fail, as one tree.

    SyncError
    ├── AlreadyRunning             another run holds the lease
    ├── LeaseLost                  this run was taken over by another
    ├── Stopped                    asked to stop (SIGTERM)
    ├── InternalError              a fault of this program
    ├── ErpError                   the ERP, or the browser that works it
    │   ├── ErpNotConfigured       no address, user or password
    │   ├── BrowserNotFound        no Chromium to start
    │   ├── BrowserCrashed       * browser, tab or driver died
    │   ├── ErpUnreachable       * connection refused, 502, 503
    │   │   └── ErpConnectionTimedOut * nobody answers: this host may be blocked
    │   ├── ErpCertificateInvalid  the TLS certificate does not match
    │   ├── ErpTimeout           * a page or a callback did not end in time
    │   ├── LoginRejected          user or password refused
    │   ├── LoginBlocked           the ERP refuses to log in, whatever the password
    │   ├── LoginUnknown           the login button was pressed, and what came of it is not known
    │   ├── SessionLost            expired again after this run's one login
    │   ├── ErpPageBroken        * Error.aspx, an error message, or not the page asked for
    │   ├── ExportNotFound         no export in the toolbar
    │   ├── FilterNotAll           the filter can't be brought to "all"
    │   ├── GridFiltered           a filter of the grid itself can't be cleared
    │   ├── ExportRefused        * "Requested objects cannot be loaded", twice
    │   ├── NoDownload           * the export was clicked and no file came
    │   ├── DownloadBroken       * connection cut, empty file, shorter than announced
    │   └── DownloadNotPdf       * something else than a PDF came
    ├── ReportError                the file
    │   ├── ReportUnreadable       not a PDF, encrypted, damaged
    │   ├── ReportTruncated      * the file's end is missing
    │   ├── ReportTooLarge         over the set size or page count
    │   ├── NoReport               a PDF without a list report in it
    │   ├── ReportLayoutBroken     header drift, ragged groups, a group cut off
    │   ├── ReportUnproven         the rows do not add up to the footer
    │   └── ReportIncomplete     * fewer or more rows than the grid's pager promised
    └── ListError                  the customer list
        ├── ListRefused            a column missing, another language, an unreadable value: see its message
        ├── ListHeld               implausible against what was there: a person decides
        ├── ListNotHeld            the decision came for a run that is not held (any more)
        └── ListSuperseded         a newer list was applied since it was held

A star marks what can pass by itself: trying again makes sense (``retryable``).
"""

from __future__ import annotations

from pathlib import Path


class SyncError(Exception):
    """A sync that can't go on.

    ``code`` is stable and machine-readable; the message is for the reader and holds no secret and no
    personal data. ``retryable`` says whether the same sync may succeed in a few seconds.
    """

    code = "sync_error"
    retryable = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AlreadyRunning(SyncError):
    code = "sync_running"


class LeaseLost(SyncError):
    code = "lease_lost"


class Stopped(SyncError):
    code = "stopped"


class InternalError(SyncError):
    code = "internal_error"


class ErpError(SyncError):
    """The ERP or the browser failed; ``screenshot`` and ``trace`` are files, where they could be taken."""

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


class ErpUnreachable(ErpError):
    code = "erp_unreachable"
    retryable = True


class ErpConnectionTimedOut(ErpUnreachable):
    """Connections to the ERP's host are not even refused; a second one in a row suspends scheduled runs."""

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
    """Never tried again by itself: what gets a host blocked is its logins."""

    code = "login_unknown"


class SessionLost(ErpError):
    """Final for its run, since a run logs in once."""

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
    """The file is refused; ``page`` is the number of the page at fault, from 1, where one is."""

    code = "report_error"

    def __init__(self, message: str, *, page: int | None = None) -> None:
        super().__init__(message if page is None else f"page {page}: {message}")
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
    """The customers' side refuses the list; ``code`` is the customers' own (``column_missing`` …)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ListHeld(ListRefused):
    """A guard stopped the list; ``code`` is the guard's (``list_too_short`` …)."""


class ListNotHeld(ListError):
    code = "run_not_held"


class ListSuperseded(ListError):
    code = "list_superseded"
