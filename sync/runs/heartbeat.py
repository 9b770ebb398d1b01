"""The heartbeat of a run: keeps its lease and shows its progress, from a thread of its own.

The thread that syncs can't: while Playwright is open in it, Django refuses every query there.
"""

from __future__ import annotations

import logging
from contextvars import copy_context
from threading import Event, Thread
from types import TracebackType
from typing import Self

from django.db import DatabaseError, connection

from sync.runs import lifecycle
from sync.runs.lifecycle import Claim
from sync.runs.progress import Progress

logger = logging.getLogger(__name__)

# Progress is written this often at most, so that a page that polls every second has something new to show.
_PROGRESS_S = 0.5


class Heartbeat:
    """Beats while the ``with`` block runs; ``is_lost`` tells when another run has taken over."""

    def __init__(self, claim: Claim, interval_s: float) -> None:
        self._claim = claim
        self._interval_s = interval_s
        self._progress = Progress("start")
        self._ended = Event()
        self._lost = Event()

    @property
    def is_lost(self) -> bool:
        return self._lost.is_set()

    def show(self, progress: Progress) -> None:
        """Note the progress for the next beat; no query, so any thread may call it."""
        self._progress = progress

    def __enter__(self) -> Self:
        # In the run's context, so that the run's log has the heartbeat's lines too.
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
        self._thread.join()

    def _beat(self) -> None:
        try:
            shown, waited_s = self._progress, 0.0
            step_s = min(_PROGRESS_S, self._interval_s)
            while not self._ended.wait(step_s):
                waited_s += step_s
                if self._progress != shown or waited_s >= self._interval_s:
                    shown, waited_s = self._progress, 0.0
                    self._write(shown)
        finally:
            connection.close()

    def _write(self, progress: Progress) -> None:
        try:
            held = lifecycle.beat(self._claim, stage=progress.stage, done=progress.done, total=progress.total)
        except DatabaseError:
            # The database may be away for a moment; the lease ends by itself if it stays so.
            logger.warning("the heartbeat of run %d could not be written", self._claim.run_id, exc_info=True)
            return
        if not held:
            self._lost.set()
