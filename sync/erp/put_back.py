"""Restore the user's filters and page in the customer list: best effort, after the download.

The ERP stores them per user. A person with the same account would otherwise find them changed after every
sync.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Error as PlaywrightError

from customers.erp_list.message import gettext_noop as _
from sync.erp.grid_filter import call_grid, set_filters
from sync.erp.list_filter import choose
from sync.erp.list_state import GridFilters, ListState
from sync.erp.page import ErpPage
from sync.erp.page_state import label_text
from sync.erp.pager import numbers_of
from sync.erp.translation import translated
from sync.errors import ErpError, Stopped

logger = logging.getLogger(__name__)

# The limit for each step, and for all steps together.
_STEP_TIMEOUT_S = 10.0
_WHOLE_TIMEOUT_S = 60.0


@dataclass
class PersonsState:
    """The user's filters and page, as far as a fetch changed them."""

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
    """Restore the list's filters and page; return whether all of them could be restored.

    Failures are logged, not raised.

    Raises: Stopped.
    """
    if not before:
        return True
    try:
        return _put_back(erp.hurried(_STEP_TIMEOUT_S, _WHOLE_TIMEOUT_S), before, reopen)
    except Stopped:
        raise
    except Exception as exc:  # noqa: BLE001 - best effort: the file is already downloaded
        logger.warning("the user's filter could not be restored: %s", _reason(exc))
        return False


def _reason(exc: Exception) -> str:
    """Describe an error without the page's texts, which Playwright's messages contain."""
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
        erp.settle(erp.config.page_timeout_s, _("turning the page"))
    return is_whole
