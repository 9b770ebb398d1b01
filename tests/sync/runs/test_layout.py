"""What is noted of a report's layout: how it differs from that of the last list that was applied."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from scripts.erp_simulator.world import SimCustomer
from sync.models import SyncRun
from sync.report import Report
from sync.runs.layout import gone_columns_notes, layout_notes, layout_of, reading_notes
from tests.conftest import DrawList
from tests.sync.sync_once import kept_run, sync_file

REPORT = Report(("ID", "NOME"), rows=[], footer=None, page_count=16, pages_per_group=8, engine="stream")
REVERSED = replace(REPORT, columns=("NOME", "ID"))
OTHER_COLUMNS = "the layout changed: other columns, or in another order"

pytestmark = pytest.mark.django_db


def applied(layout: dict[str, Any]) -> None:
    SyncRun.objects.create(trigger="cli", state="succeeded", created_at=timezone.now(), layout=layout)


def notes_of(report: Report) -> list[str]:
    return [str(note) for note in layout_notes(report)]


def test_columns_in_another_order_are_noted(people: list[SimCustomer], draw_list: DrawList) -> None:
    path = draw_list(people)
    applied = kept_run(sync_file(path))
    columns = applied.layout["columns"][::-1]
    SyncRun.objects.update(layout={**applied.layout, "columns": columns})
    notes = [str(note) for note in sync_file(path, is_dry=True).notes]
    assert notes == [OTHER_COLUMNS]


def test_the_first_list_and_one_of_the_same_layout_need_no_note() -> None:
    assert notes_of(REPORT) == []
    applied(layout_of(REPORT))
    assert notes_of(REPORT) == []


def test_each_difference_from_the_last_layout_is_noted() -> None:
    applied(layout_of(REVERSED))
    applied(layout_of(REPORT))
    pages = "the layout changed: 9 pages a group, 8 before"
    assert notes_of(replace(REPORT, pages_per_group=9)) == [pages]
    assert notes_of(replace(REVERSED, pages_per_group=9)) == [pages, OTHER_COLUMNS]


def test_a_run_that_stored_no_layout_is_not_compared_with() -> None:
    applied(layout_of(REPORT))
    applied({})
    assert notes_of(REVERSED) == [OTHER_COLUMNS]


def test_pages_that_pdfplumber_read_are_counted_in_a_note() -> None:
    assert reading_notes(REPORT) == []
    [note] = reading_notes(replace(REPORT, pages_read_again=3))
    assert str(note) == "3 of 16 pages are drawn differently than usual and were read by pdfplumber"


def test_columns_of_earlier_lists_that_are_gone_are_named_in_a_note() -> None:
    assert gone_columns_notes([]) == []
    [note] = gone_columns_notes(["LINGUA:", "CLASSE"])
    assert str(note) == "layout changed: columns gone, their values kept: LINGUA:, CLASSE"
