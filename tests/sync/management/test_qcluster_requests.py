"""A cluster that runs for long: what it does at a person's request, and what it makes up for."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from sync.models import SyncRun
from sync.scheduling import dispatch, schedule
from tests.api_calls import client_of, staff
from tests.sync.management.conftest import SharedCluster
from tests.waiting import wait_until


def the_only_run() -> SyncRun:
    """Wait until a run has succeeded and its task is done; return it."""
    wait_until(SyncRun.objects.filter(state="succeeded").exists)
    wait_until(lambda: not OrmQ.objects.exists())
    return SyncRun.objects.get()


def test_a_schedule_turned_on_over_rest_catches_up_with_one_sync(shared_cluster: SharedCluster) -> None:
    schedule.set_enabled(False)
    Schedule.objects.update(next_run=timezone.now() - timedelta(days=3))
    person = client_of(staff("edit_schedule"))
    assert person.post("/api/admin/sync/start").status_code == 200
    assert the_only_run().trigger == "schedule"
    assert schedule.ensure_schedule().next_run > timezone.now()


def test_a_queued_run_whose_task_was_lost_still_runs(shared_cluster: SharedCluster) -> None:
    with transaction.atomic():
        run_id = dispatch.queue_sync(SyncRun.Trigger.API, "carla")
        OrmQ.objects.all().delete()
    assert the_only_run().pk == run_id


def test_a_cluster_removes_old_runs_when_due_also_while_the_schedule_is_off(
    shared_cluster: SharedCluster,
) -> None:
    schedule.set_enabled(False)
    old = SyncRun.objects.create(
        trigger="cli",
        state="failed",
        created_at=timezone.now() - timedelta(days=500),
        finished_at=timezone.now() - timedelta(days=500),
    )
    due = schedule.ensure_retention()
    Schedule.objects.filter(pk=due.pk).update(next_run=timezone.now() - timedelta(minutes=1))
    wait_until(lambda: not SyncRun.objects.filter(pk=old.pk).exists())
    wait_until(lambda: not OrmQ.objects.exists())
    assert Schedule.objects.get(pk=due.pk).next_run > timezone.now() + timedelta(hours=20)
