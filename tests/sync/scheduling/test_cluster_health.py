"""Is a cluster up and well?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db.models.functions import Now
from django.test import Client, override_settings
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from sync.models import SyncRun
from sync.runs import lifecycle
from sync.scheduling import dispatch, health, schedule
from tests.accounts import operator
from tests.no_cache import NO_CACHE
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db


def test_a_cluster_that_sets_its_liveness_key_is_well() -> None:
    schedule.ensure_schedule()
    health.set_liveness()
    assert health.cluster_health() == health.ClusterHealth(True)


def test_without_a_cluster_the_reason_says_what_to_start() -> None:
    found = health.cluster_health()
    assert not found.ok
    assert "manage.py qcluster" in found.reason


def test_the_liveness_key_expires() -> None:
    health.set_liveness()
    assert health.cluster_health().ok
    health.set_liveness(valid_s=1)  # Redis's own clock can't be moved
    wait_until(lambda: not health.cluster_health().ok)


def test_a_cluster_that_has_ended_is_noticed_at_once() -> None:
    health.set_liveness()
    health.clear_liveness()
    assert not health.cluster_health().ok


@pytest.mark.parametrize("stored", ["x", 5, [], {"ok": True}])
def test_another_value_than_a_sign_of_life_is_none(stored: Any) -> None:
    cache.set("sync.cluster", stored)
    assert not health.cluster_health().ok


@override_settings(CACHES=NO_CACHE)
def test_without_the_cache_the_reason_names_it() -> None:
    found = health.cluster_health()
    assert (found.ok, "the cache does not answer" in found.reason) == (False, True)


@override_settings(CACHES=NO_CACHE)
@pytest.mark.parametrize("address", ["/admin/", "/admin/sync/now/"])
def test_without_the_cache_the_pages_go_on_and_do_not_blame_the_cluster(client: Client, address: str) -> None:
    client.force_login(operator())
    answer = client.get(address)
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert "is not known, because the cache does not answer" in shown
    assert "The sync service is not running" not in shown


def test_an_overdue_schedule_is_noticed_within_two_minutes(clock: time_machine.Traveller) -> None:
    schedule.ensure_schedule()
    clock.shift(30 * 60 + 91)
    health.set_liveness()
    found = health.cluster_health()
    assert (found.ok, "overdue" in found.reason) == (False, True)


def test_a_clock_that_is_ahead_makes_no_schedule_overdue() -> None:
    """The clock is an hour ahead of the cluster's, whose last sync began half an interval ago."""
    schedule.ensure_schedule()
    run_id = lifecycle.claim(SyncRun.Trigger.SCHEDULE, lease_s=45.0).run_id
    SyncRun.objects.update(created_at=Now() - timedelta(minutes=15))
    health.set_liveness(9999)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert health.cluster_health().ok
        SyncRun.objects.filter(pk=run_id).update(created_at=Now() - timedelta(minutes=32))
        assert "overdue" in health.cluster_health().reason


def test_a_schedule_that_is_off_is_never_overdue(clock: time_machine.Traveller) -> None:
    schedule.set_enabled(False)
    clock.shift(timedelta(days=9))
    health.set_liveness()
    assert health.cluster_health().ok


def test_a_task_that_no_worker_takes_is_noticed_within_two_minutes() -> None:
    dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    OrmQ.objects.update(lock=timezone.now() - timedelta(seconds=91))
    health.set_liveness()
    found = health.cluster_health()
    assert (found.ok, "no worker took it" in found.reason) == (False, True)


def test_a_task_that_a_worker_has_taken_does_not_count() -> None:
    dispatch.queue_sync(SyncRun.Trigger.API, "carla")
    OrmQ.objects.update(lock=timezone.now() + timedelta(seconds=600))
    health.set_liveness()
    assert health.cluster_health().ok


def test_checking_the_health_creates_no_schedule() -> None:
    health.cluster_health()
    assert not Schedule.objects.exists()
