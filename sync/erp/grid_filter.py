"""See, clear and set the filters of the grid itself: filter row, search box, filter bar, headers.

The ERP keeps them per user, and a person with the same account leaves them behind. The toolbar's filter says
"all" meanwhile, and pager and footer agree with the narrowed list: nothing but looking at them tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Error as PlaywrightError

from sync.erp import markup
from sync.erp.list_state import GridFilters, ListState, read_list
from sync.erp.page import ErpPage
from sync.erp.page_state import page_script
from sync.errors import ErpPageBroken, ErpTimeout, GridFiltered

_CLEAR_WAIT_S = 15.0
_CALL_SCRIPT = page_script("grid_call.js", "call")
_CALL_TIMEOUT_MS = 5000

Reopen = Callable[[], ListState]


def clear_filters(erp: ErpPage, state: ListState, reopen: Reopen) -> ListState:
    """Clear the grid's filters where there are some, and return the list as it is when opened afresh.

    Raises: GridFiltered, naming what is still filtered.
    """
    if not state.filters:
        return state
    # Whatever goes wrong here, the list as it is afterwards decides.
    if state.grid_object.can_clear:
        with suppress(PlaywrightError, ErpTimeout):
            call_grid(erp, state.grid_id, "ClearFilter")
            _await_clear(erp)
        state = reopen()
    if state.filters.search:
        with suppress(PlaywrightError, ErpTimeout):
            for box_id, _ in state.filters.search:
                _search(erp, box_id, "")
        state = reopen()
    refuse_filters(state)
    return state


def refuse_filters(state: ListState) -> None:
    """Raises: GridFiltered, if a filter of the grid is set."""
    if state.filters:
        where = ", ".join(state.filters.descriptions)
        raise GridFiltered(
            f"the customer list is filtered in the ERP and can't be cleared: {where}. Clear it there, "
            "with this account"
        )


def set_filters(erp: ErpPage, state: ListState, filters: GridFilters) -> bool:
    """Set the filters that a person had left; return whether all of them could be set.

    A filter bar's and a header's condition can't be read from the page, so these are not set again.
    """
    for each in filters.row:
        if each.column is None:
            continue
        call_grid(erp, state.grid_id, "AutoFilterByColumn", each.column, each.value)
        erp.settle(erp.config.page_timeout_s, "the grid's filter")
    for box_id, text in filters.search:
        _search(erp, _at_this_visit(box_id, state.grid_id), text)
    return not (filters.bars or filters.headers or any(each.column is None for each in filters.row))


def _at_this_visit(box_id: str, grid_id: str) -> str:
    """Return the id that a box has now: of a box in the grid it begins with the grid's, new at each visit."""
    return re.sub(markup.GRID_ID.replace("$", "(?=_)"), grid_id, box_id)


def _await_clear(erp: ErpPage) -> None:
    """Wait until the page shows no filter any more."""

    def is_clear() -> bool | None:
        state = erp.look()
        if state is None or not state.idle:
            return None
        try:
            return True if not read_list(erp).filters else None
        except (ErpPageBroken, PlaywrightError):
            return None  # the page is being drawn anew

    erp.until(is_clear, min(_CLEAR_WAIT_S, erp.config.page_timeout_s), "the clearing of the grid's filters")


def _search(erp: ErpPage, box_id: str, text: str) -> None:
    """Put a text into a search box and search for it, as a person does."""
    box = erp.page.locator(f"[id='{box_id}']")
    box.select_text(timeout=_CALL_TIMEOUT_MS)
    box.press("Delete")
    box.press_sequentially(text)
    box.press("Enter", no_wait_after=True)
    erp.settle(erp.config.page_timeout_s, "the search")


def call_grid(erp: ErpPage, grid_id: str, method: str, *values: object) -> None:
    """Call a method of the grid's client object, whose effect comes with a callback."""
    call = {"grid": grid_id, "method": method, "values": values}
    erp.page.locator("html").evaluate(_CALL_SCRIPT, call, timeout=_CALL_TIMEOUT_MS)
