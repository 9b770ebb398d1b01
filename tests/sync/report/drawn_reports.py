"""Reports drawn for the tests, and the tables that reading them must give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.erp_simulator.drawing import ReportColumn, draw_report
from scripts.erp_simulator.pdf_font import ReportFont
from scripts.erp_simulator.wrapping import joined, wrap
from sync.report import ENGINES, Report
from sync.report.reader import read_report

SHARED_EXPORTS = sorted((Path(__file__).resolve().parents[3].parent / "shared/exports").glob("*.pdf"))

LEDGER = (
    ReportColumn("ORDINE", 90, "right"),
    ReportColumn("CLIENTE", 180),
    ReportColumn("PEZZI", 120, "right"),
    ReportColumn("IMPORTO", 150, "right"),
)


@dataclass(frozen=True)
class Table:
    """The content of a report: captions, rows, and totals, if any."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    footer: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Drawn:
    """A report on disk, and the table that reading it must give."""

    path: Path
    table: Table
    pages_per_group: int


def draw(
    path: Path,
    columns: Sequence[ReportColumn],
    rows: Iterable[Sequence[str]],
    *,
    bands: Sequence[int] | None = None,
    footer: Sequence[str] | None = None,
    **options: Any,
) -> Drawn:
    """Draw a report; its table has the texts wrapped and joined by the exporter's rules."""
    bands = bands if bands is not None else [len(columns)]
    rows = [tuple(row) for row in rows]
    draw_report(path, columns, rows, bands=bands, footer=footer, **options)
    table = Table(
        _as_read([column.caption for column in columns], columns),
        [_as_read(row, columns) for row in rows],
        None if footer is None else _as_read(footer, columns),
    )
    return Drawn(path, table, len(bands))


def _as_read(values: Sequence[str], columns: Sequence[ReportColumn]) -> tuple[str, ...]:
    width_pt = ReportFont().width_pt
    return tuple(
        joined(wrap(value, width_pt, column.text_width_pt))
        for value, column in zip(values, columns, strict=True)
    )


def table_of(report: Report) -> Table:
    return Table(report.columns, report.rows, report.footer)


def readings(path: Path) -> list[Table]:
    """Return what each engine reads alone."""
    return [table_of(read_report(path, engine=engine)) for engine in ENGINES]


def twice(drawn: Drawn) -> list[Table]:
    """Return what :func:`readings` must give."""
    return [drawn.table] * len(ENGINES)


def money(cents: int) -> str:
    """Print an amount as the ERP does in Italian."""
    return f"{'-' if cents < 0 else ''}{integer(abs(cents) // 100)},{abs(cents) % 100:02} €"


def integer(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def ledger_rows(row_count: int) -> list[tuple[str, ...]]:
    """Invent orders: number, customer, pieces and amount."""
    return [
        (str(1000 + n), f"Studio Ferlandi {n}", str(n % 7), money(n * 137 % 100_000))
        for n in range(row_count)
    ]


def ledger_totals(row_count: int) -> tuple[str, ...]:
    pieces = sum(n % 7 for n in range(row_count))
    cents = sum(n * 137 % 100_000 for n in range(row_count))
    return (f"Count={integer(row_count)}", "", f"Sum={integer(pieces)}", f"Sum={money(cents)}")


def ledger(path: Path, row_count: int, *, bands: Sequence[int] = (2, 1, 1), footer: bool = True) -> Drawn:
    """Draw a list of invented orders; 47 rows fill a page."""
    totals = ledger_totals(row_count) if footer else None
    return draw(path, LEDGER, ledger_rows(row_count), bands=bands, footer=totals)
