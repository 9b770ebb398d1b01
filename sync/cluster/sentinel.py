"""django-q2's sentinel, changed so that every process stops when told to, or its death is noticed.

With stock django-q2, a SIGTERM to the process group kills the sentinel and hangs the parent; an idle worker
that is killed leaves the queue locked while the cluster looks alive; workers outlive a killed sentinel, and
the sentinel a killed parent. So here only the parent reacts to signals, and the others to a flag; a failure
that the sentinel can't repair is reported to the parent; and a process whose parent died exits.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import RawValue
from threading import Thread, Timer
from typing import Any
from uuid import UUID, uuid4

from django_q.cluster import Sentinel, worker

from sync import tasks
from sync.scheduling.flags import SharedFlag

logger = logging.getLogger(__name__)

# How long a stop may take before it is cut short, and how long a worker whose sentinel died may take to end
# its sync. Together less than the 30 s that a supervisor waits before it kills.
STOP_TIMEOUT_S = 18.0
ORPHAN_TIMEOUT_S = 8.0
_PARENT_POLL_S = 0.5
# A process that finds itself so much too late was paused, and probably the others too.
PAUSED_S = 10.0
# How long a worker may go on after its task's timeout before it is killed.
_TIMEOUT_GRACE_S = 5.0
# How long a task that was fetched from the database may wait in memory beside an idle worker.
_FETCHED_WAIT_S = 30.0
# What a worker's timer says: seconds left of a task's timeout (from 1 on), or one of these.
BUSY, IDLE, TIMED_OUT = 1, -1, 0

_fork = multiprocessing.get_context("fork")


class SharedState:
    """What the sentinel tells its parent. Lock-free, so a killed process can't block the other."""

    def __init__(self) -> None:
        self.started = SharedFlag()
        self.broken = SharedFlag()
        self._heartbeat_s = RawValue(ctypes.c_double, time.monotonic())

    def beat(self) -> None:
        self._heartbeat_s.value = time.monotonic()

    @property
    def silent_s(self) -> float:
        """Seconds since the last heartbeat."""
        return time.monotonic() - float(self._heartbeat_s.value)


def start_sentinel(state: SharedState, stop: SharedFlag) -> BaseProcess:
    """Fork the sentinel, which forks the workers. No database connection may be open."""
    sentinel = _fork.Process(
        target=_run_sentinel, args=(state, stop, os.getpid()), name=f"sentinel-{uuid4().hex}"
    )
    sentinel.start()
    return sentinel


def _run_sentinel(state: SharedState, stop: SharedFlag, parent_pid: int) -> None:
    status = 1
    try:
        ClusterSentinel(state, stop, uuid4(), parent_pid).run_until_stopped()
        status = 0
    except Exception:
        logger.exception("the sentinel failed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Skips multiprocessing's cleanup, which waits for children that may never exit.
        os._exit(status)


class ClusterSentinel(Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """Starts and replaces the workers until the flag ``stop`` is set, then lets them end.

    django-q2's own runs inside its constructor for the cluster's whole life, and has no hook for a round of
    its loop. So this one is constructed with ``start=False`` and run by `run_until_stopped`; and `status`,
    which django-q2 calls in each round to save its statistics, calls `_check_round`.
    tests/sync/cluster/test_sentinel.py fails when a new django-q2 changes what is relied on here.
    """

    def __init__(self, state: SharedState, stop: SharedFlag, cluster_id: UUID, parent_pid: int) -> None:
        super().__init__(stop, state.started, cluster_id, start=False)
        self._state = state
        self._cluster_pid = parent_pid
        self._stuck_since_s: float | None = None
        self._last_round_s = time.monotonic()

    def run_until_stopped(self) -> None:
        """Run the cluster; return when it has stopped."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.start()

    def status(self) -> str:
        self._check_round()
        return str(super().status())

    def _check_round(self) -> None:
        """Give a heartbeat; stop if the parent died, and report if tasks are stuck. About twice a second."""
        now_s = time.monotonic()
        # Not by the heartbeat: the parent gives one too, if it finds first that it was paused.
        if now_s - self._last_round_s > PAUSED_S:
            self._stuck_since_s = None
        self._last_round_s = now_s
        self._state.beat()
        if os.getppid() != self._cluster_pid:
            self.stop_event.set()
        if self._is_stuck():
            self._report_broken("fetched tasks wait beside an idle worker")

    def stop(self) -> None:
        # A parent that is alive cuts a stop short itself, earlier than this.
        deadline = Timer(STOP_TIMEOUT_S + ORPHAN_TIMEOUT_S, self._cut_short)
        deadline.daemon = True
        deadline.start()
        super().stop()

    def _cut_short(self) -> None:
        """Kill the processes that hang, and exit."""
        for process in (*self.pool, self.monitor, self.pusher):
            process.kill()
        os._exit(1)

    def spawn_process(self, target: Callable[..., None], *args: Any) -> BaseProcess:
        process = _fork.Process(
            target=_run_child, args=(os.getpid(), target, args), name=f"{target.__name__}-{uuid4().hex}"
        )
        process.daemon = True
        if target is worker:
            process.timer = args[2]  # type: ignore[attr-defined]  # guard() reads it there
            self.pool.append(process)
        process.start()
        return process

    def reincarnate(self, process: Any) -> None:
        """Replace a process that ended, unless it was killed while it may have held a queue's lock."""
        if _was_killed(process) and not _was_busy(process):
            self._report_broken(f"{process.name} was killed")
            return
        timed_out = getattr(process, "timer", None) is not None and process.timer.value == TIMED_OUT
        super().reincarnate(process)
        if timed_out:
            process.join(_TIMEOUT_GRACE_S)
            process.kill()

    def _is_stuck(self) -> bool:
        """Tell whether fetched tasks have waited too long beside an idle worker."""
        idle = any(process.timer.value == IDLE for process in self.pool)
        if not idle or self.task_queue.qsize() == 0:
            self._stuck_since_s = None
            return False
        self._stuck_since_s = self._stuck_since_s or time.monotonic()
        return time.monotonic() - self._stuck_since_s > _FETCHED_WAIT_S

    def _report_broken(self, reason: str) -> None:
        if not self._state.broken.is_set():
            logger.critical("the cluster can't go on: %s", reason)
            self._state.broken.set()


def _was_killed(process: BaseProcess) -> bool:
    return process.exitcode is not None and process.exitcode < 0


def _was_busy(process: Any) -> bool:
    """Tell whether it was a worker that ran a task: then it holds no queue's lock."""
    return hasattr(process, "timer") and process.timer.value >= BUSY


def _run_child(sentinel_pid: int, target: Callable[..., None], args: tuple[Any, ...]) -> None:
    Thread(target=_exit_when_orphaned, args=(sentinel_pid,), name="orphan-watch", daemon=True).start()
    target(*args)


def _exit_when_orphaned(sentinel_pid: int) -> None:
    while os.getppid() == sentinel_pid:
        time.sleep(_PARENT_POLL_S)
    tasks.stop.set()
    tasks.wait_for_end(ORPHAN_TIMEOUT_S)
    os._exit(1)
