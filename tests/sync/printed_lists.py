"""Customer lists drawn with additional columns or with changed cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.erp_simulator.customer_report import PrintedList, printed_list
from scripts.erp_simulator.drawing import ReportColumn, draw_report, fitting_bands
from scripts.erp_simulator.world import SimCustomer

_WIDTH_PT = 150.0


def draw_changed(
    path: Path,
    customers: Sequence[SimCustomer],
    *,
    columns: Sequence[str] = (),
    cells: Sequence[str] = (),
    changed: Mapping[tuple[int, str], str] | None = None,
    totals: Mapping[str, str] | None = None,
) -> Path:
    """Draw the customers with additional ``columns`` that have the same ``cells`` in every row.

    ``changed`` replaces cells by row (from 0) and caption, ``totals`` those of the footer by caption. If a
    caption occurs twice, its first column is used.
    """
    printed = printed_list(customers)
    rows, footer = _changed_cells(printed, changed or {}, totals or {})
    additional = [ReportColumn(caption, _WIDTH_PT) for caption in columns]
    draw_report(
        path,
        [*printed.columns, *additional],
        [[*row, *cells] for row in rows],
        bands=[*printed.bands, *(fitting_bands(additional) if additional else ())],
        footer=[*footer, *("" for _ in columns)],
    )
    return path


def _changed_cells(
    printed: PrintedList, changed: Mapping[tuple[int, str], str], totals: Mapping[str, str]
) -> tuple[list[list[str]], list[str]]:
    """Return the rows and the footer with some of their cells replaced."""
    captions = [column.caption for column in printed.columns]
    rows, footer = [list(row) for row in printed.rows], list(printed.footer or [])
    for (row, caption), cell in changed.items():
        rows[row][captions.index(caption)] = cell
    for caption, total in totals.items():
        footer[captions.index(caption)] = total
    return rows, footer
