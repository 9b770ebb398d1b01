"""The cluster's parent process: forks the sentinel, queues what is due, ends when told to or after a failure.

The signal handlers only set a flag. Everything else happens in the loop, which a signal can't interrupt
halfway and which never waits without a time limit.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from contextlib import suppress
from datetime import timedelta
from multiprocessing import connection as pipes
from pathlib import Path
from types import FrameType

import psutil
from django import db

from sync import tasks
from sync.cluster.oldest_task import OldestTask
from sync.cluster.sentinel import (
    ORPHAN_TIMEOUT_S,
    PAUSED_S,
    STOP_TIMEOUT_S,
    SharedState,
    start_sentinel,
)
from sync.scheduling import dispatch, health

logger = logging.getLogger(__name__)

_POLL_S = 1.0
_POLL_AFTER_ERROR_S = 5.0
# The sentinel gives a heartbeat about twice a second.
_SENTINEL_SILENT_S = 60.0
_OFFER_AGAIN_S = 30.0
# What is due waits for a start-up sync that comes so soon, which makes up for it.
_SOON_S = 30.0
# Workers poll the queue every second, so a task is taken half a second after it was queued on average.
_MEAN_PICKUP_S = 0.5
# For orphaned workers, beyond the time after which they end by themselves.
_EXIT_GRACE_S = 2.0


class Cluster:
    """One cluster, from its start to its end."""

    def __init__(self, *, startup_delay_s: float, lease_s: float) -> None:
        self._started_s = time.monotonic()
        # When to queue the start-up sync, by the monotonic clock; None once it is queued.
        self._startup_s: float | None = time.monotonic() + max(0.0, startup_delay_s - _MEAN_PICKUP_S)
        self._lease_s = lease_s
        self._state = SharedState()
        self._stop = tasks.stop
        self._is_told_to_stop = False
        self._offered_run: int | None = None
        self._offered_s = 0.0
        self._oldest_task = OldestTask()

    def run(self) -> bool:
        """Work until told to stop; return False after a failure.

        When it returns, no process of the cluster is left and no worker syncs.
        """
        self._stop_on_signals()
        db.connections.close_all()
        # Every child inherits the pipe's write end, and none writes to it: the read end becomes ready when
        # the last child has exited. Orphaned workers, which can't be joined, are waited for like that.
        all_children_gone, inherited_by_children = os.pipe()
        self._sentinel = start_sentinel(self._state, self._stop)
        os.close(inherited_by_children)
        failure = self._poll_until_stopped()
        if failure:
            logger.critical("the cluster ends with a failure, restart it: %s", failure)
        self._shut_down(all_children_gone, wait_for_sentinel=not failure)
        return not failure

    def _stop_on_signals(self) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            self._is_told_to_stop = True
            self._stop.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as with nohup
            signal.signal(signal.SIGHUP, stop)

    def _poll_until_stopped(self) -> str:
        """Poll until told to stop; return why the cluster can't go on, or an empty string."""
        pause_s = 0.0
        while not self._wait(pause_s):
            if reason := self._failure_reason():
                return reason
            pause_s = self._poll()
        # Workers that have lost the sentinel set the flag too, perhaps before this loop noticed.
        return "" if self._is_told_to_stop else self._failure_reason()

    def _wait(self, pause_s: float) -> bool:
        """Wait, and return whether the cluster is told to stop."""
        began_s = time.monotonic()
        is_told_to_stop = self._stop.wait(pause_s)
        if time.monotonic() - began_s > pause_s + PAUSED_S:
            # The others were probably paused too, with the container or the host: their time begins anew.
            self._state.beat()
            self._oldest_task.forget()
        return is_told_to_stop

    def _failure_reason(self) -> str:
        if not self._sentinel.is_alive():
            return "the sentinel died"
        if self._state.broken.is_set():
            return "a process was killed, or fetched tasks are not taken"
        if self._state.silent_s > _SENTINEL_SILENT_S:
            return f"the sentinel has given no heartbeat for {self._state.silent_s:.0f} s"
        if self._oldest_task.waited_s > health.UNTAKEN_S:
            return f"a task has waited for {self._oldest_task.waited_s:.0f} s and no worker took it"
        return ""

    def _poll(self) -> float:
        """Queue what is due and renew the liveness key; return how long to wait before the next poll."""
        try:
            self._queue_what_is_due()
            self._oldest_task.look()
            health.set_liveness()
        except Exception as exc:
            # Database or cache may be down for a while, and each raises exceptions of its own.
            logger.exception("the schedule could not be read")
            db.connections.close_all()
            if isinstance(exc, db.OperationalError | db.InterfaceError):
                # Whether it still waits can't be asked.
                self._oldest_task.forget()
            return _POLL_AFTER_ERROR_S
        return _POLL_S

    def _queue_what_is_due(self) -> None:
        dispatch.take_over_dead_runs(self._lease_s)
        self._offer_waiting_run()
        if self._startup_s is None or time.monotonic() < self._startup_s - _SOON_S:
            dispatch.start_what_is_due()
        elif time.monotonic() >= self._startup_s:
            started_ago = timedelta(seconds=time.monotonic() - self._started_s)
            if dispatch.start_startup_sync(started_ago):
                self._startup_s = None

    def _offer_waiting_run(self) -> None:
        """Queue another task for a waiting run: its first one was lost, or came while another sync ran."""
        run_id, now_s = dispatch.waiting_run(), time.monotonic()
        was_offered = run_id == self._offered_run and now_s - self._offered_s < _OFFER_AGAIN_S
        if run_id is None or was_offered:
            return
        self._offered_run, self._offered_s = run_id, now_s
        dispatch.offer(run_id)

    def _shut_down(self, all_children_gone: int, *, wait_for_sentinel: bool) -> None:
        """Let the workers end their sync and every process exit, and kill what takes too long."""
        self._stop.set()
        if wait_for_sentinel:
            self._sentinel.join(STOP_TIMEOUT_S)
            if self._sentinel.is_alive():
                logger.critical("the sentinel did not stop in time and is killed")
        # Its workers end by themselves without it.
        self._sentinel.kill()
        if not pipes.wait([all_children_gone], ORPHAN_TIMEOUT_S + _EXIT_GRACE_S):
            logger.critical("a worker did not end in time and is killed")
            _kill_holders(all_children_gone)
        os.close(all_children_gone)
        self._clear_liveness()

    def _clear_liveness(self) -> None:
        try:
            health.clear_liveness()
        except Exception:
            logger.exception("the liveness key could not be cleared; it expires within a minute")


def _kill_holders(pipe: int) -> None:
    """Kill the other processes that have the pipe open. Finds none on systems without /proc."""
    inode = os.fstat(pipe).st_ino
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            files = Path(f"/proc/{process.pid}/fd").iterdir()
            if process.pid != os.getpid() and any(_is_pipe(file, inode) for file in files):
                process.kill()


def _is_pipe(file: Path, inode: int) -> bool:
    with suppress(OSError):  # it was closed meanwhile
        return str(file.readlink()) == f"pipe:[{inode}]"
    return False
