"""Bound the number of rows that an export must have by what the grid's pager says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sync.erp.page import ErpPage

_CALL_TIMEOUT_MS = 5000
# The pager prints page numbers, and sometimes a sentence like "Pagina 1 di 75 (1500 elementi)".
_PAGE_OF = re.compile(r"(\d[\d.,]*)\s+(?:di|of)\s+(\d[\d.,]*)", re.I)
_ITEMS = re.compile(r"\(\s*(\d[\d.,]*)\s+[^\W\d]+\s*\)")

# The rows of the grid and, in words and numbers, all that its pager shows. The page-size list is left out of
# the numbers; where it marks its current item, that is the page size.
PAGER_SCRIPT = """() => {
  const pager = document.querySelector('[id*="DXPagerBottom"]');
  const rows = document.querySelectorAll('table[id$="_LE_v2"] tr[id*="_DXDataRow"]').length;
  if (!pager) return {rows, found: false, text: '', numbers: [], current: '', size: ''};
  const inSizeList = (element) => element.closest('[id*="DXPagerBottom_PS"]') !== null;
  const numbers = [...pager.querySelectorAll('.dxp-num')].filter((each) => !inSizeList(each));
  const current = numbers.find((each) => each.classList.contains('dxp-current'));
  const entry = document.querySelector(
    'input[id*="DXPagerBottom_PS"], [id*="DXPagerBottom_PS"] input, [id*="DXPagerBottom_PSP"] .dxm-selected');
  return {
    rows, found: true, text: pager.innerText,
    numbers: numbers.map((each) => each.textContent),
    current: current ? current.textContent : '',
    size: entry ? (entry.value || entry.textContent || '') : '',
  };
}"""


@dataclass(frozen=True)
class PagerBounds:
    """How many rows the whole list has, at least and at most."""

    min_rows: int
    max_rows: int


@dataclass(frozen=True)
class PagerSight:
    """What is seen of the pager; a zero is a number that it does not show."""

    rows_here: int
    pages: int
    page: int
    page_size: int
    items: int


def read_pager(erp: ErpPage) -> PagerBounds | None:
    """Return the bounds that the pager gives, or none if it can't be read."""
    seen = erp.page.locator("html").evaluate(PAGER_SCRIPT, timeout=_CALL_TIMEOUT_MS)
    if not seen["found"]:
        return None
    return bounds(_pager_sight(seen["rows"], seen["text"], seen["numbers"], seen["current"], seen["size"]))


def _pager_sight(rows: int, text: str, numbers: list[str], current: str, size: str) -> PagerSight:
    in_words, items = _PAGE_OF.search(text), _ITEMS.search(text)
    page, pages = (in_words[1], in_words[2]) if in_words else (current, max(numbers, key=_number, default=""))
    return PagerSight(
        rows_here=rows,
        page=_number(page),
        pages=_number(pages),
        page_size=_number(size),
        items=_number(items[1]) if items else 0,
    )


def bounds(pager: PagerSight) -> PagerBounds | None:
    """Return how many rows all pages have: every page but the last is full.

    A page size is believed from the page itself first: a page with others behind it is full.
    """
    if pager.items:
        return PagerBounds(pager.items, pager.items)
    if pager.pages == 0:
        return None
    if pager.pages == 1:
        return PagerBounds(pager.rows_here, pager.rows_here)
    if pager.page == pager.pages and pager.page_size:
        exact = (pager.pages - 1) * pager.page_size + pager.rows_here
        return PagerBounds(exact, exact)
    size = pager.rows_here if 0 < pager.page < pager.pages else pager.page_size
    if not size:
        return None
    return PagerBounds((pager.pages - 1) * size + 1, pager.pages * size)


def _number(text: str) -> int:
    digits = re.sub(r"\D", "", text)
    return int(digits) if digits else 0
