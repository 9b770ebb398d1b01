"""The heartbeat of a run: a thread that renews its lease and stores its progress.

It needs its own thread, since Django refuses queries in a thread in which Playwright is open.
"""

from __future__ import annotations

import logging
import time
from contextvars import copy_context
from threading import Event, Thread
from types import TracebackType
from typing import Self

from django.db import connection

from sync.runs import lifecycle
from sync.runs.lifecycle import Claim
from sync.runs.progress import Progress
from sync.transactions import AWAY

logger = logging.getLogger(__name__)

# How long the last beat may take.
_END_S = 30.0


class Heartbeat:
    """Renews the lease while the ``with`` block runs.

    ``is_lost`` is set when another run has taken over, or may have: the database was away for a lease's time.

    ``cancelled_by`` is the person who cancelled the run, as of the last beat; empty if nobody did.

    It writes every ``interval_s``, and changed progress after ``progress_s`` already.
    """

    def __init__(self, claim: Claim, interval_s: float, progress_s: float) -> None:
        self._claim = claim
        self._interval_s = interval_s
        self._step_s = min(progress_s, interval_s)
        # No stage has begun.
        self._progress = Progress("")
        self._ended = Event()
        self._lost = Event()
        # When the lease was renewed last, by the monotonic clock, and whether the database owes an answer.
        self._renewed_s = time.monotonic()
        self._is_unanswered = False
        self.cancelled_by = ""

    @property
    def is_lost(self) -> bool:
        if self._is_unanswered and time.monotonic() - self._renewed_s > self._claim.lease_s:
            # If only this host is cut off, another one has taken over and is in the ERP by now.
            self._lost.set()
        return self._lost.is_set()

    def show(self, progress: Progress) -> None:
        """Set the progress for the next beat. Makes no query, so any thread may call it."""
        self._progress = progress

    def __enter__(self) -> Self:
        # Copy the context, so that the heartbeat's log lines are part of the run's log.
        self._thread = Thread(
            target=copy_context().run,
            args=(self._beat,),
            name=f"heartbeat-{self._claim.run_id}",
            daemon=True,
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        # It may wait for a database that does not answer.
        self._thread.join(_END_S)

    def _beat(self) -> None:
        try:
            shown, waited_s = self._progress, 0.0
            while not self._ended.wait(self._step_s) and not self.is_lost:
                waited_s += self._step_s
                if self._progress != shown or waited_s >= self._interval_s:
                    shown, waited_s = self._progress, 0.0
                    self._write(shown)
        finally:
            connection.close()

    def _write(self, progress: Progress) -> None:
        asked_s, self._is_unanswered = time.monotonic(), True
        try:
            held = lifecycle.beat(self._claim, stage=progress.stage, done=progress.done, total=progress.total)
            self._renewed_s, self._is_unanswered = asked_s, False
            self.cancelled_by = lifecycle.cancelled_by(self._claim)
        except AWAY:
            logger.warning("the heartbeat of run %d could not be written", self._claim.run_id, exc_info=True)
            # A dead connection would fail every further beat. The next one opens a new connection.
            connection.close()
            return
        if not held:
            self._lost.set()
