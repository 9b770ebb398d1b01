"""Run clusters as processes, on the tests' database and cache, and find processes they leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from tests.processes import ROOT, command, environment
from tests.waiting import wait_until

# Shorter than in production (45 s and 5 s), to keep the tests short.
LEASE_S, HEARTBEAT_S = 3.0, 0.5


@dataclass(frozen=True)
class RunningCluster:
    """A `manage.py qcluster` in its own process group."""

    process: subprocess.Popen[bytes]
    log_path: Path
    started_s: float

    @property
    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8")

    @property
    def parent(self) -> int:
        return self.process.pid

    @property
    def sentinel(self) -> int:
        return children_of(self.parent)[0]

    def child(self, kind: str, index: int = 0) -> int:
        """Return the process of a worker, the monitor or the pusher, from its log line at start."""
        said = {"worker": "ready for work at ", "monitor": "monitoring at ", "pusher": "pushing tasks at "}
        lines = [line for line in self.log.splitlines() if said[kind] in line]
        return int(lines[index].rsplit(" ", 1)[1])

    def busy_worker(self) -> int:
        """Return the worker that runs a sync: the one with a browser as child process."""
        return next(pid for pid in children_of(self.sentinel) if children_of(pid))

    def wait_until_up(self) -> None:
        wait_until(lambda: "pushing tasks at" in self.log and " running." in self.log, within_s=60)

    def stop(self, *, group: bool = False) -> float:
        """Send SIGTERM to the parent, or to all its group; return how many seconds it took to exit."""
        began_s = time.monotonic()
        if group:
            os.killpg(self.parent, signal.SIGTERM)
        else:
            self.process.terminate()
        self.process.wait(60)
        return time.monotonic() - began_s


@contextmanager
def cluster(**more: str) -> Iterator[RunningCluster]:
    """Start a cluster; kill all its processes at the end."""
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        process = subprocess.Popen(
            command("qcluster"),
            env=cluster_environment(**more),
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield RunningCluster(process, Path(log.name), time.monotonic())
        finally:
            for pid in [process.pid, *processes_of(Path(settings.DATA_DIR))]:
                _kill(pid)
            process.wait(60)


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
