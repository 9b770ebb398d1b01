"""What each error code means and what to do, for the staff's pages. The README has the same for operators."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

HELP = {
    "erp_not_configured": _(
        "The ERP's address, user or password is not set. Tell whoever looks after the server."
    ),
    "browser_not_found": _("The server has no browser. Tell whoever looks after it."),
    "browser_crashed": _("The browser broke off. If it comes again, the server lacks memory."),
    "erp_unreachable": _("The ERP does not answer. Can you open it yourself? If so, try again."),
    "erp_connection_timeout": _(
        "The ERP's server answers no connection: it is off, or it has blocked ours. If you can open the ERP"
        " elsewhere, ask its operator. Scheduled syncs go on when it answers again."
    ),
    "erp_certificate_invalid": _("The ERP's certificate is not valid. Tell whoever looks after the server."),
    "erp_timeout": _("The ERP was too slow. Try again later."),
    "login_rejected": _(
        "The ERP refuses the user or the password. Have them corrected in the settings; scheduled"
        " syncs wait for it."
    ),
    "login_blocked": _("The ERP lets nobody in from here. Ask the ERP's operator."),
    "login_unknown": _(
        "The login was sent and the ERP gave no clear answer. Log in to the ERP by hand with this account;"
        " if that works, resume the scheduled syncs."
    ),
    "session_lost": _("The ERP ended the session at once. Does somebody else use this account?"),
    "erp_page_broken": _("The ERP showed an error page: the screenshot shows it. Try again later."),
    "export_not_found": _(
        "The export button was not found: has the ERP been updated? Tell whoever looks after the server."
    ),
    "filter_not_all": _(
        "The list could not be set to all customers. Open the list in the ERP and look at its filter."
    ),
    "grid_filtered": _(
        "Somebody left a filter in the ERP's customer list, and it could not be cleared. Open the list in the"
        " ERP with this account and clear it."
    ),
    "export_refused": _("The ERP refused the export twice. Try again later."),
    "no_download": _("The ERP gave no file in time. Try again later."),
    "download_broken": _("The file broke off on its way. Try again."),
    "download_not_pdf": _("The ERP gave something else than a PDF. Try again later."),
    "report_unreadable": _("The file is damaged. Try again."),
    "report_truncated": _("The end of the file is missing. Try again."),
    "report_too_large": _("The file is larger than allowed. Tell whoever looks after the server."),
    "no_report": _("There is no list in the file. Open the list in the ERP and see whether it prints."),
    "report_layout_broken": _("Pages of the list are missing or mixed up. Try again."),
    "report_unproven": _("The list does not add up to its own totals, so nothing was written. Try again."),
    "report_incomplete": _("The list has fewer or more customers than the ERP says. Try again."),
    "list_language": _("The list is not in Italian. Set the account's language in the ERP to Italian."),
    "list_unproven": _("The list has no total of its rows: it may be cut off. Try again."),
    "column_missing": _("A column is hidden or renamed in the ERP's list. Show it again there."),
    "column_ambiguous": _("A column stands in the ERP's list more often than it should. Correct it there."),
    "row_ragged": _("A row of the list is incomplete. Try again."),
    "id_invalid": _("A customer has no valid ID. Correct it in the ERP."),
    "id_duplicate": _("Two customers have the same ID. Correct it in the ERP."),
    "values_unreadable": _(
        "Many numbers or dates could not be read. Has the list changed? Tell whoever looks after the server."
    ),
    "list_empty": _("The list is empty. Approve it only if there really are no customers any more."),
    "list_too_short": _("Many customers are not in the list. Approve it only if they really are gone."),
    "customers_replaced": _("Most customers are others than before. Approve it only if that is so."),
    "first_list_too_short": _(
        "The first list has fewer customers than expected. Does the ERP show this account all of them?"
    ),
    "source_changed": _(
        "Another account or another view may show fewer customers. Approve it only if those that are"
        " missing really are gone."
    ),
    "order_in_future": _(
        "A last order lies in the future: day and month may be exchanged. Look at it in the ERP before you"
        " approve it."
    ),
    "field_emptied": _("A field is empty for many customers that had it. Approve it only if that is meant."),
    "values_exchanged": _(
        "Values stand with other customers than before, as if pages were mixed up. Reject it and sync again."
    ),
    "columns_exchanged": _(
        "Values stand in other columns than before. Reject it, unless the ERP was changed so."
    ),
    "run_not_held": _("Somebody has decided already."),
    "list_superseded": _("A newer list has been applied since. Reject this one."),
    "sync_running": _("Another sync was running. Wait for it to end."),
    "lease_lost": _("Another sync took over. Nothing to do."),
    "abandoned": _("The sync was cut off, by a restart for example. The next one does its work."),
    "not_started": _(
        "Nobody took the sync up: the service does not run. Tell whoever looks after the server."
    ),
    "stopped": _("The service was stopped meanwhile. The next sync does the work."),
    "internal_error": _(
        "A fault of this program. Tell whoever looks after the server; the log has the details."
    ),
}


def help_for(code: str) -> str:
    """Return what to do about an error, or an empty string for an unknown code."""
    return str(HELP.get(code, ""))
