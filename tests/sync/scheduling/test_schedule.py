"""The one schedule: created once, changed by people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django_q.models import Schedule

from sync.scheduling import dispatch, schedule
from sync.scheduling.schedule import current_schedule
from tests.sync.scheduling.conftest import NOON

pytestmark = pytest.mark.django_db


def row() -> Schedule:
    return Schedule.objects.get()


# --- made once ------------------------------------------------------------------------------------------


def test_the_schedule_is_created_with_the_interval_of_the_settings(settings: Any, clock: Any) -> None:
    settings.SYNC_INTERVAL_MINUTES = 45
    made = schedule.ensure_schedule()
    assert (made.minutes, made.next_run) == (45, NOON + timedelta(minutes=45))
    assert current_schedule().enabled


def test_by_default_it_syncs_every_30_minutes() -> None:
    assert current_schedule().interval_minutes == 30


def test_a_restart_changes_neither_interval_nor_on_off(settings: Any) -> None:
    schedule.set_interval(15)
    schedule.set_enabled(False)
    settings.SYNC_INTERVAL_MINUTES = 60
    schedule.ensure_schedule()
    dispatch.start_startup_sync(timedelta())
    assert (current_schedule().interval_minutes, current_schedule().enabled) == (15, False)


def test_the_next_run_stays_the_same_from_read_to_read(clock: time_machine.Traveller) -> None:
    first = current_schedule()
    clock.shift(60)
    assert current_schedule() == first


@pytest.mark.django_db(transaction=True)
def test_clusters_that_start_at_once_create_one_schedule() -> None:
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
    assert (other.minutes, current_schedule().interval_minutes) == (7, 15)


@pytest.mark.parametrize("minutes", [0, 4, 1441, -30])
def test_a_setting_out_of_bounds_creates_no_schedule(settings: Any, minutes: int) -> None:
    settings.SYNC_INTERVAL_MINUTES = minutes
    with pytest.raises(ValueError, match="a whole number of minutes, from 5 to 1440"):
        schedule.ensure_schedule()
    assert not Schedule.objects.exists()


# --- changed by people ----------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [5, 15, 1440])
def test_a_new_interval_starts_now(minutes: int, clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    clock.shift(600)
    returned = schedule.set_interval(minutes)
    assert returned == current_schedule().next_run == NOON + timedelta(minutes=10 + minutes)
    assert current_schedule().interval_minutes == minutes


@pytest.mark.parametrize("minutes", [4, 1441, 0, -5])
def test_an_interval_out_of_bounds_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="a whole number of minutes, from 5 to 1440"):
        schedule.set_interval(minutes)
    assert current_schedule().interval_minutes == 30


@pytest.mark.parametrize("minutes", [15.0, "15", True, None])
def test_an_interval_that_is_no_whole_number_is_refused(minutes: Any) -> None:
    with pytest.raises(ValueError, match="a whole number of minutes, from 5 to 1440"):
        schedule.set_interval(minutes)
    assert current_schedule().interval_minutes == 30


def test_the_message_about_a_wrong_interval_names_both_bounds() -> None:
    assert f"from {schedule.MIN_MINUTES} to {schedule.MAX_MINUTES} " in schedule.INTERVAL_ERROR


def test_a_schedule_that_is_off_has_no_next_run() -> None:
    schedule.set_enabled(False)
    assert current_schedule().next_run is None
    schedule.set_enabled(True)
    assert current_schedule().next_run == row().next_run
