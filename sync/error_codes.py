"""What each error code means and what to do: for the pages, the alerts and the README's table.

A test compares these sentences with the README, and the codes with `sync.errors` and `customers.erp_list`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What happened and what to do, in English; translate them with `what_happened` and `what_to_do`."""

    happened: str
    to_do: str


_TRY_AGAIN = _("Sync again.")
_TRY_LATER = _("Sync again later.")
_NOTHING_TO_DO = _("Nothing to do: the next sync does its work.")
_TELL = _("Tell the server's administrator.")

FACTS = {
    "erp_not_configured": CodeFacts(
        _("The ERP's address, user name or password is not set."),
        _(
            "The server's administrator must set `ARCHIBALD_URL`, `ARCHIBALD_USERNAME` and"
            " `ARCHIBALD_PASSWORD`."
        ),
    ),
    "browser_not_found": CodeFacts(
        _("There is no Chromium on the server."),
        _("The server's administrator must run `./scripts/demo` once, or set `BROWSER_PATH`."),
    ),
    "browser_crashed": CodeFacts(
        _("The browser crashed or stopped answering."),
        _("Sync again. If it happens often, the server has too little memory: a sync takes about 700 MB."),
    ),
    "file_problem": CodeFacts(
        _("The server could not write a file."),
        _(
            "The server's administrator must check the free disk space, the permissions of"
            " `ARCHIBALD_DATA_DIR` and the limit of open files."
        ),
    ),
    "erp_unreachable": CodeFacts(
        _("The ERP can't be reached, or answers that it is not available."),
        _("Check whether you can open the ERP. If you can, check its address and the server's network."),
    ),
    "erp_connection_timeout": CodeFacts(
        _("The ERP's host answers no connection: it is off, or it has blocked this server."),
        _(
            "Check whether you can open the ERP elsewhere; if so, ask its operator: too many logins can cause"
            " a block. After the second time in a row, scheduled syncs wait until the host answers again."
        ),
    ),
    "erp_certificate_invalid": CodeFacts(
        _("The ERP's TLS certificate is not valid for its address."),
        _(
            "The server's administrator must use the host's name in `ARCHIBALD_URL`, or set"
            " `ARCHIBALD_ACCEPT_INVALID_CERTIFICATE`."
        ),
    ),
    "erp_timeout": CodeFacts(
        _("A page of the ERP took too long."),
        _("Sync again later. If the ERP has become slower for good, raise `ERP_PAGE_TIMEOUT_S`."),
    ),
    "login_rejected": CodeFacts(
        _("The ERP rejects the user name or password."),
        _(
            "Have them corrected in the settings; scheduled syncs wait for it. A login is never tried again"
            " by itself, because the ERP's operator blocks hosts that log in too often."
        ),
    ),
    "login_blocked": CodeFacts(
        _("The ERP refuses the login, whatever the password."), _("Ask the ERP's operator.")
    ),
    "login_unknown": CodeFacts(
        _("The login was sent, and its result is not known."),
        _("Log in to the ERP by hand with this account. If that works, resume the scheduled syncs."),
    ),
    "session_lost": CodeFacts(
        _("The ERP ended the session right after the login, and a sync logs in only once."),
        _("Check whether somebody else uses this account."),
    ),
    "erp_page_broken": CodeFacts(
        _("The ERP showed an error or an unexpected page."),
        _("Look at the screenshot, then sync again later."),
    ),
    "export_not_found": CodeFacts(
        _("The list's toolbar has no usable export button."),
        _("Check whether the ERP has been updated, and tell the server's administrator."),
    ),
    "filter_not_all": CodeFacts(
        _("The list's filter can't be set to all customers."),
        _("Open the list in the ERP with this account and look at its filter."),
    ),
    "grid_filtered": CodeFacts(
        _("Somebody left a filter in the ERP's customer list, and it can't be cleared."),
        _(
            "Open the list in the ERP with this account and clear it: filter row, search box, filter bar and"
            " the columns' headers."
        ),
    ),
    "export_refused": CodeFacts(
        _("The ERP refused the export twice: “Requested objects cannot be loaded”."), _TRY_LATER
    ),
    "no_download": CodeFacts(_("The ERP gave no file in time."), _TRY_LATER),
    "download_broken": CodeFacts(_("The download was cut off, or the file is empty."), _TRY_AGAIN),
    "download_not_pdf": CodeFacts(_("The file from the ERP is not a PDF."), _TRY_LATER),
    "report_unreadable": CodeFacts(_("The file is no PDF, damaged or encrypted."), _TRY_AGAIN),
    "report_truncated": CodeFacts(_("The end of the file is missing."), _TRY_AGAIN),
    "report_too_large": CodeFacts(
        _("The file is larger than allowed."),
        _("The server's administrator must check `REPORT_MAX_BYTES` and `REPORT_MAX_PAGES`."),
    ),
    "no_report": CodeFacts(
        _("There is no list in the PDF."), _("Open the list in the ERP and check whether it prints.")
    ),
    "report_layout_broken": CodeFacts(
        _("Pages of the list are missing, doubled or do not fit together."), _TRY_AGAIN
    ),
    "report_unproven": CodeFacts(_("The rows do not add up to the list's own totals."), _TRY_AGAIN),
    "report_incomplete": CodeFacts(_("The list has fewer or more customers than the ERP says."), _TRY_AGAIN),
    "list_language": CodeFacts(
        _("The list is not in Italian, so day and month could be swapped."),
        _("Set the account's language in the ERP to Italian."),
    ),
    "list_unproven": CodeFacts(
        _("The list has no count of its rows, or the count differs: the list may be cut off."), _TRY_AGAIN
    ),
    "column_missing": CodeFacts(
        _("A column is hidden or renamed in the ERP's list."), _("Show it again in the ERP.")
    ),
    "column_ambiguous": CodeFacts(
        _("A column is in the ERP's list more often than it should be."), _("Remove it from the list there.")
    ),
    "row_ragged": CodeFacts(_("A row of the list is incomplete."), _TRY_AGAIN),
    "id_invalid": CodeFacts(_("A customer has no valid ID."), _("Correct the ID in the ERP.")),
    "id_duplicate": CodeFacts(_("Two customers have the same ID."), _("Correct the ID in the ERP.")),
    "values_unreadable": CodeFacts(
        _("More than one row in a hundred has a number or date that can't be read."),
        _("Check whether the list has changed in the ERP, and tell the server's administrator."),
    ),
    "list_empty": CodeFacts(
        _("The list is empty."), _("Approve it only if there really are no customers any more.")
    ),
    "list_too_short": CodeFacts(
        _("Many customers are not in the list."), _("Approve it only if they really are gone.")
    ),
    "customers_replaced": CodeFacts(
        _("Most customers of the list are new."), _("Approve it only if the earlier ones really are gone.")
    ),
    "first_list_too_short": CodeFacts(
        _("The first list has fewer customers than expected."),
        _("Check in the ERP whether this account sees all customers."),
    ),
    "source_changed": CodeFacts(
        _("The list comes from another account or view, and lacks customers."),
        _("The new account or view may not show all: approve it only if the missing ones really are gone."),
    ),
    "order_in_future": CodeFacts(
        _("A last order is in the future: day and month may be swapped."),
        _("Look at it in the ERP before you approve the list."),
    ),
    "field_emptied": CodeFacts(
        _("A field goes empty for many customers."), _("Approve the list only if that is intended.")
    ),
    "values_exchanged": CodeFacts(
        _("Values moved to other customers, as if pages were mixed up."), _("Reject the list and sync again.")
    ),
    "columns_exchanged": CodeFacts(
        _("Values moved to another column."), _("Reject the list, unless the ERP's list was changed so.")
    ),
    "list_uploaded": CodeFacts(
        _("The list was uploaded, not fetched from the ERP."),
        _("Look at what it would change, then approve or reject it."),
    ),
    "run_not_held": CodeFacts(
        _("Somebody has already decided, or the sync does not wait for a decision."), _("Nothing to do.")
    ),
    "list_superseded": CodeFacts(_("A newer list has been applied since."), _("Reject this one.")),
    "sync_running": CodeFacts(_("Another sync was running or queued."), _("Wait for it to end.")),
    "sync_not_running": CodeFacts(
        _("There was no running sync to cancel."), _("Nothing to do: it has ended, or has not begun.")
    ),
    "lease_lost": CodeFacts(
        _("A sync did not respond or reach the database for so long that another could take over."),
        _NOTHING_TO_DO,
    ),
    "abandoned": CodeFacts(_("The sync was cut off, by a restart for example."), _NOTHING_TO_DO),
    "not_started": CodeFacts(
        _("No cluster started the sync."),
        _("The server's administrator must check that `manage.py qcluster` is running."),
    ),
    "stopped": CodeFacts(
        _("The service was stopped during the sync, or somebody cancelled it."), _NOTHING_TO_DO
    ),
    "internal_error": CodeFacts(
        _("An error of this program; the log has its details."),
        _TELL,
    ),
}


def what_happened(code: str) -> str:
    """Return what an error code means, in the reader's language; empty for an unknown code."""
    return gettext(FACTS[code].happened) if code in FACTS else ""


def what_to_do(code: str) -> str:
    """Return what to do about an error, in the reader's language; empty for an unknown code."""
    return gettext(FACTS[code].to_do) if code in FACTS else ""
