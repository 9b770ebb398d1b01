"""django-q2's sentinel with its workers, so that every one of them ends in order or is noticed.

Stock django-q2 leaves gaps that were measured: a SIGTERM to the process group kills the sentinel and hangs
the parent; an idle worker that is killed takes the queue's lock with it, and the cluster looks alive for
ever; children outlive a killed sentinel, and the sentinel a killed parent. Hence: all but the parent ignore
SIGTERM and learn of a stop from a flag; what can't be mended is reported; whoever has lost its parent ends.
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

# How long an orderly stop may take before it is cut short, and how long a worker that has lost its sentinel
# may take to end its sync. Together under the 30 s that a supervisor is told to wait.
STOP_WITHIN_S = 18.0
ORPHAN_WITHIN_S = 8.0
_PARENT_POLL_S = 0.5
# A worker that could not end its task at the timeout by itself gets this long before it is killed.
_TIMED_OUT_WORKER_S = 5.0
_UNTAKEN_S = 30.0
_BUSY, _IDLE, _TIMED_OUT = 1, -1, 0

_fork = multiprocessing.get_context("fork")


class Signs:
    """What the sentinel shows its parent, over shared memory: nobody can die holding a lock of it."""

    def __init__(self) -> None:
        self.started = SharedFlag()
        self.broken = SharedFlag()
        self._seen_s = RawValue(ctypes.c_double, time.monotonic())

    def beat(self) -> None:
        self._seen_s.value = time.monotonic()

    @property
    def silent_s(self) -> float:
        """For how long the sentinel has not gone round."""
        return time.monotonic() - float(self._seen_s.value)


def start_sentinel(signs: Signs, stop: SharedFlag) -> BaseProcess:
    """Fork the sentinel, which forks the workers. No database connection may be open."""
    sentinel = _fork.Process(target=_guard, args=(signs, stop, os.getpid()), name=f"sentinel-{uuid4().hex}")
    sentinel.start()
    return sentinel


def _guard(signs: Signs, stop: SharedFlag, parent_pid: int) -> None:
    status = 1
    try:
        ClusterSentinel(signs, stop, uuid4(), parent_pid).run_until_stopped()
        status = 0
    except Exception:
        logger.exception("the sentinel broke")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Without multiprocessing's way out, which waits for children that may never end.
        os._exit(status)


class ClusterSentinel(Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """Starts and replaces the workers until the flag ``stop`` is set, then lets them end.

    django-q2's own runs inside its constructor for the cluster's whole life, and has no hook for a round of
    its loop. So this one is constructed with ``start=False`` and run by `run_until_stopped`; and `status`,
    which django-q2 calls in each round to save its statistics, calls `_check_round`.
    tests/sync/cluster/test_sentinel.py fails when a new django-q2 changes what is relied on here.
    """

    def __init__(self, signs: Signs, stop: SharedFlag, cluster_id: UUID, parent_pid: int) -> None:
        super().__init__(stop, signs.started, cluster_id, start=False)
        self._signs = signs
        self._guarded_pid = parent_pid
        self._untaken_since_s: float | None = None

    def run_until_stopped(self) -> None:
        """Run the cluster; return when it has stopped."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.start()

    def status(self) -> str:
        self._check_round()
        return str(super().status())

    def _check_round(self) -> None:
        """Give a heartbeat, and stop or report what this process can't mend. Called about twice a second."""
        self._signs.beat()
        if os.getppid() != self._guarded_pid:
            self.stop_event.set()
        if self._is_stuck():
            self._report_broken("tasks wait beside an idle worker")

    def stop(self) -> None:
        deadline = Timer(STOP_WITHIN_S, os._exit, (1,))
        deadline.daemon = True
        deadline.start()
        super().stop()

    def spawn_process(self, target: Callable[..., None], *args: Any) -> BaseProcess:
        process = _fork.Process(
            target=_work_under, args=(os.getpid(), target, args), name=f"{target.__name__}-{uuid4().hex}"
        )
        process.daemon = True
        if target is worker:
            process.timer = args[2]  # type: ignore[attr-defined]  # where the sentinel looks for it
            self.pool.append(process)
        process.start()
        return process

    def reincarnate(self, process: Any) -> None:
        """Replace a process that ended, unless it was killed where it may have held a queue's lock."""
        if _was_killed(process) and not _was_busy(process):
            self._report_broken(f"{process.name} was killed")
            return
        timed_out = getattr(process, "timer", None) is not None and process.timer.value == _TIMED_OUT
        super().reincarnate(process)
        if timed_out:
            process.join(_TIMED_OUT_WORKER_S)
            process.kill()

    def _is_stuck(self) -> bool:
        """Tell whether a fetched task has been left lying beside an idle worker for long."""
        idle = any(process.timer.value == _IDLE for process in self.pool)
        if not idle or self.task_queue.qsize() == 0:
            self._untaken_since_s = None
            return False
        self._untaken_since_s = self._untaken_since_s or time.monotonic()
        return time.monotonic() - self._untaken_since_s > _UNTAKEN_S

    def _report_broken(self, reason: str) -> None:
        if not self._signs.broken.is_set():
            logger.critical("the cluster can't go on: %s", reason)
            self._signs.broken.set()


def _was_killed(process: BaseProcess) -> bool:
    return process.exitcode is not None and process.exitcode < 0


def _was_busy(process: Any) -> bool:
    """Tell whether it was a worker within a task, where it holds no lock of a queue."""
    return hasattr(process, "timer") and process.timer.value >= _BUSY


def _work_under(sentinel_pid: int, target: Callable[..., None], args: tuple[Any, ...]) -> None:
    Thread(target=_end_when_orphaned, args=(sentinel_pid,), name="orphan-watch", daemon=True).start()
    target(*args)


def _end_when_orphaned(sentinel_pid: int) -> None:
    while os.getppid() == sentinel_pid:
        time.sleep(_PARENT_POLL_S)
    tasks.stop.set()
    tasks.wait_for_end(ORPHAN_WITHIN_S)
    os._exit(1)
