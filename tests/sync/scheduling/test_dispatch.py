"""Queue a sync: on schedule, at the cluster's start, after a dead run, for a person."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db.models.functions import Now
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from sync.errors import AlreadyRunning, Stopped
from sync.models import SyncRun
from sync.runs import lifecycle
from sync.scheduling import dispatch, schedule
from sync.scheduling.schedule import current_schedule
from tests.sync.scheduling.conftest import NOON

LEASE_S = 45.0

pytestmark = pytest.mark.django_db
# Not in a test's transaction: django-q2's scheduler closes the connection.
committed = pytest.mark.django_db(transaction=True)


def row() -> Schedule:
    return Schedule.objects.get()


def queued_functions() -> list[str]:
    return [task.func() for task in OrmQ.objects.order_by("pk")]


# --- followed by the cluster ----------------------------------------------------------------------------


def test_nothing_is_started_before_its_time(clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    clock.shift(30 * 60 - 1)
    assert not dispatch.start_what_is_due()
    assert queued_functions() == []


@committed
def test_what_is_due_is_started_once(clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    clock.shift(30 * 60 + 1)
    assert dispatch.start_what_is_due()
    assert not dispatch.start_what_is_due()
    assert queued_functions() == ["sync.tasks.scheduled_sync"]
    assert current_schedule().next_run == NOON + timedelta(minutes=60)


@committed
@pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, 0), datetime(2026, 10, 25, 1, 0)])
def test_the_interval_stays_the_same_when_summer_time_begins_or_ends(
    change: datetime, clock: time_machine.Traveller
) -> None:
    clock.move_to(change.replace(tzinfo=UTC) - timedelta(minutes=45))
    schedule.ensure_schedule()
    started = []
    for _minute in range(121):
        clock.shift(60)
        if dispatch.start_what_is_due():
            started.append(timezone.now())
    assert len(started) == 4
    assert {later - earlier for earlier, later in itertools.pairwise(started)} == {timedelta(minutes=30)}


@committed
def test_a_changed_interval_is_followed_without_a_restart(clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    schedule.set_interval(5)
    clock.shift(5 * 60 + 1)
    assert dispatch.start_what_is_due()
    assert current_schedule().next_run == NOON + timedelta(minutes=10)


def test_an_interval_changed_in_the_row_alone_is_followed_too(clock: time_machine.Traveller) -> None:
    schedule.set_interval(1440)
    Schedule.objects.update(minutes=10)
    dispatch.start_what_is_due()
    assert current_schedule().next_run == NOON + timedelta(minutes=10)


def test_a_schedule_that_is_off_starts_nothing(clock: time_machine.Traveller) -> None:
    schedule.set_enabled(False)
    clock.shift(timedelta(days=3))
    assert not dispatch.start_what_is_due()
    assert queued_functions() == []


@committed
def test_old_runs_are_removed_at_night_though_the_schedule_is_off(clock: time_machine.Traveller) -> None:
    schedule.set_enabled(False)
    night = schedule.ensure_retention().next_run
    clock.move_to(night - timedelta(seconds=1))
    dispatch.start_what_is_due()
    assert queued_functions() == []
    clock.move_to(night + timedelta(seconds=1))
    for _ in range(2):
        assert not dispatch.start_what_is_due()
    assert queued_functions() == ["sync.tasks.remove_old_runs"]


@committed
@pytest.mark.parametrize("pause", [timedelta(minutes=31), timedelta(hours=5), timedelta(days=400)])
def test_after_a_pause_of_any_length_one_sync_catches_up(
    pause: timedelta, clock: time_machine.Traveller
) -> None:
    schedule.set_enabled(False)
    clock.shift(pause)
    schedule.set_enabled(True)
    for _ in range(60):
        dispatch.start_what_is_due()
        clock.shift(1)
    assert queued_functions() == ["sync.tasks.scheduled_sync"]


def test_the_start_up_sync_replaces_all_that_were_due(clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    clock.shift(timedelta(days=2))
    dispatch.start_startup_sync(timedelta())
    assert not dispatch.start_what_is_due()
    assert queued_functions() == ["sync.tasks.startup_sync"]
    assert current_schedule().next_run == NOON + timedelta(days=2, minutes=30)


def test_the_start_up_sync_waits_while_another_sync_runs() -> None:
    running = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert not dispatch.start_startup_sync(timedelta())
    lifecycle.fail(running, Stopped("asked to stop"))
    assert dispatch.start_startup_sync(timedelta())
    assert queued_functions() == ["sync.tasks.startup_sync"]


def test_no_start_up_sync_follows_one_that_succeeded_since_the_start() -> None:
    lifecycle.succeed(lifecycle.claim(SyncRun.Trigger.STARTUP, lease_s=LEASE_S))
    assert dispatch.start_startup_sync(timedelta(seconds=5))
    assert queued_functions() == []


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_start_up_sync_follows_one_from_before_the_start_whatever_this_host_s_clock_says(
    hours: int,
) -> None:
    lifecycle.succeed(lifecycle.claim(SyncRun.Trigger.STARTUP, lease_s=LEASE_S))
    SyncRun.objects.update(finished_at=Now() - timedelta(minutes=5))
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        dispatch.start_startup_sync(timedelta(seconds=5))
    assert queued_functions() == ["sync.tasks.startup_sync"]


def test_a_start_up_sync_follows_an_upload_that_was_approved_since_the_start() -> None:
    lifecycle.succeed(lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S))
    SyncRun.objects.update(is_upload=True)
    dispatch.start_startup_sync(timedelta(seconds=5))
    assert queued_functions() == ["sync.tasks.startup_sync"]


def test_a_schedule_turned_off_stays_off_over_a_start(clock: time_machine.Traveller) -> None:
    schedule.set_enabled(False)
    before = row().next_run
    dispatch.start_startup_sync(timedelta())
    assert (current_schedule().enabled, row().next_run) == (False, before)


# --- runs whose process died ----------------------------------------------------------------------------


def claimed_and_dead() -> int:
    claim = lifecycle.claim(SyncRun.Trigger.SCHEDULE, lease_s=LEASE_S)
    SyncRun.objects.filter(pk=claim.run_id).update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))
    return claim.run_id


def test_a_dead_run_is_abandoned_and_another_sync_queued() -> None:
    run_id = claimed_and_dead()
    assert dispatch.take_over_dead_runs(LEASE_S)
    assert SyncRun.objects.get(pk=run_id).state == "abandoned"
    assert queued_functions() == ["sync.tasks.replacement_sync"]


def test_a_run_with_a_heartbeat_is_left_alone() -> None:
    lifecycle.claim(SyncRun.Trigger.SCHEDULE, lease_s=LEASE_S)
    assert not dispatch.take_over_dead_runs(LEASE_S)
    assert SyncRun.objects.get().state == "running"


def test_a_second_death_in_a_row_waits_for_the_schedule() -> None:
    for _ in range(2):
        claimed_and_dead()
        dispatch.take_over_dead_runs(LEASE_S)
    assert queued_functions() == ["sync.tasks.replacement_sync"]
    assert set(SyncRun.objects.values_list("state", flat=True)) == {"abandoned"}


# --- runs that a person asked for -----------------------------------------------------------------------


def test_a_queued_sync_is_a_run_with_a_task_of_its_own() -> None:
    run_id = dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    run = SyncRun.objects.get(pk=run_id)
    assert (run.state, run.trigger, run.requested_by) == ("queued", "api", "carla")
    task = OrmQ.objects.get().task
    assert (task["func"], task["args"]) == ("sync.tasks.queued_sync", (run_id,))


def test_a_second_queued_sync_is_refused() -> None:
    dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    with pytest.raises(AlreadyRunning):
        dispatch.queue_sync(SyncRun.Trigger.ADMIN, "dino")
    assert (SyncRun.objects.count(), OrmQ.objects.count()) == (1, 1)


def test_no_sync_is_queued_while_one_runs() -> None:
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    with pytest.raises(AlreadyRunning):
        dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    assert not OrmQ.objects.exists()


def queued_before(seconds: float) -> int:
    run_id = dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    SyncRun.objects.filter(pk=run_id).update(created_at=Now() - timedelta(seconds=seconds))
    return run_id


def test_a_queued_run_that_no_worker_took_is_waiting() -> None:
    run_id = queued_before(60)
    assert dispatch.waiting_run() == run_id


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_run_waits_by_the_databases_clock_whatever_the_clusters_says(hours: int) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        run_id = queued_before(2)
        assert dispatch.waiting_run() is None
        SyncRun.objects.update(created_at=Now() - timedelta(seconds=60))
        assert dispatch.waiting_run() == run_id


def test_a_run_queued_a_moment_ago_is_not_waiting_yet() -> None:
    queued_before(1)
    assert dispatch.waiting_run() is None


def test_a_run_queued_before_the_databases_clock_was_set_back_is_waiting() -> None:
    run_id = queued_before(-3000)
    assert dispatch.waiting_run() == run_id


def test_a_queued_run_waits_for_the_one_that_runs() -> None:
    run_id = queued_before(60)
    running = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert dispatch.waiting_run() is None
    lifecycle.succeed(running)
    assert dispatch.waiting_run() == run_id


@pytest.mark.parametrize(("minutes", "is_too_soon"), [(-14, True), (-16, False), (14, True), (16, False)])
def test_a_sync_from_before_the_clock_was_set_back_hinders_none(minutes: int, is_too_soon: bool) -> None:
    moment = Now() + timedelta(minutes=minutes)
    SyncRun.objects.create(trigger=SyncRun.Trigger.SCHEDULE, state="succeeded", created_at=moment)
    assert dispatch.came_too_soon() == is_too_soon
