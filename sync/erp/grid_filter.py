"""Detect, clear and set the grid's own filters: filter row, search box, filter bar, headers.

The ERP stores them per user, so a person with the same account may leave some set. The toolbar's filter then
still shows "all", and pager and footer match the filtered list, so these filters are checked separately.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Error as PlaywrightError

from customers.erp_list.message import gettext_noop as _
from sync.erp import markup
from sync.erp.list_state import GridFilters, ListState, read_list
from sync.erp.page import ErpPage
from sync.erp.page_state import page_script
from sync.errors import ErpPageBroken, ErpTimeout, GridFiltered

_CALL_SCRIPT = page_script("grid_call.js", "call")
_CALL_TIMEOUT_MS = 5000

Reopen = Callable[[], ListState]


def clear_filters(erp: ErpPage, state: ListState, reopen: Reopen) -> ListState:
    """Clear the grid's filters if there are any, and return the reloaded list.

    Raises: GridFiltered, naming what is still filtered.
    """
    if not state.filters:
        return state
    # Errors are ignored here: the reloaded list shows whether it worked.
    if state.grid_object.can_clear:
        with suppress(PlaywrightError, ErpTimeout):
            call_grid(erp, state.grid_id, "ClearFilter")
            _await_clear(erp)
        state = reopen()
    if state.filters.search:
        with suppress(PlaywrightError, ErpTimeout):
            for box_id, _text in state.filters.search:
                _search(erp, box_id, "")
        state = reopen()
    refuse_filters(state)
    return state


def refuse_filters(state: ListState) -> None:
    """Raises: GridFiltered, if a filter of the grid is set."""
    if state.filters:
        raise GridFiltered(
            _(
                "the customer list has filters in the ERP that can't be cleared: %(where)s. Clear them "
                "there, with this account"
            ),
            where=state.filters.descriptions,
        )


def set_filters(erp: ErpPage, state: ListState, filters: GridFilters) -> bool:
    """Restore the user's filters; return whether all of them could be restored.

    The conditions of a filter bar and of a header can't be read from the page, so they are not restored.
    """
    for each in filters.row:
        if each.column is None:
            continue
        call_grid(erp, state.grid_id, "AutoFilterByColumn", each.column, each.value)
        erp.settle(erp.config.page_timeout_s, _("the grid's filter"))
    for box_id, text in filters.search:
        _search(erp, _at_this_visit(box_id, state.grid_id), text)
    return not (filters.bars or filters.headers or any(each.column is None for each in filters.row))


def _at_this_visit(box_id: str, grid_id: str) -> str:
    """Return a box's current id: inside the grid it starts with the grid's id, which is new at each visit."""
    return re.sub(markup.GRID_ID.replace("$", "(?=_)"), grid_id, box_id)


def _await_clear(erp: ErpPage) -> None:
    """Wait until the page shows no filter."""

    def is_clear() -> bool | None:
        state = erp.look()
        if state is None or not state.idle:
            return None
        try:
            return True if not read_list(erp).filters else None
        except (ErpPageBroken, PlaywrightError):
            return None  # the page is being redrawn

    timeout_s = min(erp.config.clear_wait_s, erp.config.page_timeout_s)
    erp.until(is_clear, timeout_s, _("clearing the grid's filters"))


def _search(erp: ErpPage, box_id: str, text: str) -> None:
    """Type a text into a search box and press Enter."""
    box = erp.page.locator(f"[id='{box_id}']")
    box.select_text(timeout=_CALL_TIMEOUT_MS)
    box.press("Delete")
    box.press_sequentially(text)
    box.press("Enter", no_wait_after=True)
    erp.settle(erp.config.page_timeout_s, _("the search"))


def call_grid(erp: ErpPage, grid_id: str, method: str, *values: object) -> None:
    """Call a method of the grid's client object; it takes effect with a callback."""
    call = {"grid": grid_id, "method": method, "values": values}
    erp.page.locator("html").evaluate(_CALL_SCRIPT, call, timeout=_CALL_TIMEOUT_MS)
