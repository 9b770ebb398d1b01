"""Stop or kill a cluster in every stage of a sync: no partial writes and no processes are left."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from sync.models import SyncRun
from sync.scheduling import dispatch, schedule
from sync.scheduling.health import cluster_health
from tests.sync.management.clusters import HEARTBEAT_S, RunningCluster, cluster, processes_of
from tests.sync.management.stages import STAGES, held_in
from tests.waiting import wait_until

# The grace period that supervisors need for a clean exit.
STOP_WITHIN_S = 30.0

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def states() -> list[str]:
    return list(SyncRun.objects.order_by("pk").values_list("state", flat=True))


def customers_are_whole() -> bool:
    """Return whether all customers are as before the sync, or all as after it."""
    return Customer.objects.count() in {0, 60}


def a_sync_succeeds() -> None:
    wait_until(lambda: "succeeded" in states(), within_s=60)
    assert Customer.objects.count() == 60
    assert "running" not in states()


# --- SIGTERM --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", [False, True], ids=["parent", "group"])
@pytest.mark.parametrize("stage", STAGES)
def test_sigterm_in_any_stage_ends_the_sync_and_leaves_nothing(
    stage: str, group: bool, erp_settings: ErpSimulator, settings: Any, tmp_path: Path
) -> None:
    with held_in(stage, erp_settings, tmp_path) as wait_for_stage, cluster() as running:
        wait_for_stage()
        took_s = running.stop(group=group)
        assert (running.process.returncode, took_s < STOP_WITHIN_S) == (0, True)
        wait_until(lambda: processes_of(settings.DATA_DIR) == [], within_s=2)
    run = SyncRun.objects.get()
    if stage == "apply":
        assert (run.state, Customer.objects.count()) == ("succeeded", 60)
    else:
        assert (run.state, run.error_code, Customer.objects.count()) == ("failed", "stopped", 0)
    assert list((Path(settings.DATA_DIR) / "work").iterdir()) == []


def test_sigterm_to_an_idle_cluster_ends_it_with_status_0(settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S="600") as running:
        running.wait_until_up()
        assert running.stop(group=True) < STOP_WITHIN_S
        assert running.process.returncode == 0
        assert processes_of(settings.DATA_DIR) == []


def test_sigterm_right_after_the_start_stops_it(settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S="600") as running:
        wait_until(lambda: "the cluster starts" in running.log, within_s=60)
        assert running.stop() < STOP_WITHIN_S
        assert running.process.returncode in {0, -signal.SIGTERM}
        wait_until(lambda: processes_of(settings.DATA_DIR) == [], within_s=2)


# --- SIGKILL in the middle of a sync --------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_the_same_cluster_syncs_again_after_a_worker_was_killed(
    stage: str, erp_settings: ErpSimulator, tmp_path: Path
) -> None:
    with cluster() as running:
        with held_in(stage, erp_settings, tmp_path) as wait_for_stage:
            wait_for_stage()
            os.kill(syncing_worker(running), signal.SIGKILL)
            wait_until(customers_are_whole)
        a_sync_succeeds()
        assert states() == ["abandoned", "succeeded"]
        assert running.process.poll() is None


def syncing_worker(running: RunningCluster) -> int:
    """Return the worker that runs the only task."""
    line = next(line for line in running.log.splitlines() if "processing" in line)
    name = next(word for word in line.split() if word.startswith("worker-"))
    ready = next(line for line in running.log.splitlines() if f"{name} ready for work at" in line)
    return int(ready.rsplit(" ", 1)[1])


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
    with held_in(stage, erp_settings, tmp_path) as wait_for_stage, cluster() as running:
        wait_for_stage()
        kill(running, victim)
        assert running.process.wait(STOP_WITHIN_S) != 0
        wait_until(lambda: processes_of(settings.DATA_DIR) == [], within_s=STOP_WITHIN_S)
        assert customers_are_whole()
    with cluster() as another:
        a_sync_succeeds()
        assert another.process.poll() is None
    assert set(states()) <= {"abandoned", "failed", "succeeded"}


def kill(running: RunningCluster, victim: str) -> None:
    if victim == "group":
        os.killpg(running.parent, signal.SIGKILL)
    else:
        os.kill(running.parent if victim == "parent" else running.sentinel, signal.SIGKILL)


def test_a_paused_worker_whose_run_was_taken_over_writes_nothing(
    erp_settings: ErpSimulator, tmp_path: Path
) -> None:
    with cluster() as running:
        with held_in("export", erp_settings, tmp_path) as wait_for_stage:
            wait_for_stage()
            # Stopped during a heartbeat, it would keep SQLite's lock and block every other writer.
            wait_until(is_between_two_beats)
            os.kill(syncing_worker(running), signal.SIGSTOP)
            # Its browser still waits for the export, and requests of one session disturb each other.
            erp_settings.expire_sessions()
        a_sync_succeeds()
        sleeper = SyncRun.objects.earliest("pk")
        os.kill(syncing_worker(running), signal.SIGCONT)
        wait_until(lambda: f"run {sleeper.pk} was taken over by another" in running.log, within_s=60)
    assert states() == ["abandoned", "succeeded"]
    assert sleeper.counts["new"] == SyncRun.objects.earliest("pk").counts["new"] == 0


def is_between_two_beats() -> bool:
    beat_at = SyncRun.objects.earliest("pk").heartbeat_at
    assert beat_at is not None
    return 0.1 < (timezone.now() - beat_at).total_seconds() < HEARTBEAT_S - 0.2


def test_a_sync_over_its_time_limit_is_stopped_and_the_cluster_goes_on(
    erp_settings: ErpSimulator, tmp_path: Path
) -> None:
    schedule.ensure_schedule()
    with cluster(SYNC_TIMEOUT_S="12") as running:
        with held_in("export", erp_settings, tmp_path) as wait_for_stage:
            wait_for_stage()
            wait_until(lambda: states() == ["failed"], within_s=30)
        dispatch.queue_sync(SyncRun.Trigger.API, "carla")
        a_sync_succeeds()
        assert running.process.poll() is None
    assert SyncRun.objects.earliest("pk").error_code == "stopped"


# --- a cluster that can't go on -------------------------------------------------------------------------


@pytest.mark.parametrize("victim", ["worker", "monitor", "pusher"])
def test_a_cluster_that_would_be_stuck_exits_with_1(victim: str, settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S="600") as running:
        running.wait_until_up()
        wait_until(lambda: cluster_health().ok)
        os.kill(running.child(victim), signal.SIGKILL)
        assert running.process.wait(60) == 1
        assert not cluster_health().ok
        assert "the cluster ends with a failure" in running.log
        wait_until(lambda: processes_of(settings.DATA_DIR) == [], within_s=2)


def test_an_idle_worker_ignores_sigterm() -> None:
    with cluster(SYNC_STARTUP_DELAY_S="600") as running:
        running.wait_until_up()
        os.kill(running.child("worker"), signal.SIGTERM)
        assert running.stop() < STOP_WITHIN_S
        assert (running.process.returncode, "was killed" in running.log) == (0, False)


def test_a_cluster_without_its_sentinel_exits_with_1(settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S="600") as running:
        running.wait_until_up()
        os.kill(running.sentinel, signal.SIGKILL)
        assert running.process.wait(60) == 1
        assert "the sentinel died" in running.log
        wait_until(lambda: processes_of(settings.DATA_DIR) == [], within_s=2)


def test_nothing_outlives_a_killed_parent(settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S="600") as running:
        running.wait_until_up()
        running.process.kill()
        running.process.wait(10)
        wait_until(lambda: processes_of(settings.DATA_DIR) == [], within_s=STOP_WITHIN_S)
