"""A cluster that the tests of a file share, on a database that commits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as current_settings
from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import generate
from sync.config import sync_config
from sync.models import SyncRun
from sync.scheduling import schedule
from tests.conftest import account_of, own_settings
from tests.erp_sessions import store_session
from tests.sync.management.clusters import NEVER, RunningCluster, cluster
from tests.waiting import wait_until


@pytest.fixture
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def nobody() -> Iterator[int]:
    """A pipe whose reader has gone."""
    reads, writes = os.pipe()
    os.close(reads)
    yield writes
    os.close(writes)


@dataclass(frozen=True)
class SharedCluster:
    """A cluster whose next scheduled sync is half an hour away."""

    running: RunningCluster
    erp: ErpSimulator
    settings: dict[str, Any]

    def prepare(self) -> None:
        """Make the ERP as at the start, and create what the last test's end has deleted from the database."""
        assert self.running.process.poll() is None, "an earlier test has ended the cluster"
        self.running.wait_for_workers()
        self.erp.reset()
        store_session(self.erp, sync_config().erp)
        schedule.set_enabled(True)
        schedule.set_interval(30)
        schedule.ensure_retention()


def _is_idle() -> bool:
    waiting = OrmQ.objects.filter(lock__lte=timezone.now())
    return not waiting.exists() and not SyncRun.objects.filter(state="running").exists()


@pytest.fixture(scope="module")
def _standing_cluster(
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
    driver_cache: Path,
) -> Iterator[SharedCluster]:
    folder = tmp_path_factory.mktemp("cluster") / "data"
    with ErpSimulator(generate(60, seed=3)) as erp:
        given = own_settings(current_settings.CACHES["default"], folder, driver_cache) | account_of(erp)
        with override_settings(**given), cluster(SYNC_STARTUP_DELAY_S=NEVER) as running:
            with django_db_blocker.unblock():
                running.wait_until_up()
            yield SharedCluster(running, erp, given)
        with django_db_blocker.unblock():
            # Also what the cluster has written since the last test's end.
            for model in (Schedule, OrmQ, Task):
                model.objects.all().delete()


@pytest.fixture
def shared_cluster(
    _standing_cluster: SharedCluster, transactional_db: None, settings: Any
) -> Iterator[SharedCluster]:
    """Return a running cluster that is idle, before the test and when the test's rows are deleted."""
    for name, value in _standing_cluster.settings.items():
        setattr(settings, name, value)
    _standing_cluster.prepare()
    yield _standing_cluster
    wait_until(_is_idle)
