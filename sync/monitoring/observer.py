"""What goes on beside a run: it is counted, pinged, and staff are told. None of it can fail the run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sync.config import SyncConfig
from sync.errors import Stopped, SyncError
from sync.models import SyncRun
from sync.monitoring import alerts, metrics, suspension
from sync.monitoring.alerts import Channels
from sync.monitoring.metrics import Counters
from sync.monitoring.pings import Pings

logger = logging.getLogger(__name__)

State = SyncRun.State


class Watch:
    """Follows one run from its begin to its end. A dry run leaves no trace but a suspension."""

    def __init__(self, run_id: int, config: SyncConfig, *, is_dry: bool) -> None:
        self._run_id = run_id
        self._config = config
        self._is_dry = is_dry
        self._channels = Channels(config.alert_urls, config.alert_timeout_s)
        self._pings = Pings("" if is_dry else config.ping_url, config.ping_timeout_s)
        # What was counted last; None where that failed.
        self._counters: Counters | None = None

    def began(self) -> None:
        """Count from the history, and tell what a process that died could not."""
        if self._is_dry:
            return
        self._pings.start()
        with self._unharmed():
            self._counters = metrics.recount()
            self._review()
            alerts.deliver(self._channels)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what the block writes, so that nobody sees it without its being counted."""
        if self._is_dry:
            yield
            return
        metrics.expect_change()
        try:
            yield
        except BaseException:
            metrics.forget()
            raise
        with self._unharmed():
            self._counters = metrics.recount()

    def cut_short(self) -> None:
        """Leave the rest to the next run, since the process is about to end."""
        metrics.forget()

    def ended(self, state: str, error: SyncError | None, *, is_from_erp: bool) -> None:
        """Tell who must know how the run ended."""
        with self._unharmed():
            self._suspend_or_resume(state, error, is_from_erp)
        if state == State.ABANDONED:
            # Another run holds the lease, counts and tells.
            metrics.forget()
        elif not self._is_dry:
            self._told(state, error)
        if isinstance(error, Stopped):
            # The process shall end now: its successor delivers and pings.
            return
        with self._unharmed():
            alerts.deliver(self._channels)
        self._pings.wait()

    def _told(self, state: str, error: SyncError | None) -> None:
        if not isinstance(error, Stopped):
            # Who was asked to stop has not failed: a monitor waits for the successor's ping.
            self._pings.end(is_success=state == State.SUCCEEDED)
        with self._unharmed():
            self._review()
            if state == State.HELD and error is not None:
                alerts.tell_of_held_list(self._channels, run_id=self._run_id, reason=error.message)

    def _suspend_or_resume(self, state: str, error: SyncError | None, is_from_erp: bool) -> None:
        if error is not None and suspension.suspends(error):
            if suspension.suspend(self._run_id, error, self._config):
                alerts.tell_of_suspension(self._channels, run_id=self._run_id, reason=error.message)
        elif is_from_erp and state in {State.SUCCEEDED, State.HELD}:
            suspension.resume(by=f"run {self._run_id}, which got in")

    def _review(self) -> None:
        counters = self._counters or metrics.from_history()
        alerts.review(
            self._channels,
            failures=counters.consecutive_failures,
            is_degraded=counters.is_degraded,
            run_id=counters.last_run_id,
        )

    @contextmanager
    def _unharmed(self) -> Iterator[None]:
        """Let the run go on whatever happens; what was counted so far is no longer trusted then."""
        try:
            yield
        except Exception:
            logger.exception("run %d goes on, though not all of its story could be told", self._run_id)
            self._counters = None
            metrics.forget()
