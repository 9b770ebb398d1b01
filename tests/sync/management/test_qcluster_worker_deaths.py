"""Kill or pause a worker in every stage of a sync: the same cluster goes on, and no partial writes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import Task
from django_q.tasks import async_task

from customers.models import Customer
from sync.models import SyncRun
from sync.scheduling import dispatch
from tests.sync.management.clusters import HEARTBEAT_S, children_of
from tests.sync.management.conftest import SharedCluster
from tests.sync.management.stages import STAGES, held_in
from tests.waiting import wait_until


def states() -> list[str]:
    return list(SyncRun.objects.order_by("pk").values_list("state", flat=True))


def new_customers() -> list[int]:
    """Return how many customers each run has created: all of them only if an earlier one wrote none."""
    return [run.counts["new"] for run in SyncRun.objects.order_by("pk")]


@contextmanager
def worker_held_in(stage: str, shared_cluster: SharedCluster, folder: Path) -> Iterator[int]:
    """Queue a sync, and yield the worker that runs it once it stays in the stage."""
    with held_in(stage, shared_cluster.erp, folder) as wait_for_stage:
        idle = shared_cluster.running.idle_threads()
        dispatch.queue_sync(SyncRun.Trigger.API, "carla")
        wait_for_stage()
        yield shared_cluster.running.syncing_worker(idle)


def wait_for_outcomes(count: int) -> None:
    """Wait until so many tasks have ended."""
    wait_until(lambda: Task.objects.count() == count)


@pytest.mark.parametrize("stage", STAGES)
def test_the_same_cluster_syncs_again_after_a_worker_was_killed(
    stage: str, shared_cluster: SharedCluster, tmp_path: Path
) -> None:
    with worker_held_in(stage, shared_cluster, tmp_path) as worker:
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: states()[0] == "abandoned")
    wait_for_outcomes(1)
    assert states() == ["abandoned", "succeeded"]
    assert new_customers() == [0, 60]
    assert Customer.objects.count() == 60
    assert shared_cluster.running.process.poll() is None


def test_a_paused_worker_whose_run_was_taken_over_writes_nothing(
    shared_cluster: SharedCluster, tmp_path: Path
) -> None:
    with worker_held_in("export", shared_cluster, tmp_path) as sleeper:
        # Stopped during a heartbeat, it would keep SQLite's lock and block every other writer.
        wait_until(is_between_two_beats)
        os.kill(sleeper, signal.SIGSTOP)
        # Its browser still waits for the export, and requests of one session disturb each other.
        shared_cluster.erp.expire_sessions()
    wait_for_outcomes(1)
    assert states() == ["abandoned", "succeeded"]
    os.kill(sleeper, signal.SIGCONT)
    wait_for_outcomes(2)
    assert states() == ["abandoned", "succeeded"]
    assert new_customers() == [0, 60]


@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite's lock is held until the process is killed at its time limit",
)
def test_a_worker_that_hangs_while_it_writes_is_taken_over_before_its_time_limit(
    shared_cluster: SharedCluster, tmp_path: Path
) -> None:
    with worker_held_in("apply", shared_cluster, tmp_path) as sleeper:
        os.kill(sleeper, signal.SIGSTOP)
        try:
            wait_until(lambda: states()[0] == "abandoned")
        finally:
            # While it holds its locks, nothing of this test can be undone.
            os.kill(sleeper, signal.SIGCONT)
    wait_for_outcomes(2)
    assert (states(), new_customers()) == (["abandoned", "succeeded"], [0, 60])


def is_between_two_beats() -> bool:
    beat_at = SyncRun.objects.earliest("pk").heartbeat_at
    assert beat_at is not None
    return 0.1 < (timezone.now() - beat_at).total_seconds() < HEARTBEAT_S - 0.2


def test_an_idle_worker_ignores_sigterm(shared_cluster: SharedCluster) -> None:
    workers = shared_cluster.running.workers
    for worker in workers:
        os.kill(worker, signal.SIGTERM)
    async_task("sync.tasks.remove_old_runs")
    wait_for_outcomes(1)
    assert set(workers) < set(children_of(shared_cluster.running.sentinel))
    assert shared_cluster.running.process.poll() is None
