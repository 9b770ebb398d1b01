"""The report that comes with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from scripts.draw_builtin_report import builtin_customers
from scripts.erp_simulator.customer_report import draw_customers, report_table
from sync.errors import ReportUnproven
from sync.report import ENGINES, builtin
from sync.report.builtin import BUILTIN_PATH, check_reader
from sync.report.reader import read_report


@pytest.mark.parametrize("engine", ENGINES)
def test_it_is_what_its_script_draws(engine: Literal["stream", "pdfplumber"]) -> None:
    drawn = report_table(builtin_customers())
    report = read_report(BUILTIN_PATH, engine=engine)
    assert [list(row) for row in report.rows] == drawn.rows
    assert list(report.columns) == drawn.columns
    assert list(report.footer or ()) == drawn.footer


def test_it_is_read_as_it_was_drawn() -> None:
    assert check_reader() == len(builtin_customers())


def test_another_list_in_its_place_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    draw_customers(other, builtin_customers()[1:])
    monkeypatch.setattr(builtin, "BUILTIN_PATH", other)
    with pytest.raises(ReportUnproven, match=r"\Athe built-in report was not read as it was drawn\Z"):
        check_reader()


def test_it_is_small() -> None:
    assert BUILTIN_PATH.stat().st_size < 20_000
