"""Syncs are queued although the database is away for a moment, or its clock set back."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from django.utils import timezone
from django_q.models import OrmQ
from django_q.models import Schedule as ScheduleRow

from sync import tasks
from sync.erp.work_folder import private_folder
from sync.models import SyncRun
from sync.runs import artifacts, lifecycle
from sync.scheduling import dispatch, schedule
from tests.queries import refused_first

pytestmark = pytest.mark.django_db(transaction=True)

GONE = OperationalError("the connection was cut")


def test_a_start_up_sync_follows_a_success_from_before_the_database_s_clock_was_set_back() -> None:
    lifecycle.succeed(lifecycle.claim(SyncRun.Trigger.STARTUP, lease_s=45))
    SyncRun.objects.update(finished_at=Now() + timedelta(minutes=50))
    dispatch.start_startup_sync(timedelta(seconds=5))
    assert [task.func() for task in OrmQ.objects.all()] == ["sync.tasks.startup_sync"]


def test_the_sync_in_place_of_a_dead_run_is_queued_after_a_moment_without_the_database() -> None:
    lifecycle.claim(SyncRun.Trigger.SCHEDULE, lease_s=45)
    SyncRun.objects.update(heartbeat_at=Now() - timedelta(seconds=46))
    with refused_first(("INSERT", "django_q_ormq"), GONE), pytest.raises(OperationalError):
        dispatch.take_over_dead_runs(45)
    dispatch.take_over_dead_runs(45)
    assert [task.func() for task in OrmQ.objects.all()] == ["sync.tasks.replacement_sync"]


def test_a_queued_run_stays_queued_if_its_claim_meets_a_moment_without_the_database() -> None:
    run_id = dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    with refused_first(("SELECT", '"attempt_count"', '"is_upload"'), GONE), pytest.raises(OperationalError):
        tasks.queued_sync(run_id)
    assert SyncRun.objects.get(pk=run_id).state == "queued"


def test_no_sync_replaces_a_dead_one_that_a_person_had_cancelled() -> None:
    lifecycle.claim(SyncRun.Trigger.SCHEDULE, lease_s=45)
    lifecycle.cancel(by="carla", lease_s=45)
    SyncRun.objects.update(heartbeat_at=Now() - timedelta(seconds=46))
    dispatch.take_over_dead_runs(45)
    assert [task.func() for task in OrmQ.objects.all()] == []


def test_old_runs_are_removed_nightly_although_the_clock_was_ahead_once() -> None:
    row = schedule.ensure_retention()
    ScheduleRow.objects.filter(pk=row.pk).update(next_run=timezone.now() + timedelta(days=365))
    schedule.ensure_retention()
    row.refresh_from_db()
    assert row.next_run <= timezone.now() + timedelta(days=2)


def test_files_of_killed_processes_are_removed_although_the_clock_was_ahead_once(tmp_path: Path) -> None:
    ahead_s = time.time() + 365 * 24 * 3600
    left, kept = tmp_path / "fetch-left", tmp_path / "fetch-now"
    for folder in (left, kept):
        folder.mkdir()
    os.utime(left, (ahead_s, ahead_s))
    with private_folder(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == [kept]
    os.utime(kept, (ahead_s, ahead_s))
    artifacts.remove_older(tmp_path, 30)
    assert list(tmp_path.iterdir()) == []
