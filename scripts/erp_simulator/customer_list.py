"""The customer list: the page, its callbacks and its export."""

from __future__ import annotations

import json
import re
from typing import cast

from scripts.erp_simulator import grid, pages, toolbar
from scripts.erp_simulator.book import CustomerBook
from scripts.erp_simulator.counters import Counters
from scripts.erp_simulator.culture import CultureName
from scripts.erp_simulator.export import Export
from scripts.erp_simulator.faults import Faults
from scripts.erp_simulator.http_message import Request, Response, html, redirect
from scripts.erp_simulator.labels import BANNER, FilterName, labels
from scripts.erp_simulator.sessions import Page, Session, Sessions, UserState
from scripts.erp_simulator.world import SimCustomer

ERROR_PAGE = f"{pages.APP}/Error.aspx"
SERVER_ERROR = "Errore del server nell'applicazione '/Archibald'."


class CustomerListView:
    """Renders the list with the filter, the page and the page size that the user has at the moment."""

    def __init__(
        self, faults: Faults, counters: Counters, sessions: Sessions, book: CustomerBook, export: Export
    ) -> None:
        self._faults = faults
        self._counters = counters
        self._sessions = sessions
        self._book = book
        self._export = export

    def show(self, session: Session, culture: CultureName) -> Response:
        """Return the list page."""
        self._counters.add("list_views")
        if self._faults.take("list_broken"):
            return redirect(ERROR_PAGE)
        state = self._state(session)
        self._let_colleague_choose("filter_left_on", state)
        error = labels(culture).error_text if self._faults.take("error_message") else ""
        return self._page(session, culture, state, error)

    def _page(self, session: Session, culture: CultureName, state: UserState, error: str = "") -> Response:
        faults = self._faults
        items = toolbar.customer_items(
            labels(culture),
            state.filter,
            shift=faults.toolbar_shift,
            prefix=faults.filter_prefix,
            export=not faults.export_missing,
            export_disabled=faults.export_disabled,
        )
        actions = [item.action for item in items]
        page = session.add_page(
            filter_index=len(items) - 2,
            export_index=actions.index("export") if "export" in actions else -1,
        )
        return html(
            pages.customer_list(
                culture,
                page,
                session.user,
                items=items,
                grid_html=self._grid(page, state, culture),
                error=error,
                script=self._script(page),
            )
        )

    def _script(self, page: Page) -> dict[str, object]:
        """Return what the page's script must know; counted faults of the browser are used up here."""
        faults = self._faults
        clicks_ignored = faults.click_ignored
        faults.clear("click_ignored")
        return {
            "grid": page.grid_id,
            "hasMenu": True,
            "overflow": faults.toolbar_overflow,
            "fullClicksOnly": faults.synthetic_click_ignored,
            "clicksIgnored": clicks_ignored if clicks_ignored >= 0 else 1_000_000,
            "asksBeforeExport": faults.banner_in_place != 0,
            "panelStuck": faults.take("loading_panel_stuck"),
        }

    def _grid(self, page: Page, state: UserState, culture: CultureName) -> str:
        customers = self._book.shown(state.filter)
        self._keep_on_a_page(state, customers)
        return grid.render(
            page.grid_id,
            customers,
            state,
            labels=labels(culture),
            culture=culture,
            summary=self._faults.pager_summary,
            row_count=len(customers),
        )

    # --- callbacks ------------------------------------------------------------------------------------

    def answer_callback(
        self, request: Request, session: Session, page: Page, culture: CultureName
    ) -> Response:
        """Do what a callback asks for and return it as the grid's and the toolbar's new content."""
        self._counters.add("callbacks")
        request.wait(self._faults.callback_delay)
        parameter = request.form.get("__CALLBACKPARAM", "")
        state = self._state(session)
        if parameter == f"c0:{page.export_index}":
            return self._before_export()
        if parameter.startswith(f"c0:{page.filter_index}:"):
            self._choose_filter(state, parameter)
        elif moved := re.search(r"\|(PN|PSP)(\d+);$", parameter):
            self._turn_page(state, moved.group(1), int(moved.group(2)))
        combo = f"{toolbar.MENU}_ITCNT{page.filter_index}_xaf_a{self._faults.filter_prefix}_Cb"
        return _callback(
            {
                "html": {page.grid_id: self._grid(page, state, culture)},
                "values": {
                    f"{combo}_I": labels(culture).filters[state.filter],
                    f"{combo}_VI": toolbar.filter_value(state.filter, self._faults.filter_prefix),
                },
            }
        )

    def _before_export(self) -> Response:
        if self._faults.take("banner_in_place"):
            self._counters.add("exports_asked")
            return _callback({"generalError": BANNER}, action="banner")
        return _callback({"postBack": True})

    def _choose_filter(self, state: UserState, parameter: str) -> None:
        chosen = toolbar.filter_of_value(parameter)
        if chosen is None or self._faults.filter_stuck:
            return
        self._counters.add("filter_changes")
        state.filter, state.page_index = chosen, 0

    def _turn_page(self, state: UserState, action: str, number: int) -> None:
        if action == "PSP" and number in grid.PAGE_SIZES:
            state.page_size, state.page_index = number, 0
        elif action == "PN":
            state.page_index = number
        if self._faults.paging_resets_filter:
            state.filter, state.page_index = "free", 0

    # --- export ---------------------------------------------------------------------------------------

    def send_export(self, request: Request, session: Session, culture: CultureName) -> Response:
        """Return the report with the user's present filter, or what came instead of it."""
        faults = self._faults
        self._counters.add("exports_asked")
        if faults.take("banner_by_navigation"):
            session.error_message = BANNER
            return redirect(ERROR_PAGE)
        state = self._state(session)
        self._let_colleague_choose("filter_changed_before_export", state)
        if faults.take("banner_in_place"):
            return self._page(session, culture, state, BANNER)
        request.wait(faults.export_delay)
        if faults.take("no_download"):
            return Response(status=204, action="no-download")
        if faults.take("export_hangs"):
            return Response(never=True, action="export-hangs")
        if faults.take("html_instead_of_pdf"):
            return html(pages.error(culture, SERVER_ERROR))
        return self._file(self._book.shown(state.filter), culture)

    def _file(self, customers: list[SimCustomer], culture: CultureName) -> Response:
        pdf = self._export.pdf(customers, culture)
        cut_at = None
        if self._faults.take("empty_file"):
            pdf = b""
        elif self._faults.take("truncated_file"):
            pdf = pdf[: len(pdf) // 2]
        elif self._faults.take("html_as_pdf"):
            pdf = pages.error(culture, SERVER_ERROR).encode()
        elif self._faults.take("cut_download"):
            cut_at = len(pdf) // 2
        self._counters.add("exports")
        disposition = f'attachment; filename="{self._export.file_name(culture)}"'
        return Response(
            body=pdf,
            content_type="application/pdf",
            headers=[("Content-Disposition", disposition)],
            sent_bytes=cut_at,
            action="export",
        )

    def _state(self, session: Session) -> UserState:
        return self._sessions.user_state(session.user)

    def _let_colleague_choose(self, fault: str, state: UserState) -> None:
        """Set the filter that a person with the same account chose, once."""
        chosen = getattr(self._faults, fault)
        if chosen:
            state.filter, state.page_index = cast(FilterName, chosen), 0
            self._faults.clear(fault)

    def _keep_on_a_page(self, state: UserState, customers: list[SimCustomer]) -> None:
        state.page_index = min(state.page_index, grid.page_count(len(customers), state.page_size) - 1)


def _callback(answer: dict[str, object], action: str = "callback") -> Response:
    text = f"0|/*DX*/({json.dumps(answer)})"
    return Response(body=text.encode(), content_type="text/plain; charset=utf-8", action=action)
