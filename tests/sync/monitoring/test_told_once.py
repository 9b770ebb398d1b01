"""Each alert is told once, and a suspension ends only by what came after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError
from django.db.models.functions import Now

from scripts.erp_simulator.world import SimCustomer
from sync import tasks
from sync.config import sync_config
from sync.errors import LoginRejected
from sync.models import Alert, Suspension, SyncRun
from sync.monitoring import metrics, suspension
from sync.monitoring.observer import RunObserver
from tests.conftest import DrawList
from tests.queries import before_first, refused_first
from tests.staff_pages import held, synced
from tests.sync.lost_moments import STORES_ATTEMPT, no_answer
from tests.sync.scripted import fail, sync
from tests.sync.sync_once import kept_run, sync_file

pytestmark = pytest.mark.django_db(transaction=True)

GONE = OperationalError("the connection was cut")


def test_a_run_that_got_in_lifts_no_suspension_that_came_after_it(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    run = kept_run(sync_file(draw_list(people)))
    sync(LoginRejected("refused"))
    assert suspension.suspended() is not None
    observer = RunObserver(run.pk, sync_config(), is_dry=False, is_upload=False)
    observer.run_ended("succeeded", None, cause=None, is_from_erp=True, stop=lambda: False)
    assert suspension.suspended() is not None


def test_the_third_failure_is_told_although_its_end_got_no_answer(settings: Any) -> None:
    settings.ADMINS = [("Carla Bassani", "carla@example.com")]
    fail()
    fail()
    with before_first(STORES_ATTEMPT, no_answer):
        fail()
    assert [message.subject for message in mail.outbox] == ["[Archibald Sync] 3 syncs have failed in a row"]


def test_an_accepted_alert_is_not_sent_again_after_a_moment_without_the_database(settings: Any) -> None:
    settings.ADMINS = [("Carla Bassani", "carla@example.com")]
    fail()
    fail()
    with refused_first(('UPDATE "sync_alert" SET "pending"',), GONE):
        fail()
    Alert.objects.update(tried_at=Now() - timedelta(minutes=6))
    fail()
    assert len(mail.outbox) == 1


def test_a_held_list_is_told_once_although_its_alert_is_old(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.ADMINS = [("Carla Bassani", "carla@example.com")]
    settings.SYNC_HISTORY_DAYS, settings.SYNC_HELD_DAYS = 7, 30
    synced(draw_list(people))
    held(people, draw_list)
    assert len(mail.outbox) == 1
    SyncRun.objects.update(created_at=Now() - timedelta(days=8))
    Alert.objects.update(created_at=Now() - timedelta(days=8))
    tasks.remove_old_runs()
    fail()
    assert len(mail.outbox) == 1


def test_the_counters_equal_those_counted_anew_after_old_runs_were_removed(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    fail()
    sync_file(draw_list(people))
    SyncRun.objects.filter(state="failed").update(finished_at=Now() - timedelta(days=1000))
    tasks.remove_old_runs()
    assert SyncRun.objects.count() == 1
    assert metrics.metrics() == metrics.from_history().as_json()


def test_a_run_that_got_in_lifts_a_suspension_from_before_the_database_s_clock_was_set_back(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync(LoginRejected("refused"))
    Suspension.objects.update(since=Now() + timedelta(minutes=50))
    run = kept_run(sync_file(draw_list(people)))
    observer = RunObserver(run.pk, sync_config(), is_dry=False, is_upload=False)
    observer.run_ended("succeeded", None, cause=None, is_from_erp=True, stop=lambda: False)
    assert suspension.suspended() is None


def test_an_alert_is_tried_again_although_the_database_s_clock_was_set_back(settings: Any) -> None:
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "no.such.backend"
    settings.ADMINS = [("Carla Bassani", "carla@example.com")]
    fail()
    fail()
    fail()
    assert Alert.objects.get().pending
    settings.EMAIL_BACKEND = backend
    ahead = Now() + timedelta(days=365)
    Alert.objects.update(created_at=ahead, tried_at=ahead)
    fail()
    assert len(mail.outbox) == 1
