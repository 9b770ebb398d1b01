"""The steps of a run: show its progress, time its stages, and end it when it must stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_noop as _

from sync.errors import LeaseLost, Stopped
from sync.runs.heartbeat import Heartbeat
from sync.runs.outcome import ms_since
from sync.runs.progress import OnProgress, Progress

logger = logging.getLogger(__name__)

# How often a waiting sync checks whether to stop.
_STOP_POLL_S = 0.1


class Steps:
    """Progress goes to the heartbeat, which stores it, and to ``on_progress``."""

    def __init__(self, heartbeat: Heartbeat, on_progress: OnProgress, stop: Callable[[], bool]) -> None:
        self._heartbeat = heartbeat
        self._on_progress = on_progress
        self._stop = stop

    def show(self, progress: Progress) -> None:
        self._heartbeat.show(progress)
        self._on_progress(progress)

    def show_page(self, done: int, total: int) -> None:
        """Show how many pages are read. Raises: LeaseLost, Stopped."""
        self.check()
        self.show(Progress("read", done, total))

    def begin(self, stage: str) -> float:
        """Show a stage and return its start time. Raises: LeaseLost, Stopped."""
        self.check()
        self.show(Progress(stage))
        return time.monotonic()

    @contextmanager
    def timed(self, stage: str, stages: dict[str, int]) -> Iterator[None]:
        """Show a stage and add its milliseconds to ``stages``. Raises: LeaseLost, Stopped."""
        started = self.begin(stage)
        try:
            yield
        finally:
            stages[stage] = ms_since(started)

    def wait(self, seconds: float) -> None:
        """Wait before another attempt. Raises: LeaseLost, Stopped."""
        logger.info("trying again in %g s", seconds)
        end = time.monotonic() + seconds
        while (left_s := end - time.monotonic()) > 0:
            self.show(Progress("waiting", int(seconds - left_s), round(seconds)))
            self.check()
            time.sleep(min(left_s, _STOP_POLL_S))

    def is_over(self) -> bool:
        return self._stop() or self._heartbeat.is_lost or bool(self._heartbeat.cancelled_by)

    def check(self) -> None:
        """Raises: LeaseLost, Stopped."""
        self.check_claim()
        if self._stop():
            raise Stopped(_("the sync was asked to stop; nothing was written"))

    def check_claim(self) -> None:
        """Raises: LeaseLost, or Stopped if a person cancelled the run."""
        if self._heartbeat.is_lost:
            raise LeaseLost
        if self._heartbeat.cancelled_by:
            raise Stopped.by_person(self._heartbeat.cancelled_by)
