"""A dry run returns what would change, and stores it with its counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db.models.functions import Now

from customers.models import CustomerChange
from scripts.erp_simulator.world import SimCustomer
from sync.models import HeldList, SyncRun
from tests.conftest import DrawList
from tests.sync.sync_once import kept_run, snapshot, sync_file

pytestmark = pytest.mark.django_db


def test_a_dry_run_returns_the_changes_and_writes_nothing(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    people[4] = replace(people[4], city="Isernia")
    before = snapshot()
    result = sync_file(draw_list(people, "later.pdf"), is_dry=True)
    assert [(change["erpId"], [each["new"] for each in change["fields"]]) for change in result.changes] == [
        (people[4].erp_id, ["Isernia"])
    ]
    assert snapshot() == before
    assert not CustomerChange.objects.filter(kind="updated").exists()


def test_a_dry_run_reports_an_implausible_list_without_holding_it(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    result = sync_file(draw_list(people[:20], "short.pdf"), is_dry=True)
    assert result.state == "held"
    assert result.error is not None
    assert result.error.code == "list_too_short"
    assert not HeldList.objects.exists()
    assert not SyncRun.objects.filter(state="held").exists()


def test_a_layout_change_is_noted_again_after_a_dry_run(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    note = "the layout changed: 9 pages a group, 8 before"
    sync_file(draw_list(people))
    nine = draw_list(people, "nine.pdf", pages_per_group=9)
    results = [sync_file(nine, is_dry=is_dry) for is_dry in (True, False)]
    assert [[*map(str, result.notes)] for result in results] == [[note], [note]]


def test_a_layout_stored_with_a_dry_run_by_an_earlier_version_is_ignored(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    path = draw_list(people)
    run = kept_run(sync_file(path))
    other = {**run.layout, "pagesPerGroup": 9}
    SyncRun.objects.create(trigger="cli", state="succeeded", is_dry=True, created_at=Now(), layout=other)
    assert sync_file(path).notes == ()


def test_a_dry_run_stores_counts_but_no_layout_or_notes(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    result = sync_file(draw_list(people, extra_columns=6), is_dry=True)
    run = kept_run(result)
    assert any("CLASSE ABC" in str(note) for note in result.notes)
    assert (run.layout, run.notes) == ({}, [])
    assert run.counts == result.counts
    assert (run.counts["new"], len(run.file_sha256)) == (60, 64)
