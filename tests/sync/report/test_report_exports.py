"""Whole lists: a drawn one, and real exports from the folder beside the project, if there are any."""

from __future__ import annotations

import json
from pathlib import Path

import pikepdf

from scripts.erp_simulator.customer_report import draw_customers, report_table
from scripts.erp_simulator.world import generate
from sync.report.reader import read_report
from tests.sync.report.changed_files import edited_file
from tests.sync.report.drawn_reports import SHARED_EXPORTS, Table, table_of


def exports(folder: Path) -> list[tuple[Path, Table]]:
    """Return reports and what they show: a list whose amounts were rounded for print, and the real ones."""
    customers = generate(300, unrounded=True)
    drawn = folder / "Clienti.pdf"
    draw_customers(drawn, customers)
    table = report_table(customers)
    known = [(drawn, _table(table.columns, table.rows, table.footer))]
    for path in SHARED_EXPORTS:
        expected = json.loads(path.with_suffix(".expected.json").read_text())
        known.append((path, _table(**expected)))
    return known


def _table(columns: list[str], rows: list[list[str]], footer: list[str] | None) -> Table:
    return Table(tuple(columns), [tuple(row) for row in rows], tuple(footer) if footer else None)


def test_a_whole_export_is_read_to_the_last_cell(tmp_path: Path) -> None:
    for path, table in exports(tmp_path):
        report = read_report(path)
        assert table_of(report) == table
        assert (report.engine, report.pages_per_group) == ("stream", 8)
        assert sum(bool(total) for total in report.footer or ()) == 7


def test_the_second_engine_reads_an_export_to_the_same_cells(tmp_path: Path) -> None:
    """Of the newest one the first two page groups: all of it, which scripts/bench reads, takes a minute."""
    path, table = exports(tmp_path)[-1]
    cut = edited_file(path, tmp_path / "start.pdf", lambda pdf: keep_pages(pdf, 16))
    report = read_report(cut, engine="pdfplumber")
    assert (report.columns, report.page_count, report.footer) == (table.columns, 16, None)
    assert report.rows == table.rows[: len(report.rows)]
    assert len(report.rows) > 60


def keep_pages(pdf: pikepdf.Pdf, count: int) -> None:
    del pdf.pages[count:]
    pdf.remove_unreferenced_resources()
