"""Compute how many rows an export must have, from the grid's pager and the grid's client object."""

from __future__ import annotations

import re
from dataclasses import dataclass

from customers.erp_list.message import NOTHING, Message, message
from customers.erp_list.message import gettext_noop as _
from sync.erp.list_state import GridObject, ListState, Pager
from sync.errors import ErpPageBroken

# The pager prints page numbers, and sometimes a sentence like "Pagina 1 di 75 (1500 elementi)".
_PAGE_OF = re.compile(r"(\d[\d.,]*)\s+(?:di|of)\s+(\d[\d.,]*)", re.I)
_ITEMS = re.compile(r"\(\s*(\d[\d.,]*)\s+[^\W\d]+\s*\)")


@dataclass(frozen=True)
class PagerBounds:
    """How many rows the whole list has, at least and at most."""

    min_rows: int
    max_rows: int


@dataclass(frozen=True)
class PageNumbers:
    """The current page and its paging, counted from 1; 0 where a number is not known."""

    rows_here: int
    pages: int
    page: int
    page_size: int
    items: int = 0


def list_bounds(state: ListState) -> PagerBounds:
    """Return how many rows the list has.

    Raises: ErpPageBroken, if neither pager nor grid object tells, or if they contradict each other.
    """
    printed = bounds(printed_numbers(state.pager, state.rows)) if state.pager else None
    reported = bounds(object_numbers(state.grid_object, state.rows))
    if state.pager is None and state.grid_object.pages != 1:
        # With a single page, DevExpress can leave the pager out.
        raise ErpPageBroken(_("the grid has no pager, %(told)s"), told=_told(state))
    if printed is None and reported is None:
        raise ErpPageBroken(_("the number of rows is not bounded, %(told)s"), told=_told(state))
    if printed is None or reported is None:
        return printed or reported or PagerBounds(0, 0)
    both = PagerBounds(max(printed.min_rows, reported.min_rows), min(printed.max_rows, reported.max_rows))
    if both.min_rows > both.max_rows:
        text = _("the grid's pager and the grid's object contradict each other, %(told)s")
        raise ErpPageBroken(text, told=_told(state))
    return both


def numbers_of(state: ListState) -> PageNumbers:
    """Return the pager's numbers, or the grid object's if there is no pager."""
    if state.pager is not None:
        return printed_numbers(state.pager, state.rows)
    return object_numbers(state.grid_object, state.rows)


def printed_numbers(pager: Pager, rows: int) -> PageNumbers:
    in_words, items = _PAGE_OF.search(pager.text), _ITEMS.search(pager.text)
    last = max(pager.numbers, key=_number, default="")
    page, pages = (in_words[1], in_words[2]) if in_words else (pager.current, last)
    return PageNumbers(
        rows_here=rows,
        page=_number(page),
        pages=_number(pages),
        page_size=_number(pager.size),
        items=_number(items[1]) if items else 0,
    )


def object_numbers(grid: GridObject, rows: int) -> PageNumbers:
    return PageNumbers(
        rows_here=grid.rows if grid.rows is not None and grid.rows >= 0 else rows,
        pages=max(grid.pages or 0, 0),
        page=grid.index + 1 if grid.index is not None and grid.index >= 0 else 0,
        page_size=max(grid.size or 0, 0),
    )


def bounds(numbers: PageNumbers) -> PagerBounds | None:
    """Return how many rows all pages have; every page but the last is full.

    The rows of a page that is not the last give the page size; on the last page the displayed size is used.
    """
    if numbers.items:
        return PagerBounds(numbers.items, numbers.items)
    if numbers.pages == 0:
        return None
    if numbers.pages == 1:
        return PagerBounds(numbers.rows_here, numbers.rows_here)
    if numbers.page == numbers.pages and numbers.page_size:
        exact = (numbers.pages - 1) * numbers.page_size + numbers.rows_here
        return PagerBounds(exact, exact)
    size = numbers.rows_here if 0 < numbers.page < numbers.pages else numbers.page_size
    if not size:
        return None
    return PagerBounds((numbers.pages - 1) * size + 1, numbers.pages * size)


def _told(state: ListState) -> Message:
    """Describe what pager and grid object show, for the error message."""
    return message(
        _("%(rows)s rows on the page; %(printed)s; %(reported)s"),
        rows=state.rows,
        printed=_printed(state.pager),
        reported=_reported(state.grid_object),
    )


def _printed(pager: Pager | None) -> Message:
    if pager is None:
        return Message(_("printed: nothing (id ending _DXPagerBottom)"))
    return message(
        _("printed: pages %(pages)s, current %(current)s, size %(size)s"),
        pages=pager.numbers,
        current=pager.current or Message(NOTHING),
        size=pager.size or Message(NOTHING),
    )


def _reported(grid: GridObject) -> Message:
    numbers = {"pages": grid.pages, "index": grid.index, "rows": grid.rows, "size": grid.size}
    return message(
        _("the grid's object: pages %(pages)s, index %(index)s, rows %(rows)s, size %(size)s"),
        **{name: Message(NOTHING) if number is None else number for name, number in numbers.items()},
    )


def _number(text: str) -> int:
    digits = re.sub(r"\D", "", text)
    return int(digits) if digits else 0
