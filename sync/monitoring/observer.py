"""Update metrics, send pings and alerts, and suspend scheduled runs; errors here never fail the run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction

from sync.config import SyncConfig
from sync.errors import Stopped, SyncError
from sync.models import SyncRun
from sync.monitoring import alerts, metrics, suspension
from sync.monitoring.alerts import Channels
from sync.monitoring.metrics import Counters
from sync.monitoring.pings import Pings
from sync.transactions import tried_while_away

logger = logging.getLogger(__name__)

State = SyncRun.State


class RunObserver:
    """Reports the start, attempts and end of one run.

    A dry run can only cause or end a suspension; of an upload, staff are only told that its list is held.
    """

    def __init__(self, run_id: int, config: SyncConfig, *, is_dry: bool, is_upload: bool) -> None:
        self._run_id = run_id
        self._config = config
        self._is_dry = is_dry
        self._is_counted = not (is_dry or is_upload)
        self._channels = Channels(config.alert_urls, config.alert_timeout_s)
        self._pings = Pings(config.ping_url if self._is_counted else "", config.ping_timeout_s)
        # The counters as last computed; None if that failed.
        self._counters: Counters | None = None

    def run_started(self) -> None:
        """Recompute the metrics, and send the alerts that a killed process did not send."""
        if not self._is_counted:
            return
        self._pings.start()
        with self._errors_logged():
            self._counters = metrics.recount()
            self._review()
            alerts.catch_up(self._channels)

    @contextmanager
    def metrics_updated(self) -> Iterator[None]:
        """Update the metrics after the block; until then, readers compute them from the table."""
        if not self._is_counted:
            yield
            return
        metrics.expect_change()
        try:
            yield
        except BaseException:
            # It may have been written, although its answer was lost.
            self._counters = None
            metrics.forget()
            raise
        with self._errors_logged():
            self._counters = metrics.recount()

    def run_interrupted(self) -> None:
        """Only drop the cached metrics, since the process is about to exit; the next run sends alerts."""
        metrics.forget()

    def run_ended(
        self,
        state: str,
        error: SyncError | None,
        *,
        cause: SyncError | None,
        is_from_erp: bool,
        stop: Callable[[], bool],
    ) -> None:
        """Suspend or resume scheduled runs, and send the alerts and the ping of the run's end.

        Wait for a database that is away, unless told to ``stop``: without a suspension, the next scheduled
        sync would log in again. ``cause`` is why the last attempt failed, also if the run was taken over.
        """
        with self._errors_logged():
            tried_while_away(lambda: self._suspend_or_resume(state, cause, is_from_erp), stop)
        if state == State.ABANDONED:
            # Another run holds the lease: it updates the metrics and alerts.
            metrics.forget()
        elif not self._is_dry:
            self._report_end(state, error)
        if isinstance(error, Stopped):
            # Exit quickly; the next process sends the alerts.
            return
        with self._errors_logged():
            alerts.deliver(self._channels)
        self._pings.wait()

    def _report_end(self, state: str, error: SyncError | None) -> None:
        if not isinstance(error, Stopped):
            # Don't ping on shutdown; the next process will.
            self._pings.end(is_success=state == State.SUCCEEDED)
        with self._errors_logged():
            if self._is_counted:
                self._review()
            if state == State.HELD and error is not None:
                alerts.tell_of_held_list(self._channels, run_id=self._run_id, reason=error.text)

    def _suspend_or_resume(self, state: str, error: SyncError | None, is_from_erp: bool) -> None:
        if state == State.ABANDONED and suspension.is_refuted(self._run_id):
            return
        if error is not None and suspension.suspends(error):
            # Together: for the same account, the next run would not raise the alert again.
            with transaction.atomic():
                if suspension.suspend(self._run_id, error, self._config):
                    alerts.tell_of_suspension(self._channels, run_id=self._run_id, reason=error.text)
        elif is_from_erp and state in {State.SUCCEEDED, State.HELD}:
            suspension.resume_after(self._run_id)

    def _review(self) -> None:
        counters = self._counters or metrics.from_history()
        alerts.review(
            self._channels,
            failures=counters.consecutive_failures,
            is_degraded=counters.is_degraded,
            run_id=counters.last_run_id,
        )

    @contextmanager
    def _errors_logged(self) -> Iterator[None]:
        """Log any error instead of raising it; drop the counters, since they may be wrong then."""
        try:
            yield
        except Exception:
            logger.exception("metrics, pings or alerts of run %d failed; the run goes on", self._run_id)
            self._counters = None
            metrics.forget()
