"""The export of the customer list: a POST of its form, a redirect, and a GET that answers with the file."""

from __future__ import annotations

from scripts.erp_simulator import pages
from scripts.erp_simulator.book import CustomerBook
from scripts.erp_simulator.counters import Counters
from scripts.erp_simulator.culture import CultureName
from scripts.erp_simulator.export import Export
from scripts.erp_simulator.faults import Faults
from scripts.erp_simulator.http_message import Request, Response, html, redirect
from scripts.erp_simulator.labels import BANNER
from scripts.erp_simulator.sessions import Session, UserState

ERROR_PAGE = f"{pages.APP}/Error.aspx"
SERVER_ERROR = "Errore del server nell'applicazione '/Archibald'."


class ListExport:
    """Creates the file when the form is posted, and keeps it for the session's next request."""

    def __init__(self, faults: Faults, counters: Counters, book: CustomerBook, export: Export) -> None:
        self._faults = faults
        self._counters = counters
        self._book = book
        self._export = export

    def accept(self, request: Request, session: Session, state: UserState, culture: CultureName) -> Response:
        """Answer the POST with a redirect to the same address, or with a fault."""
        faults = self._faults
        if faults.take("banner_by_navigation"):
            session.error_message = BANNER
            return redirect(ERROR_PAGE)
        request.wait(faults.export_delay)
        if faults.take("no_download"):
            return Response(status=204, action="no-download")
        if faults.take("export_hangs"):
            return Response(never=True, action="export-hangs")
        session.export_ready = self._answer(state, culture)
        response = redirect(request.target)
        response.action = "export-asked"
        return response

    def deliver(self, response: Response) -> Response:
        """Answer the GET that follows."""
        if response.action == "export":
            self._counters.add("exports")
        return response

    def _answer(self, state: UserState, culture: CultureName) -> Response:
        if self._faults.take("html_instead_of_pdf"):
            return html(pages.error(culture, SERVER_ERROR))
        pdf = self._export.pdf(self._book.listed(state), culture)
        cut_at = None
        if self._faults.take("empty_file"):
            pdf = b""
        elif self._faults.take("truncated_file"):
            pdf = pdf[: len(pdf) // 2]
        elif self._faults.take("html_as_pdf"):
            pdf = pages.error(culture, SERVER_ERROR).encode()
        elif self._faults.take("cut_download"):
            cut_at = len(pdf) // 2
        disposition = f'attachment; filename="{self._export.file_name(culture)}"'
        return Response(
            body=pdf,
            content_type="application/pdf",
            headers=[("Content-Disposition", disposition)],
            sent_bytes=cut_at,
            stalls_s=self._faults.download_stalls,
            action="export",
        )
