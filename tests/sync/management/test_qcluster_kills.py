"""Kill a cluster's processes: it exits, leaves nothing, and the next one syncs."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from sync.models import SyncRun
from sync.scheduling import dispatch, schedule
from sync.scheduling.health import cluster_health
from tests.sync.management.clusters import NEVER, RunningCluster, cluster, processes_of
from tests.sync.management.stages import held_in
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_empty_cache")]


def runs() -> list[tuple[str, str]]:
    """Return state and error code of each run, oldest first."""
    return list(SyncRun.objects.order_by("pk").values_list("state", "error_code"))


STOPPED, SUCCEEDED = ("failed", "stopped"), ("succeeded", "")
KILLED, ABANDONED = ("running", ""), ("abandoned", "abandoned")


@pytest.mark.parametrize(
    ("stage", "victim"),
    [
        ("login", "parent"),
        ("export", "sentinel"),
        ("export", "group"),
        ("download", "parent"),
        ("read", "sentinel"),
        ("apply", "parent"),
        ("apply", "sentinel"),
    ],
)
def test_the_next_cluster_syncs_after_one_was_killed(
    stage: str, victim: str, erp_settings: ErpSimulator, settings: Any, tmp_path: Path
) -> None:
    """A worker that is not killed ends its sync before it exits."""
    left = KILLED if victim == "group" else SUCCEEDED if stage == "apply" else STOPPED
    with held_in(stage, erp_settings, tmp_path) as wait_for_stage, cluster() as running:
        wait_for_stage()
        kill(running, victim)
        assert running.process.wait(120) != 0
        wait_until(lambda: processes_of(settings.DATA_DIR) == [])
    assert (runs(), Customer.objects.count()) == ([left], 60 if left == SUCCEEDED else 0)
    with cluster() as another:
        # Two tasks may be queued: for the abandoned run, and for the start.
        wait_until(lambda: runs()[:2] == [ABANDONED if left == KILLED else left, SUCCEEDED])
        assert another.process.poll() is None
    assert Customer.objects.count() == 60


def kill(running: RunningCluster, victim: str) -> None:
    if victim == "group":
        os.killpg(running.parent, signal.SIGKILL)
    else:
        os.kill(running.parent if victim == "parent" else running.sentinel, signal.SIGKILL)


@pytest.mark.parametrize("victim", ["worker", "monitor", "pusher"])
def test_a_cluster_that_would_be_stuck_exits_with_1(victim: str, settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S=NEVER) as running:
        running.wait_until_up()
        os.kill(running.child(victim), signal.SIGKILL)
        assert running.process.wait(120) == 1
        assert not cluster_health().ok
        wait_until(lambda: processes_of(settings.DATA_DIR) == [])


def test_a_cluster_without_its_sentinel_exits_with_1(settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S=NEVER) as running:
        running.wait_until_up()
        os.kill(running.sentinel, signal.SIGKILL)
        assert running.process.wait(120) == 1
        wait_until(lambda: processes_of(settings.DATA_DIR) == [])


def test_nothing_outlives_a_killed_parent(settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S=NEVER) as running:
        running.wait_until_up()
        running.process.kill()
        running.process.wait(120)
        wait_until(lambda: processes_of(settings.DATA_DIR) == [])


@pytest.mark.parametrize("end", ["SIGTERM", "the parent is killed", "the sentinel is killed"])
def test_a_worker_that_hangs_does_not_outlive_its_cluster(end: str, settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S=NEVER) as running:
        running.wait_until_up()
        os.kill(running.child("worker"), signal.SIGSTOP)
        victim = running.sentinel if "sentinel" in end else running.parent
        os.kill(victim, signal.SIGTERM if end == "SIGTERM" else signal.SIGKILL)
        running.process.wait(120)
        wait_until(lambda: processes_of(settings.DATA_DIR) == [])


def test_a_sync_over_its_time_limit_is_stopped_and_the_cluster_goes_on(
    erp_settings: ErpSimulator, tmp_path: Path
) -> None:
    schedule.ensure_schedule()
    with cluster(SYNC_TIMEOUT_S="20") as running:
        with held_in("export", erp_settings, tmp_path):
            wait_until(lambda: runs() == [STOPPED])
        dispatch.queue_sync(SyncRun.Trigger.API, "carla")
        wait_until(lambda: runs() == [STOPPED, SUCCEEDED])
        assert running.process.poll() is None
