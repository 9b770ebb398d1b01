"""The one schedule: made once, changed by people, followed by the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from sync.errors import AlreadyRunning, Stopped
from sync.models import SyncRun
from sync.runs import lifecycle
from sync.scheduling import schedule
from tests.waiting import wait_until

LEASE_S = 45.0
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

# Not in a test's transaction: django-q2's scheduler closes the connection.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def row() -> Schedule:
    return Schedule.objects.get()


def queued_functions() -> list[str]:
    return [task.func() for task in OrmQ.objects.order_by("pk")]


# --- made once ------------------------------------------------------------------------------------------


def test_the_schedule_is_made_with_the_interval_of_the_settings(settings: Any, clock: Any) -> None:
    settings.SYNC_INTERVAL_MINUTES = 45
    made = schedule.ensure_schedule()
    assert (made.minutes, made.next_run) == (45, NOON + timedelta(minutes=45))
    assert schedule.is_enabled()


def test_by_default_it_syncs_every_30_minutes() -> None:
    assert schedule.interval_minutes() == 30


def test_a_restart_changes_neither_interval_nor_on_off(settings: Any) -> None:
    schedule.set_interval(15)
    schedule.set_enabled(False)
    settings.SYNC_INTERVAL_MINUTES = 60
    schedule.ensure_schedule()
    schedule.start_startup_sync(timezone.now())
    assert (schedule.interval_minutes(), schedule.is_enabled()) == (15, False)


def test_clusters_that_start_at_once_make_one_schedule() -> None:
    barrier = Barrier(8)

    def start() -> None:
        barrier.wait()
        try:
            schedule.ensure_schedule()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(start) for _ in range(8)]:
            future.result()
    assert Schedule.objects.count() == 1


def test_another_schedule_of_the_same_name_is_left_alone() -> None:
    other = Schedule.objects.create(name="archibald-sync", func="somewhere.else", minutes=7)
    schedule.set_interval(15)
    other.refresh_from_db()
    assert (other.minutes, schedule.interval_minutes()) == (7, 15)


@pytest.mark.parametrize("minutes", [0, 4, 1441, -30])
def test_a_setting_out_of_bounds_makes_no_schedule(settings: Any, minutes: int) -> None:
    settings.SYNC_INTERVAL_MINUTES = minutes
    with pytest.raises(ValueError, match="5 to 1440 minutes"):
        schedule.ensure_schedule()
    assert not Schedule.objects.exists()


# --- changed by people ----------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [5, 15, 1440])
def test_a_new_interval_starts_now(minutes: int, clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    clock.shift(600)
    returned = schedule.set_interval(minutes)
    assert returned == schedule.next_run() == NOON + timedelta(minutes=10 + minutes)
    assert schedule.interval_minutes() == minutes


@pytest.mark.parametrize("minutes", [4, 1441, 0, -5])
def test_an_interval_out_of_bounds_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="5 to 1440 minutes"):
        schedule.set_interval(minutes)
    assert schedule.interval_minutes() == 30


@pytest.mark.parametrize("minutes", [15.0, "15", True, None])
def test_an_interval_that_is_no_whole_number_is_refused(minutes: Any) -> None:
    with pytest.raises(ValueError, match="whole number of minutes"):
        schedule.set_interval(minutes)
    assert schedule.interval_minutes() == 30


def test_a_schedule_that_is_off_has_no_next_run() -> None:
    schedule.set_enabled(False)
    assert schedule.next_run() is None
    schedule.set_enabled(True)
    assert schedule.next_run() == row().next_run


# --- followed by the cluster ----------------------------------------------------------------------------


def test_nothing_is_started_before_its_time(clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    clock.shift(30 * 60 - 1)
    assert not schedule.start_what_is_due()
    assert queued_functions() == []


def test_what_is_due_is_started_once(clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    clock.shift(30 * 60 + 1)
    assert schedule.start_what_is_due()
    assert not schedule.start_what_is_due()
    assert queued_functions() == ["sync.tasks.scheduled_sync"]
    assert schedule.next_run() == NOON + timedelta(minutes=60)


def test_a_changed_interval_is_followed_without_a_restart(clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    schedule.set_interval(5)
    clock.shift(5 * 60 + 1)
    assert schedule.start_what_is_due()
    assert schedule.next_run() == NOON + timedelta(minutes=10)


def test_an_interval_changed_in_the_row_alone_is_followed_too(clock: time_machine.Traveller) -> None:
    schedule.set_interval(1440)
    Schedule.objects.update(minutes=10)
    schedule.start_what_is_due()
    assert schedule.next_run() == NOON + timedelta(minutes=10)


def test_a_schedule_that_is_off_starts_nothing(clock: time_machine.Traveller) -> None:
    schedule.set_enabled(False)
    clock.shift(timedelta(days=3))
    assert not schedule.start_what_is_due()
    assert queued_functions() == []


@pytest.mark.parametrize("pause", [timedelta(minutes=31), timedelta(hours=5), timedelta(days=400)])
def test_after_a_pause_of_any_length_one_sync_catches_up(
    pause: timedelta, clock: time_machine.Traveller
) -> None:
    schedule.set_enabled(False)
    clock.shift(pause)
    schedule.set_enabled(True)
    for _ in range(60):
        schedule.start_what_is_due()
        clock.shift(1)
    assert queued_functions() == ["sync.tasks.scheduled_sync"]


def test_the_start_up_sync_makes_up_for_what_fell_due_meanwhile(clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    clock.shift(timedelta(days=2))
    schedule.start_startup_sync(timezone.now())
    assert not schedule.start_what_is_due()
    assert queued_functions() == ["sync.tasks.startup_sync"]
    assert schedule.next_run() == NOON + timedelta(days=2, minutes=30)


def test_the_start_up_sync_waits_while_another_sync_runs() -> None:
    running = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert not schedule.start_startup_sync(timezone.now())
    lifecycle.fail(running, Stopped("asked to stop"))
    assert schedule.start_startup_sync(timezone.now())
    assert queued_functions() == ["sync.tasks.startup_sync"]


def test_no_start_up_sync_follows_one_that_succeeded_since_the_start() -> None:
    started_at = timezone.now() - timedelta(seconds=5)
    lifecycle.succeed(lifecycle.claim(SyncRun.Trigger.STARTUP, lease_s=LEASE_S))
    assert schedule.start_startup_sync(started_at)
    assert queued_functions() == []


def test_a_schedule_turned_off_stays_off_over_a_start(clock: time_machine.Traveller) -> None:
    schedule.set_enabled(False)
    before = row().next_run
    schedule.start_startup_sync(timezone.now())
    assert (schedule.is_enabled(), row().next_run) == (False, before)


# --- runs whose process died ----------------------------------------------------------------------------


def claimed_and_dead() -> int:
    claim = lifecycle.claim(SyncRun.Trigger.SCHEDULE, lease_s=LEASE_S)
    SyncRun.objects.filter(pk=claim.run_id).update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))
    return claim.run_id


def test_a_dead_run_is_marked_and_made_up_for() -> None:
    run_id = claimed_and_dead()
    assert schedule.take_over_dead_runs(LEASE_S)
    assert SyncRun.objects.get(pk=run_id).state == "abandoned"
    assert queued_functions() == ["sync.tasks.scheduled_sync"]


def test_a_run_that_lives_is_left_alone() -> None:
    lifecycle.claim(SyncRun.Trigger.SCHEDULE, lease_s=LEASE_S)
    assert not schedule.take_over_dead_runs(LEASE_S)
    assert SyncRun.objects.get().state == "running"


def test_a_second_death_in_a_row_waits_for_the_schedule() -> None:
    for _ in range(2):
        claimed_and_dead()
        schedule.take_over_dead_runs(LEASE_S)
    assert queued_functions() == ["sync.tasks.scheduled_sync"]
    assert set(SyncRun.objects.values_list("state", flat=True)) == {"abandoned"}


# --- runs that a person asked for -----------------------------------------------------------------------


def test_a_queued_sync_is_a_run_with_a_task_of_its_own() -> None:
    run_id = schedule.queue_sync(SyncRun.Trigger.API, "carla")
    run = SyncRun.objects.get(pk=run_id)
    assert (run.state, run.trigger, run.requested_by) == ("queued", "api", "carla")
    task = OrmQ.objects.get().task
    assert (task["func"], task["args"]) == ("sync.tasks.queued_sync", (run_id,))


def test_a_second_queued_sync_is_refused() -> None:
    schedule.queue_sync(SyncRun.Trigger.API, "carla")
    with pytest.raises(AlreadyRunning):
        schedule.queue_sync(SyncRun.Trigger.ADMIN, "dino")
    assert (SyncRun.objects.count(), OrmQ.objects.count()) == (1, 1)


def test_no_sync_is_queued_while_one_runs() -> None:
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    with pytest.raises(AlreadyRunning):
        schedule.queue_sync(SyncRun.Trigger.API, "carla")
    assert not OrmQ.objects.exists()


def queued_before(seconds: float) -> int:
    run_id = schedule.queue_sync(SyncRun.Trigger.API, "carla")
    SyncRun.objects.filter(pk=run_id).update(created_at=Now() - timedelta(seconds=seconds))
    return run_id


def test_a_queued_run_that_nobody_took_up_is_waiting() -> None:
    run_id = queued_before(60)
    assert schedule.waiting_run() == run_id


def test_a_run_queued_a_moment_ago_is_not_waiting_yet() -> None:
    queued_before(1)
    assert schedule.waiting_run() is None


def test_a_queued_run_waits_for_the_one_that_runs() -> None:
    run_id = queued_before(60)
    running = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert schedule.waiting_run() is None
    lifecycle.succeed(running)
    assert schedule.waiting_run() == run_id


# --- is the cluster well? -------------------------------------------------------------------------------


def test_a_cluster_that_gives_signs_of_life_is_well() -> None:
    schedule.ensure_schedule()
    schedule.note_sign_of_life()
    assert schedule.cluster_health() == schedule.ClusterHealth(True)


def test_without_a_cluster_the_reason_says_what_to_start() -> None:
    health = schedule.cluster_health()
    assert not health.ok
    assert "manage.py qcluster" in health.reason


def test_a_sign_of_life_counts_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_SIGN_OF_LIFE_S", 1)  # the cache's own clock can't be moved
    schedule.note_sign_of_life()
    assert schedule.cluster_health().ok
    wait_until(lambda: not schedule.cluster_health().ok)


def test_a_cluster_that_has_ended_is_noticed_at_once() -> None:
    schedule.note_sign_of_life()
    schedule.note_end_of_life()
    assert not schedule.cluster_health().ok


def test_a_schedule_that_nobody_follows_is_noticed_within_two_minutes(clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    clock.shift(30 * 60 + 91)
    schedule.note_sign_of_life()
    health = schedule.cluster_health()
    assert (health.ok, "overdue" in health.reason) == (False, True)


def test_a_schedule_that_is_off_is_never_overdue(clock: time_machine.Traveller) -> None:
    schedule.set_enabled(False)
    clock.shift(timedelta(days=9))
    schedule.note_sign_of_life()
    assert schedule.cluster_health().ok


def test_a_task_that_no_worker_takes_is_noticed_within_two_minutes() -> None:
    schedule.queue_sync(SyncRun.Trigger.API, "carla")
    OrmQ.objects.update(lock=timezone.now() - timedelta(seconds=91))
    schedule.note_sign_of_life()
    health = schedule.cluster_health()
    assert (health.ok, "no worker took it" in health.reason) == (False, True)


def test_a_task_that_a_worker_has_is_not_held_against_the_cluster() -> None:
    schedule.queue_sync(SyncRun.Trigger.API, "carla")
    OrmQ.objects.update(lock=timezone.now() + timedelta(seconds=600))
    schedule.note_sign_of_life()
    assert schedule.cluster_health().ok


def test_looking_at_the_health_makes_no_schedule() -> None:
    schedule.cluster_health()
    assert not Schedule.objects.exists()
