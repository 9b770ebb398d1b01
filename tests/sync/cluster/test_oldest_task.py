"""A cluster counts only the time in which it saw a task wait."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import override_settings
from django_q.models import OrmQ
from django_q.tasks import async_task

from sync.cluster.oldest_task import OldestTask
from sync.cluster.parent import Cluster
from sync.scheduling import health, schedule
from tests.no_cache import NO_CACHE

pytestmark = pytest.mark.django_db


class Clock:
    now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("sync.cluster.oldest_task.time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


@pytest.fixture
def oldest(clock: Clock) -> OldestTask:
    """Return one that has just seen a task for the first time."""
    oldest = OldestTask()
    async_task("sync.tasks.remove_old_runs")
    oldest.look()
    return oldest


def test_a_task_waits_from_the_first_look_to_the_last(clock: Clock, oldest: OldestTask) -> None:
    clock.now_s += 40
    oldest.look()
    assert oldest.waited_s == 40


def test_a_pause_that_began_after_the_last_look_does_not_count(clock: Clock, oldest: OldestTask) -> None:
    clock.now_s += 96
    assert oldest.waited_s == 0
    # Nor when the cluster looks again before a worker could take it.
    oldest.look()
    assert oldest.waited_s == 0
    clock.now_s += 5
    oldest.look()
    assert oldest.waited_s == 5


def test_another_task_waits_anew(clock: Clock, oldest: OldestTask) -> None:
    async_task("sync.tasks.remove_old_runs")
    OrmQ.objects.earliest("lock").delete()
    clock.now_s += 40
    oldest.look()
    assert oldest.waited_s == 0
    clock.now_s += 7
    oldest.look()
    assert oldest.waited_s == 7
    OrmQ.objects.all().delete()
    oldest.look()
    assert oldest.waited_s == 0


def test_what_is_forgotten_waits_anew(clock: Clock, oldest: OldestTask) -> None:
    clock.now_s += 40
    oldest.look()
    oldest.forget()
    assert oldest.waited_s == 0
    oldest.look()
    assert oldest.waited_s == 0


@pytest.fixture
def cluster() -> Cluster:
    schedule.ensure_schedule()
    return Cluster(startup_delay_s=3600, lease_s=45)


@pytest.mark.django_db(transaction=True)
def test_a_task_may_have_been_taken_while_the_database_is_away(clock: Clock, cluster: Cluster) -> None:
    async_task("sync.tasks.remove_old_runs")
    cluster._poll()
    clock.now_s += 1
    cluster._poll()
    assert cluster._oldest_task.waited_s == 1

    def gone(*args: Any) -> Any:
        raise OperationalError("the connection was cut")

    with connection.execute_wrapper(gone):
        cluster._poll()
        assert cluster._oldest_task.waited_s == 0


@pytest.mark.django_db(transaction=True)
def test_a_cluster_whose_cache_is_away_still_notices_a_task_that_no_worker_takes(
    clock: Clock, cluster: Cluster
) -> None:
    async_task("sync.tasks.remove_old_runs")
    with override_settings(CACHES=NO_CACHE):
        for _ in range(4):
            cluster._poll()
            clock.now_s += 40
    assert cluster._oldest_task.waited_s > health.UNTAKEN_S
