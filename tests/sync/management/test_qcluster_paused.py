"""A cluster that stood still for longer than its processes wait for each other: `docker compose pause`."""

from __future__ import annotations

import os
import signal
import time

import pytest

from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from sync.models import SyncRun
from sync.scheduling import dispatch
from sync.scheduling.health import cluster_health
from tests.sync.management.clusters import NEVER, RunningCluster, cluster
from tests.waiting import wait_until

# The parent waits 60 s for a sign of the sentinel.
PAUSED_S = 63.0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_empty_cache")
def test_a_cluster_goes_on_after_its_container_was_paused(erp_settings: ErpSimulator) -> None:
    with cluster(SYNC_STARTUP_DELAY_S=NEVER) as running:
        running.wait_until_up()
        pause(running)
        dispatch.queue_sync(SyncRun.Trigger.API, "carla")
        wait_until(lambda: running.process.poll() is not None or SyncRun.objects.get().state == "succeeded")
        assert running.process.poll() is None
    assert Customer.objects.count() == 60


def pause(running: RunningCluster) -> None:
    os.killpg(running.parent, signal.SIGSTOP)
    paused_s = time.monotonic()
    wait_until(lambda: time.monotonic() - paused_s > PAUSED_S)
    # The parent goes on first: it has not heard of the sentinel then.
    os.kill(running.parent, signal.SIGCONT)
    wait_until(lambda: cluster_health().ok or running.process.poll() is not None)
    os.killpg(running.parent, signal.SIGCONT)
