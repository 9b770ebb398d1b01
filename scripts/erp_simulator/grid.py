"""The list page's grid: captions, filter row, rows, filter bar, and the state of its client object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from scripts.erp_simulator import pager
from scripts.erp_simulator.culture import CULTURES, CultureName
from scripts.erp_simulator.grid_filters import GridFilters
from scripts.erp_simulator.labels import Labels
from scripts.erp_simulator.sessions import UserState
from scripts.erp_simulator.world import SimCustomer

# The grid's own columns come first: the selection and the row's command.
OWN_COLUMNS = 2
SHOWN_FIELDS = frozenset(
    {"erp_id", "name", "vat_number", "street", "postal_code", "city", "phone", "last_order_date", "type"}
)


@dataclass(frozen=True)
class Grid:
    """The data of the grid; ``columns`` are fields and captions, ``customers`` those of all pages."""

    id: str
    columns: Sequence[tuple[str, str]]
    customers: Sequence[SimCustomer]
    state: UserState
    labels: Labels
    culture: CultureName
    pager_summary: str
    pager_hidden: bool = False

    @property
    def page(self) -> Sequence[SimCustomer]:
        first = self.state.page_index * self.state.page_size
        return self.customers[first : first + self.state.page_size]

    def client_state(self) -> dict[str, object]:
        """Return the properties of the grid's client object."""
        return {
            "name": self.id,
            "pageIndex": self.state.page_index,
            "pageCount": pager.page_count(len(self.customers), self.state.page_size),
            "pageRowCount": len(self.page),
            "pageRowSize": self.state.page_size,
            "fields": [name for name, _ in self.columns],
        }

    def render(self) -> str:
        """Return the grid's outer table."""
        return (
            f'<table id="{self.id}" class="dxgvControl_XafTheme dxgv" cellspacing="0">{self.inside()}</table>'
        )

    def inside(self) -> str:
        body = _rows(self) or _empty_row(self)
        return (
            '<tbody><tr><td><div class="dxgvCSD"><table '
            f'id="{self.id}_DXMainTable" class="dxgvTable_XafTheme" cellspacing="0">'
            f"{_headers(self)}{_filter_row(self)}{body}</table></div>"
            f"{_pager(self)}{_filter_bar(self)}{_loading_panel(self.id, self.labels)}"
            "</td></tr></tbody>"
        )


def column_of(columns: Sequence[tuple[str, str]], index: int) -> str:
    """Return the field of the grid's column with this number, or an empty string."""
    position = index - OWN_COLUMNS
    return columns[position][0] if 0 <= position < len(columns) else ""


def _headers(grid: Grid) -> str:
    own = "".join(
        f'<td id="{grid.id}_col{index}" class="dxgvHeader_XafTheme dxgvCommandColumn_XafTheme">&nbsp;</td>'
        for index in range(OWN_COLUMNS)
    )
    cells = "".join(
        f'<td id="{grid.id}_col{index}" class="dxgvHeader_XafTheme"><table><tr><td>{escape(caption)}</td>'
        f'<td><span class="dxgvHeaderFilterButton {_funnel(grid.state.grid_filters, name)}"></span></td>'
        "</tr></table></td>"
        for index, (name, caption) in enumerate(grid.columns, start=OWN_COLUMNS)
    )
    return f'<tr id="{grid.id}_DXHeadersRow0">{own}{cells}</tr>'


def _funnel(filters: GridFilters, name: str) -> str:
    active = bool(name) and name in filters.header
    return f"dxGridView_gvHeaderFilter{'Active' if active else ''}_XafTheme"


def _filter_row(grid: Grid) -> str:
    texts = grid.state.grid_filters.row
    cells = "".join(
        _filter_editor(f"{grid.id}_DXFREditorcol{index}", texts.get(name, "") if name else "")
        for index, (name, _) in enumerate(grid.columns, start=OWN_COLUMNS)
    )
    own = '<td class="dxgv dxgvCommandColumn_XafTheme">&nbsp;</td>' * OWN_COLUMNS
    return f'<tr id="{grid.id}_DXFilterRow" class="dxgvFilterRow_XafTheme">{own}{cells}</tr>'


def _filter_editor(name: str, text: str) -> str:
    return (
        f'<td class="dxgv"><table id="{name}" class="dxeTextBoxSys dxeTextBox_XafTheme"><tr><td class="dxic">'
        f'<input id="{name}_I" class="dxeEditArea_XafTheme dxeEditAreaSys" type="text" '
        f'name="{name.rsplit("_", maxsplit=1)[-1]}" value="{escape(text)}"></td></tr></table></td>'
    )


def _rows(grid: Grid) -> str:
    first = grid.state.page_index * grid.state.page_size
    own = (
        '<td class="dxgvCommandColumn_XafTheme dxgv"><span class="dxWeb_edtCheckBoxUnchecked_XafTheme">'
        '</span></td><td class="dxgvCommandColumn_XafTheme dxgv">&nbsp;</td>'
    )
    return "".join(
        f'<tr id="{grid.id}_DXDataRow{index}" class="dxgvDataRow_XafTheme" '
        f'data-key="{escape(customer.erp_id)}">{own}{_cells(customer, grid)}</tr>'
        for index, customer in enumerate(grid.page, start=first)
    )


def _cells(customer: SimCustomer, grid: Grid) -> str:
    return "".join(f'<td class="dxgv">{_cell(customer, name, grid)}</td>' for name, _ in grid.columns)


def _cell(customer: SimCustomer, name: str, grid: Grid) -> str:
    if name not in SHOWN_FIELDS:
        return "&nbsp;"
    if name == "erp_id":
        return CULTURES[grid.culture].identifier(customer.erp_id)
    if name == "last_order_date":
        return CULTURES[grid.culture].day(customer.last_order_date) or "&nbsp;"
    return escape(getattr(customer, name)) or "&nbsp;"


def _empty_row(grid: Grid) -> str:
    return (
        f'<tr id="{grid.id}_DXEmptyRow" class="dxgvEmptyDataRow_XafTheme">'
        f'<td colspan="{OWN_COLUMNS + len(grid.columns)}"><div>{escape(grid.labels.no_rows)}</div></td></tr>'
    )


def _pager(grid: Grid) -> str:
    if grid.pager_hidden:
        return ""
    count = len(grid.customers)
    return pager.render(grid.id, grid.state, grid.labels, summary=grid.pager_summary, row_count=count)


def _filter_bar(grid: Grid) -> str:
    """Return the bar with the filter expression and the link that clears it, if there is one."""
    expression = grid.state.grid_filters.bar
    if not expression:
        return ""
    return (
        f'<table id="{grid.id}_DXFilterBar" class="dxgvFilterBar_XafTheme" cellspacing="0"><tr>'
        f'<td class="dxgvFilterBarExpressionCell_XafTheme"><a id="{grid.id}_DXFilterBarExpression" '
        f'class="dxgvFilterBarLink_XafTheme" href="javascript:;">{escape(expression)}</a></td>'
        f'<td class="dxgvFilterBarClearButtonCell_XafTheme"><a id="{grid.id}_DXFilterBarClear" '
        f'class="dxgvFilterBarLink_XafTheme" href="javascript:;" data-clear="1">'
        f"{escape(grid.labels.clear_filter)}</a></td></tr></table>"
    )


def _loading_panel(grid_id: str, labels: Labels) -> str:
    return (
        f'<div id="{grid_id}_LPV" class="dxlpLoadingPanel_XafTheme dxlpLoadingPanel dxlp" '
        f'style="display:none"><span class="dxlp-text">{escape(labels.loading)}</span></div>'
    )
