"""Stop a cluster in every stage of a sync: it ends in time, no partial writes and no processes are left."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from sync.models import SyncRun
from tests.sync.management.clusters import NEVER, children_of, cluster, processes_of
from tests.sync.management.stages import STAGES, held_in
from tests.waiting import WAIT_S, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_empty_cache")]

# The grace period that supervisors need for a clean exit.
STOP_WITHIN_S = 30.0


@pytest.mark.parametrize("group", [False, True], ids=["parent", "group"])
@pytest.mark.parametrize("stage", STAGES)
def test_sigterm_in_any_stage_ends_the_sync_and_leaves_nothing(
    stage: str, group: bool, erp_settings: ErpSimulator, settings: Any, tmp_path: Path
) -> None:
    with held_in(stage, erp_settings, tmp_path) as wait_for_stage, cluster() as running:
        wait_for_stage()
        took_s = running.stop(group=group)
        assert (running.process.returncode, took_s < STOP_WITHIN_S) == (0, True)
        wait_until(lambda: processes_of(settings.DATA_DIR) == [])
    run = SyncRun.objects.get()
    if stage == "apply":
        assert (run.state, Customer.objects.count()) == ("succeeded", 60)
    else:
        assert (run.state, run.error_code, Customer.objects.count()) == ("failed", "stopped", 0)
    assert list((Path(settings.DATA_DIR) / "work").iterdir()) == []


def test_sigterm_to_an_idle_cluster_ends_it_with_status_0(settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S=NEVER) as running:
        running.wait_until_up()
        assert running.stop(group=True) < STOP_WITHIN_S
        assert running.process.returncode == 0
        assert processes_of(settings.DATA_DIR) == []


def test_a_closed_terminal_ends_an_idle_cluster_with_status_0(settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S=NEVER) as running:
        running.wait_until_up()
        os.killpg(running.parent, signal.SIGHUP)
        assert running.process.wait(WAIT_S) == 0
        assert processes_of(settings.DATA_DIR) == []


def test_sigterm_while_the_workers_start_ends_it_with_status_0(settings: Any) -> None:
    with cluster(SYNC_STARTUP_DELAY_S=NEVER) as running:
        # The sentinel is forked when the signals are handled, and before the workers are.
        wait_until(lambda: children_of(running.parent) != [])
        assert running.stop() < STOP_WITHIN_S
        assert running.process.returncode == 0
        assert processes_of(settings.DATA_DIR) == []
