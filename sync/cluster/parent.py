"""The cluster's parent process: starts the sentinel, starts what is due, ends when told to or when it must.

Its signal handlers only set a flag. Everything else is done by its loop, which can neither be interrupted in
the middle nor wait for a process that is gone.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from multiprocessing import connection as pipes
from types import FrameType

from django import db
from django.utils import timezone

from sync import tasks
from sync.cluster.sentinel import ORPHAN_WITHIN_S, STOP_WITHIN_S, Signs, start_sentinel
from sync.scheduling import dispatch, health

logger = logging.getLogger(__name__)

_LOOK_S = 1.0
_LOOK_AFTER_FAILURE_S = 5.0
_SILENT_S = 60.0
_UNTAKEN_S = 90.0
_OFFER_AGAIN_S = 30.0
# A worker looks for tasks every second: a task is taken half of that later, as a rule.
_TAKEN_AFTER_S = 0.5
_LAST_WORDS_S = 2.0


class Cluster:
    """One cluster, from its start to its end."""

    def __init__(self, *, startup_delay_s: float, lease_s: float) -> None:
        self._started_at = timezone.now()
        self._startup_s: float | None = time.monotonic() + max(0.0, startup_delay_s - _TAKEN_AFTER_S)
        self._lease_s = lease_s
        self._signs = Signs()
        self._stop = tasks.stop
        self._is_told_to_stop = False
        self._offers = Offers()
        self._untaken = Untaken()

    def run(self) -> bool:
        """Work until told to stop; return False where the cluster could not go on.

        Afterwards no process of it is left, and no sync of its workers runs.
        """
        self._stop_on_signals()
        db.connections.close_all()
        end_of_children, held_by_children = os.pipe()
        self._sentinel = start_sentinel(self._signs, self._stop)
        os.close(held_by_children)
        reason = self._attend()
        if reason:
            logger.critical("the cluster ends with a failure, to be started anew: %s", reason)
        self._end(end_of_children, in_order=not reason)
        return not reason

    def _stop_on_signals(self) -> None:
        def note(number: int, frame: FrameType | None) -> None:
            self._is_told_to_stop = True
            self._stop.set()

        signal.signal(signal.SIGTERM, note)
        signal.signal(signal.SIGINT, note)

    def _attend(self) -> str:
        """Look after the schedule until told to stop; return why the cluster can't go on, if it can't."""
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            if reason := self._ailment():
                return reason
            pause_s = self._look()
        # Workers that have lost the sentinel set the flag too, and may be faster than the look at it.
        return "" if self._is_told_to_stop else self._ailment()

    def _ailment(self) -> str:
        if not self._sentinel.is_alive():
            return "the sentinel died"
        if self._signs.broken.is_set():
            return "one of its processes was killed, or tasks are left lying"
        if self._signs.silent_s > _SILENT_S:
            return f"the sentinel has not gone round for {self._signs.silent_s:.0f} s"
        if self._untaken.for_s > _UNTAKEN_S:
            return f"a task has waited for {self._untaken.for_s:.0f} s and no worker took it"
        return ""

    def _look(self) -> float:
        """Start what is due; return how long to wait before the next look."""
        try:
            self._start_what_is_due()
            self._untaken.note(health.oldest_untaken_task())
            health.note_sign_of_life()
        except Exception:
            # Database or cache may be away for a while, each with exceptions of its own.
            logger.exception("the schedule could not be looked at")
            db.connections.close_all()
            return _LOOK_AFTER_FAILURE_S
        return _LOOK_S

    def _start_what_is_due(self) -> None:
        dispatch.take_over_dead_runs(self._lease_s)
        if run_id := self._offers.due(dispatch.waiting_run()):
            dispatch.offer(run_id)
        if self._startup_s is None:
            dispatch.start_what_is_due()
        elif time.monotonic() >= self._startup_s and dispatch.start_startup_sync(self._started_at):
            self._startup_s = None

    def _end(self, end_of_children: int, *, in_order: bool) -> None:
        """Let the workers end their sync, and all processes go; within the time, whatever they do."""
        self._stop.set()
        if in_order:
            self._sentinel.join(STOP_WITHIN_S)
        if in_order and self._sentinel.is_alive():
            logger.critical("the sentinel did not stop in time and is killed")
        # Workers that have lost it end by themselves.
        self._sentinel.kill()
        if not pipes.wait([end_of_children], ORPHAN_WITHIN_S + _LAST_WORDS_S):
            logger.critical("a worker did not end in time")
        os.close(end_of_children)
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        try:
            health.note_end_of_life()
        except Exception:
            logger.exception("the end could not be noted; within a minute it shows by itself")


class Offers:
    """When to queue a task for a waiting run again: its first one may be lost or have come too early."""

    def __init__(self) -> None:
        self._run_id: int | None = None
        self._offered_s = 0.0

    def due(self, run_id: int | None) -> int | None:
        """Return the waiting run's id, if its task is to be queued now."""
        now_s = time.monotonic()
        if run_id is None or (run_id == self._run_id and now_s - self._offered_s < _OFFER_AGAIN_S):
            return None
        self._run_id, self._offered_s = run_id, now_s
        return run_id


class Untaken:
    """For how long the same task has been seen waiting: one from before the start is not held against it."""

    def __init__(self) -> None:
        self._key: int | None = None
        self._since_s = 0.0

    def note(self, oldest: tuple[int, float] | None) -> None:
        key = oldest[0] if oldest else None
        if key != self._key:
            self._key, self._since_s = key, time.monotonic()

    @property
    def for_s(self) -> float:
        return 0.0 if self._key is None else time.monotonic() - self._since_s
