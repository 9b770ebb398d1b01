"""Which runs are removed when they are old, and which are kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from customers.models import CustomerChange
from scripts.erp_simulator.world import SimCustomer
from sync.models import SyncAttempt, SyncRun
from sync.runs.retention import remove_old_runs
from tests.conftest import DrawList
from tests.staff_pages import synced

pytestmark = pytest.mark.django_db


def run(days_ago: int, state: str = "failed", **fields: Any) -> SyncRun:
    moment = timezone.now() - timedelta(days=days_ago)
    return SyncRun.objects.create(
        trigger="schedule", state=state, created_at=moment, finished_at=moment, **fields
    )


def remaining() -> list[int]:
    return list(SyncRun.objects.order_by("pk").values_list("pk", flat=True))


def test_older_runs_are_removed_and_newer_ones_kept(tmp_path: Path) -> None:
    run(31)
    young = run(29)
    assert remove_old_runs(30, tmp_path) == 1
    assert remaining() == [young.pk]


def test_the_attempts_of_a_run_are_removed(tmp_path: Path) -> None:
    SyncAttempt.objects.create(run=run(31), number=1, started_at=timezone.now(), duration_ms=5)
    remove_old_runs(30, tmp_path)
    assert not SyncAttempt.objects.exists()


def test_the_screenshot_and_trace_of_a_run_are_removed(tmp_path: Path) -> None:
    (tmp_path / "run-1").mkdir()
    for name in ("page.png", "page.zip", "other.png"):
        (tmp_path / "run-1" / name).write_bytes(b"x")
    run(31, screenshot="run-1/page.png", trace="run-1/page.zip")
    remove_old_runs(30, tmp_path)
    assert [path.name for path in (tmp_path / "run-1").iterdir()] == ["other.png"]


def test_the_screenshots_of_attempts_are_removed(tmp_path: Path) -> None:
    (tmp_path / "first.png").write_bytes(b"x")
    SyncAttempt.objects.create(
        run=run(31, "succeeded"),
        number=1,
        started_at=timezone.now(),
        duration_ms=5,
        screenshot="first.png",
    )
    run(0, "succeeded")
    remove_old_runs(30, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("state", ["queued", "running", "held"])
def test_a_run_that_has_not_ended_is_kept(state: str, tmp_path: Path) -> None:
    run(900, state)
    assert remove_old_runs(30, tmp_path) == 0


def test_the_newest_run_that_applied_a_list_is_kept(tmp_path: Path) -> None:
    run(901, "succeeded")
    newest = run(900, "succeeded")
    run(800, "failed")
    remove_old_runs(30, tmp_path)
    assert remaining() == [newest.pk]


def test_the_customer_changes_of_a_run_are_kept(
    people: list[SimCustomer], draw_list: DrawList, tmp_path: Path
) -> None:
    run_id = synced(draw_list(people))
    run(0, "succeeded")
    SyncRun.objects.filter(pk=run_id).update(finished_at=timezone.now() - timedelta(days=40))
    remove_old_runs(30, tmp_path)
    assert not SyncRun.objects.filter(pk=run_id).exists()
    assert CustomerChange.objects.filter(run_id=run_id).count() == 60


def test_many_runs_are_removed_in_batches(tmp_path: Path) -> None:
    moment = timezone.now() - timedelta(days=31)
    SyncRun.objects.bulk_create(
        SyncRun(trigger="schedule", state="failed", created_at=moment, finished_at=moment)
        for _ in range(1200)
    )
    assert remove_old_runs(30, tmp_path) == 1200
    assert remaining() == []
