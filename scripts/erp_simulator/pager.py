"""The grid's pager: page numbers around the current one, a text, and the page sizes."""

from __future__ import annotations

from html import escape

from scripts.erp_simulator.labels import Labels
from scripts.erp_simulator.sessions import UserState

PAGE_SIZES = (10, 20, 50, 100, 200)
# The pager shows this many numbers in a row around the current page.
NUMBERS_SHOWN = 7


def page_count(row_count: int, page_size: int) -> int:
    return max(1, -(-row_count // page_size))


def render(grid_id: str, state: UserState, labels: Labels, *, summary: str, row_count: int) -> str:
    pages = page_count(row_count, state.page_size)
    return (
        f'<div id="{grid_id}_DXPagerBottom" class="dxpLite_XafTheme dxpSys dxgvPagerBottomPanel_XafTheme">'
        f"{_summary(state, labels, summary, pages, row_count)}{_numbers(state, pages)}"
        f"{_page_sizes(grid_id, state, labels)}</div>"
    )


def _summary(state: UserState, labels: Labels, summary: str, pages: int, row_count: int) -> str:
    wording = {"pages": labels.page_of, "items": labels.page_of_items}.get(summary)
    if wording is None:
        return ""
    text = wording.format(page=state.page_index + 1, pages=pages, items=row_count)
    return f'<b class="dxp-lead dxp-summary">{escape(text)}</b>'


def _numbers(state: UserState, pages: int) -> str:
    """Return the page numbers, the first and last always among them, gaps as an ellipsis."""
    current = state.page_index
    first = max(0, min(current - NUMBERS_SHOWN // 2, pages - NUMBERS_SHOWN))
    shown = sorted({0, pages - 1, *range(first, min(pages, first + NUMBERS_SHOWN))})
    parts, before = [], -1
    for index in shown:
        if index > before + 1:
            parts.append('<b class="dxp-ellip">…</b>')
        if index == current:
            parts.append(f'<b class="dxp-num dxp-current">{index + 1}</b>')
        else:
            parts.append(f'<a class="dxp-num" href="javascript:;" data-pager="PN{index}">{index + 1}</a>')
        before = index
    return "".join(parts)


def _page_sizes(grid_id: str, state: UserState, labels: Labels) -> str:
    pager = f"{grid_id}_DXPagerBottom"

    def selected(size: int) -> str:
        return " dxm-selected" if size == state.page_size else ""

    items = "".join(
        f'<li id="{pager}_PSP_DXI{number}_" class="dxm-item{selected(size)}" role="presentation">'
        f'<a id="{pager}_PSP_DXI{number}_T" class="dxm-content dxm-hasText dx" href="javascript:;" '
        f'data-pager="PSP{size}">{size}</a></li>'
        for number, size in enumerate(PAGE_SIZES)
    )
    return (
        f'<b class="dxp-right dxp-pageSizeItem"><span>{escape(labels.page_size)}</span>'
        f'<span id="{pager}_PSB" class="dxp-comboBox"><input id="{pager}_PSI" type="text" readonly '
        f'value="{state.page_size}"><span class="dxp-dropDownButton">▾</span></span></b>'
        f'<div id="{pager}_PSP" class="dxm-popup" style="display:none"><ul class="dxm-gutter" role="menu">'
        f"{items}</ul></div>"
    )
