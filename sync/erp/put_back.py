"""Put back what a person had set in the customer list: best effort, after the sync has its file.

The ERP keeps filter, page and grid filters per user. Whoever uses the account by hand would otherwise find
them changed after every sync.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Error as PlaywrightError

from sync.erp.grid_filter import call_grid, set_filters
from sync.erp.list_filter import choose
from sync.erp.list_state import GridFilters, ListState
from sync.erp.page import ErpPage
from sync.erp.page_state import label_text
from sync.erp.pager import numbers_of
from sync.erp.translation import translated
from sync.errors import ErpError, Stopped

logger = logging.getLogger(__name__)

# No step may keep the sync longer than this, nor may all of them.
_STEP_TIMEOUT_S = 10.0
_WHOLE_TIMEOUT_S = 60.0


@dataclass
class PersonsState:
    """What a person had set, as far as a fetch changed it."""

    filter_label: str = ""
    filters: GridFilters = field(default_factory=GridFilters)
    page: int = 0

    def note_filter(self, state: ListState) -> None:
        combo = state.filter_combo
        self.filter_label = self.filter_label or (label_text(combo.text) if combo else "")
        self.page = self.page or numbers_of(state).page

    def note_grid_filters(self, state: ListState) -> None:
        self.filters = self.filters or state.filters
        self.page = self.page or numbers_of(state).page

    def __bool__(self) -> bool:
        return bool(self.filter_label or self.filters)


def put_back(erp: ErpPage, before: PersonsState, reopen: Callable[[ErpPage], ListState]) -> bool:
    """Set the list as the person had it; return whether all of it could be set.

    Failures are logged, not raised.

    Raises: Stopped.
    """
    if not before:
        return True
    try:
        return _put_back(erp.hurried(_STEP_TIMEOUT_S, _WHOLE_TIMEOUT_S), before, reopen)
    except Stopped:
        raise
    except Exception as exc:  # noqa: BLE001 - whatever goes wrong here, the sync has what it came for
        logger.warning("the person's filter could not be put back: %s", _reason(exc))
        return False


def _reason(exc: Exception) -> str:
    """Say what happened without the page's texts, which Playwright's own messages repeat."""
    if isinstance(exc, PlaywrightError):
        return translated(exc).message
    return exc.message if isinstance(exc, ErpError) else type(exc).__name__


def _put_back(erp: ErpPage, before: PersonsState, reopen: Callable[[ErpPage], ListState]) -> bool:
    is_whole = True
    state = reopen(erp)
    if before.filter_label:
        is_whole = choose(erp, state, frozenset({before.filter_label.lower()}))
        state = reopen(erp)
    if before.filters:
        is_whole = set_filters(erp, state, before.filters) and is_whole
        state = reopen(erp)
    if before.page > 1 and numbers_of(state).page != before.page <= numbers_of(state).pages:
        call_grid(erp, state.grid_id, "GotoPage", before.page - 1)
        erp.settle(erp.config.page_timeout_s, "the page's turning")
    return is_whole
