"""The customer list: the page, and the callbacks of its toolbar, its grid and its search box."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from scripts.erp_simulator import grid, grid_command, pager, pages, search_box, toolbar
from scripts.erp_simulator.book import CustomerBook
from scripts.erp_simulator.counters import Counters
from scripts.erp_simulator.culture import CultureName
from scripts.erp_simulator.export import Export
from scripts.erp_simulator.faults import Faults
from scripts.erp_simulator.http_message import Request, Response, callback_answer, html, redirect
from scripts.erp_simulator.labels import BANNER, FilterName, ViewName, labels
from scripts.erp_simulator.list_export import ERROR_PAGE, ListExport
from scripts.erp_simulator.page_script import page_script
from scripts.erp_simulator.sessions import Page, Session, Sessions, UserState

VIEW = "custtable_listview_agent"


class CustomerListView:
    """Renders the list in the state that the ERP stores for the user."""

    def __init__(
        self, faults: Faults, counters: Counters, sessions: Sessions, book: CustomerBook, export: Export
    ) -> None:
        self._faults = faults
        self._counters = counters
        self._sessions = sessions
        self._book = book
        self._columns = export.columns
        self.export = ListExport(faults, counters, book, export)

    def show(self, session: Session, culture: CultureName) -> Response:
        """Return the list page."""
        self._counters.add("list_views")
        if self._faults.take("list_broken"):
            return redirect(ERROR_PAGE)
        state = self._state(session)
        self._apply_leftovers(state)
        error = labels(culture).error_text if self._faults.take("error_message") else ""
        return self._page(session, culture, state, error)

    def _page(self, session: Session, culture: CultureName, state: UserState, error: str = "") -> Response:
        number = self._faults.view_number or session.view_number(VIEW)
        page = session.add_page(number)
        items = self._toolbar(page, state, culture)
        shown = self._grid(page, state, culture)
        return html(
            pages.customer_list(
                culture,
                page,
                session.user,
                menu=toolbar.render(items),
                search=self._search(state, culture),
                content=_content(shown),
                error=error,
                script={**self._script(culture), **_client_state(items, shown)},
            )
        )

    def _script(self, culture: CultureName) -> dict[str, object]:
        """Return the data for the page's script; counted faults in the browser are used up here."""
        faults = self._faults
        clicks_ignored = faults.click_ignored
        faults.clear("click_ignored")
        return {
            **page_script(faults, culture),
            "hasMenu": True,
            "overflow": faults.toolbar_overflow,
            "fullClicksOnly": faults.synthetic_click_ignored,
            "clicksIgnored": clicks_ignored if clicks_ignored >= 0 else 1_000_000,
            "asksBeforeExport": faults.banner_in_place != 0,
            "listDelay": faults.filter_list_delay,
            "panelStuck": faults.take("loading_panel_stuck"),
            "panelLate": faults.panel_after_load_late,
            "panelFor": faults.panel_after_load,
            "without": faults.page_without,
            "twice": faults.page_twice,
        }

    def _toolbar(self, page: Page, state: UserState, culture: CultureName) -> list[toolbar.Item]:
        """Return the toolbar's items, and store their positions in ``page``; a map can't be exported."""
        faults = self._faults
        items = toolbar.customer_items(
            labels(culture),
            state.filter,
            state.view,
            shift=faults.toolbar_shift,
            prefix=faults.filter_prefix,
            export=not faults.export_missing and state.view != "map",
            export_disabled=faults.export_disabled,
        )
        actions = [item.action for item in items]
        page.filter_index = len(items) - 2
        page.export_index = actions.index("export") if "export" in actions else -1
        return items

    def _search(self, state: UserState, culture: CultureName) -> str:
        if not self._faults.search_box and not state.search_box:
            return ""
        return search_box.render(labels(culture), state.grid_filters.search)

    def _grid(self, page: Page, state: UserState, culture: CultureName) -> grid.Grid | None:
        """Return the grid, or None if the list is shown as a map."""
        if state.view == "map":
            return None
        customers = self._book.listed(state)
        state.page_index = min(state.page_index, pager.page_count(len(customers), state.page_size) - 1)
        return grid.Grid(
            id=page.grid_id,
            columns=self._columns(culture),
            customers=customers,
            state=state,
            labels=labels(culture),
            culture=culture,
            pager_summary=self._faults.pager_summary,
            pager_hidden=self._faults.pager_hidden,
        )

    # --- callbacks ------------------------------------------------------------------------------------

    def answer_callback(
        self, request: Request, session: Session, page: Page, culture: CultureName
    ) -> Response:
        """Process a callback and return what must be redrawn."""
        self._counters.add("callbacks")
        request.wait(self._faults.callback_delay)
        parameter = request.form.get("__CALLBACKPARAM", "")
        state = self._state(session)
        if parameter == f"c0:{page.export_index}":
            return self._before_export()
        answer: dict[str, object] = {}
        if parameter.startswith(f"c0:{page.filter_index}:"):
            self._choose_filter(state, parameter)
            answer["navigateAfter"] = self._faults.filter_navigates
        elif parameter.startswith(f"c0:{toolbar.VIEW_INDEX}:"):
            state.view = toolbar.view_of_value(parameter) or state.view
            return callback_answer(self._whole_view(page, state, culture))
        elif command := grid_command.parsed(parameter):
            self._execute(command, state, culture)
        return callback_answer({**answer, **self._redrawn(page, state, culture)})

    def _redrawn(self, page: Page, state: UserState, culture: CultureName) -> dict[str, object]:
        """Return the grid, the search box and the filter's text, which most callbacks redraw."""
        shown = self._grid(page, state, culture)
        combo = f"{toolbar.MENU}_ITCNT{page.filter_index}_xaf_a{self._faults.filter_prefix}_Cb"
        drawn = {"Vertical_SearchAC": self._search(state, culture)}
        if shown:
            drawn[page.grid_id] = shown.inside()
        return {
            "html": drawn,
            "values": {
                f"{combo}_I": labels(culture).filters[state.filter],
                f"{combo}_VI": toolbar.filter_value(state.filter, self._faults.filter_prefix),
            },
            "grid": shown.client_state() if shown else None,
        }

    def _whole_view(self, page: Page, state: UserState, culture: CultureName) -> dict[str, object]:
        """Return the whole view: each view has its own toolbar, and may have no grid."""
        items = self._toolbar(page, state, culture)
        shown = self._grid(page, state, culture)
        drawn = {"Vertical_mainMenu": toolbar.render(items), "Vertical_VSC": _content(shown)}
        return {"html": drawn, "menu": True, **_client_state(items, shown)}

    def _before_export(self) -> Response:
        if self._faults.take("banner_in_place"):
            self._counters.add("exports_asked")
            return callback_answer({"generalError": BANNER}, action="banner")
        return callback_answer({"postBack": True})

    def _choose_filter(self, state: UserState, parameter: str) -> None:
        chosen = toolbar.filter_of_value(parameter)
        if chosen is None or self._faults.filter_stuck:
            return
        self._counters.add("filter_changes")
        state.filter, state.page_index = chosen, 0

    def _execute(self, command: list[str], state: UserState, culture: CultureName) -> None:
        """Execute a command of the grid's client object or of the search box."""
        match command:
            case ["PAGERONCLICK", click]:
                self._turn_page(state, click)
            case ["CLEARFILTER"]:
                self._clear_filter(state)
            case ["APPLYCOLUMNFILTER", column, text] if column.isdecimal():
                name = grid.column_of(self._columns(culture), int(column))
                self._filter_grid(state, lambda: state.grid_filters.set_column(name, text))
            case ["APPLYFILTER", expression]:
                self._filter_grid(state, lambda: state.grid_filters.set_expression(expression))
            case ["APPLYSEARCHPANELFILTER", text]:
                self._filter_grid(state, lambda: setattr(state.grid_filters, "search", text))

    def _filter_grid(self, state: UserState, change: Callable[[], None]) -> None:
        before = state.grid_filters.texts()
        change()
        state.page_index = 0
        after = state.grid_filters.texts()
        self._counters.add("grid_filters_set" if len(after) >= len(before) else "grid_filters_cleared")

    def _clear_filter(self, state: UserState) -> None:
        if self._faults.clear_filter_ignored:
            return
        self._counters.add("grid_filters_cleared")
        state.grid_filters.clear(keep_search=self._faults.search_survives_clear)
        state.page_index = 0

    def _turn_page(self, state: UserState, click: str) -> None:
        number = click.lstrip("PNS")
        if click.startswith("PSP") and number in map(str, pager.PAGE_SIZES):
            state.page_size, state.page_index = int(number), 0
        elif click.startswith("PN") and number.isdecimal():
            state.page_index = int(number)
        if self._faults.paging_resets_filter:
            state.filter, state.page_index = "free", 0

    # --- export ---------------------------------------------------------------------------------------

    def post_export(self, request: Request, session: Session, culture: CultureName) -> Response:
        """Answer the form that a click on the export posts."""
        self._counters.add("exports_asked")
        state = self._state(session)
        self._let_colleague_choose("filter_changed_before_export", state)
        self._let_colleague_filter("grid_filter_left_before_export", state)
        if self._faults.take("banner_in_place"):
            return self._page(session, culture, state, BANNER)
        return self.export.accept(request, session, state, culture)

    # --- other users of the same account --------------------------------------------------------------

    def _state(self, session: Session) -> UserState:
        return self._sessions.user_state(session.user)

    def _apply_leftovers(self, state: UserState) -> None:
        """Apply, once, the changes that another user of the account made since the last visit."""
        faults = self._faults
        self._let_colleague_choose("filter_left_on", state)
        self._let_colleague_filter("grid_filter_left", state)
        if faults.view_left_on:
            state.view = cast(ViewName, faults.view_left_on)
        if faults.page_size_left:
            state.page_size = faults.page_size_left
        if faults.page_left_on:
            state.page_index = faults.page_left_on - 1
        for fault in ("view_left_on", "page_size_left", "page_left_on"):
            faults.clear(fault)

    def _let_colleague_choose(self, fault: str, state: UserState) -> None:
        """Set, once, the filter that another user of the account chose."""
        chosen = getattr(self._faults, fault)
        if chosen:
            state.filter, state.page_index = cast(FilterName, chosen), 0
            self._faults.clear(fault)

    def _let_colleague_filter(self, fault: str, state: UserState) -> None:
        """Set, once, the grid filter that another user left; a search needs a search box."""
        kind = getattr(self._faults, fault)
        if kind:
            state.grid_filters.leave(kind)
            state.search_box = state.search_box or kind == "search"
            state.page_index = 0
            self._faults.clear(fault)


def _content(shown: grid.Grid | None) -> str:
    return shown.render() if shown else '<div id="Vertical_Map" class="map dxmap"></div>'


def _client_state(items: list[toolbar.Item], shown: grid.Grid | None) -> dict[str, object]:
    return {"combos": toolbar.script(items), "grid": shown.client_state() if shown else None}
