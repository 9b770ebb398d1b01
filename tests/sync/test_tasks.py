"""The workers' tasks: when they sync and when not, and that a second delivery does nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from django_q.exceptions import TimeoutException
from django_q.timeout import TimeoutHandler

from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from sync import tasks
from sync.config import sync_config
from sync.errors import LoginRejected
from sync.models import SyncRun
from sync.monitoring import suspension
from sync.runs import lifecycle
from sync.scheduling import dispatch, schedule
from sync.scheduling.flags import SharedFlag
from tests.alarms import alarm_while_waiting
from tests.sync.management.clusters import processes_of

LEASE_S = 45.0
PAUSED = [tasks.scheduled_sync, tasks.startup_sync, tasks.replacement_sync]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _not_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own flag, since a flag can't be cleared."""
    monkeypatch.setattr(tasks, "stop", SharedFlag())


def suspended() -> None:
    claim = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    error = LoginRejected("the ERP refuses user or password")
    lifecycle.fail(claim, error)
    suspension.suspend(claim.run_id, error, sync_config())


@pytest.mark.parametrize("task", PAUSED)
def test_no_sync_starts_while_the_schedule_is_off(task: Any) -> None:
    schedule.set_enabled(False)
    assert "the schedule is off" in task()
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("task", PAUSED)
def test_no_sync_starts_while_suspended(task: Any) -> None:
    suspended()
    assert "the ERP refuses user or password" in task()
    assert SyncRun.objects.count() == 1


def test_a_host_whose_clock_is_ahead_does_not_sync_again_at_once(erp_settings: ErpSimulator) -> None:
    """Two clusters would each take the other's next sync for due, or for planned too late, in turn."""
    schedule.ensure_schedule()
    tasks.scheduled_sync()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert not dispatch.start_what_is_due()
        tasks.scheduled_sync()
    assert [run.state for run in SyncRun.objects.all()] == ["succeeded"]


def test_a_scheduled_sync_after_one_that_died_is_not_too_soon(erp_settings: ErpSimulator) -> None:
    lifecycle.claim(SyncRun.Trigger.SCHEDULE, lease_s=LEASE_S)
    lifecycle.abandon_stale(lease_s=0)
    tasks.scheduled_sync()
    assert [run.state for run in SyncRun.objects.all()] == ["succeeded", "abandoned"]


def test_a_sync_in_place_of_one_that_died_may_follow_a_scheduled_one(erp_settings: ErpSimulator) -> None:
    tasks.scheduled_sync()
    lifecycle.claim(SyncRun.Trigger.ADMIN, lease_s=LEASE_S)
    lifecycle.abandon_stale(lease_s=0)
    tasks.replacement_sync()
    assert [run.state for run in SyncRun.objects.all()] == ["succeeded", "abandoned", "succeeded"]


def test_a_requested_sync_runs_while_off_and_suspended(erp_settings: ErpSimulator) -> None:
    schedule.set_enabled(False)
    suspended()
    run_id = dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    tasks.queued_sync(run_id)
    run = SyncRun.objects.get(pk=run_id)
    assert (run.state, run.trigger, run.requested_by) == ("succeeded", "api", "carla")
    assert Customer.objects.count() == 60


def test_a_queued_sync_that_is_delivered_twice_runs_once(erp_settings: ErpSimulator) -> None:
    run_id = dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    tasks.queued_sync(run_id)
    finished_at = SyncRun.objects.get().finished_at
    assert tasks.queued_sync(run_id) == "no sync: the run was taken up before"
    assert SyncRun.objects.get().finished_at == finished_at
    assert erp_settings.counters.exports == 1


@pytest.mark.parametrize("task", PAUSED)
def test_a_task_does_not_start_while_a_sync_runs(task: Any) -> None:
    running = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert "another sync is running" in task()
    assert SyncRun.objects.get().pk == running.run_id


def test_a_queued_sync_waits_while_another_runs() -> None:
    run_id = dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert "another sync is running" in tasks.queued_sync(run_id)
    assert SyncRun.objects.get(pk=run_id).state == "queued"


def test_no_sync_starts_while_the_cluster_is_stopping() -> None:
    run_id = dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    tasks.stop.set()
    for outcome in (tasks.scheduled_sync(), tasks.startup_sync(), tasks.queued_sync(run_id)):
        assert "the cluster is stopping" in outcome
    assert SyncRun.objects.get().state == "queued"


def test_a_sync_over_its_timeout_fails_and_leaves_no_browser(
    erp_settings: ErpSimulator, settings: Any
) -> None:
    erp_settings.faults.export_delay = 600.0

    with ThreadPoolExecutor(1) as pool, TimeoutHandler(600):
        pool.submit(alarm_while_waiting, lambda: erp_settings.counters.exports_asked == 1)
        with pytest.raises(TimeoutException):
            tasks.scheduled_sync()
    run = SyncRun.objects.get()
    assert (run.state, run.error_code) == ("failed", "stopped")
    assert not Customer.objects.exists()
    assert processes_of(settings.DATA_DIR) == []


def test_a_task_returns_the_failure_of_its_sync(erp_settings: ErpSimulator, settings: Any) -> None:
    erp_settings.expire_sessions()
    settings.ARCHIBALD_PASSWORD = "sbagliata"
    outcome = tasks.startup_sync()
    assert outcome == f"run {SyncRun.objects.get().pk} failed"
