"""The cluster under test, and the service manager that starts it again after each exit."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO

from scripts.chaos.processes import children_of, command_of, descendants_of, is_alive, processes_of, send

ROOT = Path(__file__).resolve().parent.parent.parent
# As Docker waits before it restarts a container.
RESTART_AFTER_S = 1.0
_STOP_WITHIN_S = 40.0
_ASK_AGAIN_S = 1.0
_STARTED = re.compile(r"(ready for work|monitoring|pushing tasks) at (\d+)$", re.MULTILINE)
_ROLES = {"worker": "ready for work", "monitor": "monitoring", "pusher": "pushing tasks"}


class SupervisedCluster:
    """`manage.py qcluster`, started again a second after each exit, like `restart: unless-stopped`.

    Each start has its own log. ``exit_statuses`` has one number for each exit, negative after a signal.
    """

    def __init__(self, folder: Path, data_dir: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._data_dir, self._environment = folder, data_dir, environment
        self._ended = Event()
        self._thread = Thread(target=self._keep_running, name="service-manager", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._last_busy: int | None = None
        self.starts = 0
        self.exit_statuses: list[int] = []

    def start(self) -> None:
        self._thread.start()

    def _keep_running(self) -> None:
        while not self._ended.is_set():
            with self._log_path_of(self.starts + 1).open("wb") as log:
                self.starts += 1
                self._process = self._launch(log)
            self.exit_statuses.append(self._process.wait())
            self._ended.wait(RESTART_AFTER_S)

    def _launch(self, log: BinaryIO) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "manage.py", "qcluster"],
            cwd=ROOT,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Its own process group, so that a signal to the group does not reach this program.
            start_new_session=True,
        )

    def stop(self) -> None:
        """Stop the cluster, and kill what it leaves."""
        self._ended.set()
        end_s = time.monotonic() + _STOP_WITHIN_S
        while self._thread.is_alive() and time.monotonic() < end_s:
            # Again and again: a cluster that is just being started is not known yet, or ignores the signal.
            send(self.parent, signal.SIGTERM)
            self._thread.join(_ASK_AGAIN_S)
        self.kill_everything()
        if self._thread.is_alive():
            self._thread.join()

    def kill_everything(self) -> None:
        """Kill all processes of the cluster, browsers included, and those that they start meanwhile."""
        while processes := processes_of(self._data_dir):
            for process in processes:
                send(process.pid, signal.SIGKILL)

    # --- the processes and what they do -----------------------------------------------------------------

    @property
    def log_path(self) -> Path:
        return self._log_path_of(self.starts)

    def _log_path_of(self, start: int) -> Path:
        return self._folder / f"cluster-{start:03}.log"

    @property
    def parent(self) -> int | None:
        """Return the parent; None between an exit and the next start."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process else None

    @property
    def sentinel(self) -> int | None:
        children = children_of(self.parent) if self.parent else []
        return children[0] if children else None

    def started(self, role: str) -> list[int]:
        """Return the living workers, or the monitor or pusher, in the order of their start."""
        log = self.log_path.read_text(encoding="utf-8", errors="replace")
        pids = [int(pid) for said, pid in _STARTED.findall(log) if said == _ROLES[role]]
        return [pid for pid in pids if is_alive(pid)]

    @property
    def is_up(self) -> bool:
        return self.parent is not None and len(self.own_processes) == 6

    @property
    def own_processes(self) -> set[int]:
        """Return the processes that are always there: parent, sentinel, two workers, monitor, pusher."""
        parent, sentinel = self.parent, self.sentinel
        if parent is None or sentinel is None:
            return set()
        roles = [pid for role in _ROLES for pid in self.started(role)]
        return {parent, sentinel, *(pid for pid in children_of(sentinel) if pid in roles)}

    @property
    def busy_worker(self) -> int | None:
        """Return the worker with a driver as its child; once the browser is closed, the one that had it."""
        busy = [pid for pid in children_of(self.sentinel or 0) if children_of(pid)]
        if busy:
            self._last_busy = busy[0]
        return self._last_busy

    def forget_busy_worker(self) -> None:
        """Call this before a sync, so that no earlier one's worker is taken for its own."""
        self._last_busy = None

    def pid_of(self, role: str) -> int | None:
        """Return the process in a role, or None if there is none now."""
        if role in _ROLES:
            return next(iter(self.started(role)), None)
        pid: int | None = getattr(self, role.replace(" ", "_"))
        return pid

    @property
    def idle_worker(self) -> int | None:
        return next((pid for pid in self.started("worker") if pid != self.busy_worker), None)

    @property
    def driver(self) -> int | None:
        """Return Playwright's node process."""
        return self._child_of_worker("run-driver")

    @property
    def reader(self) -> int | None:
        """Return the process that reads the file."""
        return self._child_of_worker("sync.report.child")

    def _child_of_worker(self, argument: str) -> int | None:
        children = children_of(self.busy_worker or 0)
        return next((pid for pid in children if argument in command_of(pid)), None)

    @property
    def browser(self) -> int | None:
        """Return Chromium's main process."""
        return self._below_driver(
            lambda command: "--type=" not in command and "--remote-debugging" in command
        )

    @property
    def renderer(self) -> int | None:
        return self._below_driver(lambda command: "--type=renderer" in command)

    def _below_driver(self, is_it: Callable[[str], bool]) -> int | None:
        below = descendants_of(self.driver) if self.driver else []
        return next((pid for pid in below if is_it(command_of(pid))), None)

    def signal_group(self, number: signal.Signals) -> bool:
        """Send a signal to the cluster's process group; the browser has its own."""
        if self.parent is None:
            return False
        os.killpg(self.parent, number)
        return True
