"""Run clusters as processes, on the tests' database and cache, and find processes they leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django_q.conf import Conf
from django_q.status import Stat

from sync.scheduling.health import cluster_health
from tests.processes import ROOT, command, environment
from tests.waiting import WAIT_S, wait_until

# Shorter than in production (45 s and 5 s), to keep the tests short.
LEASE_S, HEARTBEAT_S = 3.0, 0.5
# The delay of the start-up sync in seconds, for clusters that shall not have one.
NEVER = "3600"


@dataclass(frozen=True)
class RunningCluster:
    """A `manage.py qcluster` in its own process group."""

    process: subprocess.Popen[bytes]

    @property
    def parent(self) -> int:
        return self.process.pid

    @property
    def sentinel(self) -> int:
        return children_of(self.parent)[0]

    def wait_until_up(self) -> None:
        """Wait until it has started all its processes and gives signs of life."""
        wait_until(lambda: cluster_health().ok)
        self._statistics()

    def wait_for_workers(self) -> None:
        """Wait until every worker that it publishes lives, and every one that died is replaced."""
        wait_until(lambda: all(map(threads_of, self.workers)))

    @property
    def workers(self) -> list[int]:
        return list(self._statistics().workers)

    def child(self, kind: str) -> int:
        """Return the process of a worker, the ``monitor`` or the ``pusher``."""
        statistics = self._statistics()
        return int(statistics.workers[0] if kind == "worker" else getattr(statistics, kind))

    def idle_threads(self) -> dict[int, int]:
        """Return how many threads each worker has; ask while none of them syncs."""
        return {pid: threads_of(pid) for pid in self.workers}

    def syncing_worker(self, idle: dict[int, int]) -> int:
        """Return the worker that runs a sync: the heartbeat is a thread more than it had while idle."""
        return max(idle, key=lambda pid: threads_of(pid) - idle[pid])

    def _statistics(self) -> Stat:
        """Return what django-q2 publishes about this cluster, once all its processes are started."""
        found: list[Stat] = []

        def is_published() -> bool:
            found.extend(
                each for each in Stat.get_all() if each.pid == self.parent and each.status != Conf.STARTING
            )
            return bool(found)

        wait_until(is_published)
        return found[-1]

    def stop(self, *, group: bool = False) -> float:
        """Send SIGTERM to the parent, or to all its group; return how many seconds it took to exit."""
        began_s = time.monotonic()
        if group:
            os.killpg(self.parent, signal.SIGTERM)
        else:
            self.process.terminate()
        self.process.wait(WAIT_S)
        return time.monotonic() - began_s


@contextmanager
def cluster(**more: str) -> Iterator[RunningCluster]:
    """Start a cluster; kill all its processes at the end."""
    settings_of_it = cluster_environment(**more)
    process = subprocess.Popen(command("qcluster"), env=settings_of_it, cwd=ROOT, start_new_session=True)
    try:
        yield RunningCluster(process)
    finally:
        for pid in [process.pid, *processes_of(Path(settings_of_it["ARCHIBALD_DATA_DIR"]))]:
            _kill(pid)
        process.wait(WAIT_S)


def cluster_environment(**more: str) -> dict[str, str]:
    given = {
        "CACHE_URL": _cache_url(),
        "SYNC_STARTUP_DELAY_S": "0.5",
        "SYNC_LEASE_S": str(LEASE_S),
        "SYNC_HEARTBEAT_S": str(HEARTBEAT_S),
    }
    return environment(**{**given, **more})


def _cache_url() -> str:
    location = str(settings.CACHES["default"]["LOCATION"])
    return location if "://" in location else f"filecache://{location}"


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def threads_of(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/task").iterdir()))
    except FileNotFoundError:
        return 0


def processes_of(data_dir: Path) -> list[int]:
    """Return the other living processes whose settings name this data folder: clusters and their browsers."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        pid = int(entry.parent.name)
        try:
            variables = entry.read_bytes()
        except OSError:
            continue
        if pid != os.getpid() and f"ARCHIBALD_DATA_DIR={data_dir}\0".encode() in variables:
            found.append(pid)
    return found
