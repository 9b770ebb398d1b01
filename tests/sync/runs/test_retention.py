"""Which runs, held lists, screenshots and traces are removed when they are old, and which are kept."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Task
from django_q.scheduler import scheduler

from customers.labels import message_text
from customers.models import CustomerChange
from scripts.erp_simulator.world import SimCustomer, generate
from sync import tasks
from sync.models import HeldList, SyncAttempt, SyncRun
from sync.runs.retention import remove_old_artifacts, remove_old_runs
from sync.scheduling.schedule import ensure_retention
from tests.conftest import DrawList
from tests.staff_pages import held, synced

pytestmark = pytest.mark.django_db


def run(days_ago: int, state: str = "failed", **fields: Any) -> SyncRun:
    moment = timezone.now() - timedelta(days=days_ago)
    return SyncRun.objects.create(
        trigger="schedule", state=state, created_at=moment, finished_at=moment, **fields
    )


def file(path: Path, days_ago: int) -> None:
    path.write_bytes(b"x")
    age = timezone.now().timestamp() - days_ago * 24 * 3600
    os.utime(path, (age, age))


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


def test_the_screenshots_and_traces_of_attempts_are_removed(tmp_path: Path) -> None:
    for name in ("first.png", "first.zip"):
        (tmp_path / name).write_bytes(b"x")
    SyncAttempt.objects.create(
        run=run(31, "succeeded"),
        number=1,
        started_at=timezone.now(),
        duration_ms=5,
        screenshot="first.png",
        trace="first.zip",
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


def test_the_newest_run_whose_list_came_from_the_erp_is_kept(tmp_path: Path) -> None:
    """Else the next list would count as the first one, whatever account or view it comes from."""
    run(400, "succeeded", seen={"view": "Clienti"})
    newest_from_erp = run(300, "succeeded", seen={"view": "Clienti"})
    newest = run(200, "succeeded")
    assert remove_old_runs(30, tmp_path) == 1
    assert remaining() == [newest_from_erp.pk, newest.pk]


def test_a_file_that_can_not_be_deleted_does_not_keep_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run.png").touch()
    run(31, screenshot="run.png")
    run(31)

    def refuse(self: Path, **options: bool) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert remove_old_runs(30, tmp_path) == 2


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


def test_old_screenshots_and_traces_are_removed_and_their_runs_kept(tmp_path: Path) -> None:
    for name, days in (("old.png", 31), ("old.zip", 31), ("young.png", 29)):
        file(tmp_path / name, days)
    old, young = run(31, screenshot="old.png", trace="old.zip"), run(29, screenshot="young.png")
    attempt = SyncAttempt.objects.create(
        run=old, number=1, started_at=old.created_at, duration_ms=5, screenshot="old.png"
    )
    remove_old_artifacts(30, tmp_path)
    for row in (old, young, attempt):
        row.refresh_from_db()
    assert [path.name for path in tmp_path.iterdir()] == ["young.png"]
    assert (old.screenshot, old.trace, attempt.screenshot) == ("", "", "")
    assert young.screenshot == "young.png"


def test_only_runs_and_attempts_that_name_old_files_are_written(tmp_path: Path) -> None:
    run(31)
    run(31, trace="old.zip")
    written: list[int] = []

    def count_rows(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found = execute(sql, params, many, context)
        if sql.startswith("UPDATE"):
            written.append(context["cursor"].rowcount)
        return found

    with connection.execute_wrapper(count_rows):
        remove_old_artifacts(30, tmp_path)
    assert written == [1, 0]


def test_old_files_of_no_run_are_removed(tmp_path: Path) -> None:
    file(tmp_path / "orphan.png", 31)
    (tmp_path / ".trace-killed").mkdir()
    file(tmp_path / ".trace-killed" / "trace.zip", 31)
    os.utime(tmp_path / ".trace-killed", (0, 0))
    remove_old_artifacts(30, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_sync_removes_old_files_without_a_cluster(draw_list: DrawList, settings: Any) -> None:
    settings.ARTIFACTS_DIR.mkdir(parents=True)
    file(settings.ARTIFACTS_DIR / "old.png", 31)
    synced(draw_list(generate(3, seed=1)))
    assert list(settings.ARTIFACTS_DIR.iterdir()) == []


def test_a_held_list_on_which_nobody_decides_is_rejected(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    held_run = SyncRun.objects.get(pk=held(people, draw_list))
    SyncRun.objects.update(created_at=timezone.now() - timedelta(days=31))
    tasks.remove_old_runs()
    held_run.refresh_from_db()
    assert (held_run.state, held_run.decided_by) == ("rejected", "")
    assert not HeldList.objects.exists()
    assert message_text(held_run.notes[-1]) == "rejected, because nobody decided within 30 days"


@pytest.mark.parametrize(("state", "kept"), [("abandoned", 0), ("failed", 0), ("running", 1), ("held", 1)])
def test_a_list_is_kept_as_long_as_somebody_can_decide_on_it(state: str, kept: int) -> None:
    HeldList.objects.create(run=run(1, state), file=b"%PDF")
    tasks.remove_old_runs()
    assert HeldList.objects.count() == kept


def test_a_younger_held_list_is_kept(people: list[SimCustomer], draw_list: DrawList) -> None:
    synced(draw_list(people))
    held(people, draw_list)
    SyncRun.objects.update(created_at=timezone.now() - timedelta(days=29))
    tasks.remove_old_runs()
    assert HeldList.objects.count() == 1


# django-q2's scheduler closes the connection that a test's transaction would need.
@pytest.mark.django_db(transaction=True)
def test_a_cluster_that_was_down_makes_up_for_its_nightly_task() -> None:
    row = ensure_retention()
    row.next_run = timezone.now() - timedelta(days=40)
    row.save()
    scheduler()
    row.refresh_from_db()
    assert [task.func() for task in OrmQ.objects.all()] == ["sync.tasks.remove_old_runs"]
    assert row.next_run > timezone.now()


def test_old_records_of_tasks_are_removed() -> None:
    """django-q2 keeps those of failed tasks for ever, with their tracebacks."""
    for name, days in (("old", 366), ("young", 364)):
        ended = timezone.now() - timedelta(days=days)
        Task.objects.create(id=name, name=name, func="f", started=ended, stopped=ended, success=False)
    tasks.remove_old_runs()
    assert list(Task.objects.values_list("name", flat=True)) == ["young"]
