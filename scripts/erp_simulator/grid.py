"""The list page's grid: its rows, its pager and its page sizes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from scripts.erp_simulator.culture import CultureName
from scripts.erp_simulator.labels import Labels
from scripts.erp_simulator.sessions import UserState
from scripts.erp_simulator.world import SimCustomer

PAGE_SIZES = (10, 20, 50, 100, 200)
# The pager shows this many numbers in a row around the current page.
NUMBERS_SHOWN = 7


def page_count(row_count: int, page_size: int) -> int:
    return max(1, -(-row_count // page_size))


def render(
    grid_id: str,
    customers: Sequence[SimCustomer],
    state: UserState,
    *,
    labels: Labels,
    culture: CultureName,
    summary: str,
    row_count: int,
) -> str:
    """Return the inside of the grid's outer table; ``row_count`` rows are said to be in the list."""
    first = state.page_index * state.page_size
    rows = "".join(
        _row(grid_id, index, customer, culture)
        for index, customer in enumerate(customers[first : first + state.page_size], start=first)
    )
    body = rows or (
        f'<tr id="{grid_id}_DXEmptyRow" class="dxgvEmptyDataRow_XafTheme">'
        f'<td colspan="{len(labels.grid_captions)}"><div>{escape(labels.no_rows)}</div></td></tr>'
    )
    return (
        '<tbody><tr><td><div class="dxgvCSD"><table '
        f'id="{grid_id}_DXMainTable" class="dxgvTable_XafTheme" cellspacing="0">'
        f"{_headers(grid_id, labels)}{body}</table></div>"
        f"{_pager(grid_id, state, labels, summary, row_count)}{_loading_panel(grid_id, labels)}"
        "</td></tr></tbody>"
    )


def printed_id(erp_id: str, culture: CultureName) -> str:
    digits = f"{int(erp_id):,}"
    return digits.replace(",", ".") if culture == "it" else digits


def _headers(grid_id: str, labels: Labels) -> str:
    cells = "".join(
        f'<td id="{grid_id}_col{index}" class="dxgvHeader_XafTheme">'
        f"<table><tr><td>{escape(caption)}</td></tr></table></td>"
        for index, caption in enumerate(labels.grid_captions)
    )
    return f'<tr id="{grid_id}_DXHeadersRow0">{cells}</tr>'


def _row(grid_id: str, index: int, customer: SimCustomer, culture: CultureName) -> str:
    texts = (
        printed_id(customer.erp_id, culture),
        customer.name,
        customer.vat_number,
        customer.street,
        customer.postal_code,
        customer.city,
        customer.phone,
        customer.type,
    )
    cells = "".join(f'<td class="dxgv">{escape(text) or "&nbsp;"}</td>' for text in texts)
    return (
        f'<tr id="{grid_id}_DXDataRow{index}" class="dxgvDataRow_XafTheme" '
        f'data-key="{escape(customer.erp_id)}">{cells}</tr>'
    )


def _pager(grid_id: str, state: UserState, labels: Labels, summary: str, row_count: int) -> str:
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
            parts.append('<span class="dxp-num dxp-ellip">…</span>')
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


def _loading_panel(grid_id: str, labels: Labels) -> str:
    return (
        f'<div id="{grid_id}_LPV" class="dxlpLoadingPanel_XafTheme dxlpLoadingPanel dxlp" '
        f'style="display:none"><span class="dxlp-text">{escape(labels.loading)}</span></div>'
    )
