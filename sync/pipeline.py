"""Run one sync: fetch, read, compare, apply."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from django.db import transaction
from django.utils import timezone
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from customers import services
from customers.erp_list.delta import Delta, StoredCustomer, compute_delta
from customers.erp_list.guard import GuardReason, reasons_to_hold, uploaded_by_hand
from customers.erp_list.message import Message, joined
from customers.erp_list.message import gettext_noop as _
from customers.erp_list.records import InvalidList
from customers.erp_list.rows import RecordList, read_records
from sync.config import SyncConfig
from sync.errors import (
    ErpError,
    InternalError,
    LeaseLost,
    ListHeld,
    ListRefused,
    ReportIncomplete,
    Stopped,
    SyncError,
)
from sync.models import SyncRun
from sync.monitoring.observer import RunObserver
from sync.report import Reading, Report
from sync.runs import artifacts, lifecycle
from sync.runs.heartbeat import Heartbeat
from sync.runs.layout import gone_columns_notes, layout_notes, layout_of, reading_notes
from sync.runs.lifecycle import Claim
from sync.runs.log_capture import RunLog
from sync.runs.outcome import Outcome, Result, ms_since
from sync.runs.progress import OnProgress
from sync.runs.seen import first_list_notes, last_applied, source_changes
from sync.runs.steps import Steps
from sync.sources import ErpSource, FileSource, HeldSource, ListFile, Source, Stop
from sync.transactions import AWAY, end_if_idle_for, release_connection, tried_while_away

logger = logging.getLogger(__name__)

State = SyncRun.State


def run_sync(
    source: Source,
    config: SyncConfig,
    *,
    trigger: str,
    requested_by: str = "",
    is_dry: bool = False,
    on_progress: OnProgress = lambda progress: None,
    stop: Stop = lambda: False,
) -> Result:
    """Sync once: claim a run, fetch, read, compare, apply.

    Every failure ends the run and is returned as the result's error.

    Raises: AlreadyRunning, before anything is done.
    """
    claim = lifecycle.claim(trigger, requested_by=requested_by, is_dry=is_dry, lease_s=config.lease_s)
    return run_claimed(claim, source, config, on_progress=on_progress, stop=stop)


def run_claimed(
    claim: Claim,
    source: Source,
    config: SyncConfig,
    *,
    on_progress: OnProgress = lambda progress: None,
    stop: Stop = lambda: False,
) -> Result:
    """Like ``run_sync``, for a run that is already claimed."""
    return _Run(claim=claim, source=source, config=config, on_progress=on_progress, stop=stop).result()


def approve(
    run_id: int,
    config: SyncConfig,
    *,
    by: str,
    on_progress: OnProgress = lambda progress: None,
    stop: Stop = lambda: False,
) -> Result:
    """Apply the stored file of a held run, without the guards.

    Raises: ListNotHeld, ListSuperseded, AlreadyRunning, before anything is done.
    """
    claim = lifecycle.claim_held(run_id, lease_s=config.lease_s, by=by)
    logger.info("run %d approved by %s", run_id, by or "an unnamed person")
    return _Run(
        claim=claim,
        source=HeldSource(run_id, config.erp.work_dir),
        config=config,
        on_progress=on_progress,
        stop=stop,
        is_approved=True,
    ).result()


def hold_upload(path: Path, config: SyncConfig, *, by: str) -> Result:
    """Read, prove and compare a list that was uploaded, and hold it for a decision.

    Raises: AlreadyRunning, before anything is done.
    """
    claim = lifecycle.claim(SyncRun.Trigger.API, requested_by=by, is_upload=True, lease_s=config.lease_s)
    # The file stays the same, so that another attempt would end alike.
    once = replace(config, attempts=1)
    return run_claimed(claim, FileSource(path), once)


@dataclass(kw_only=True)
class _Run:
    """One claimed run."""

    claim: Claim
    source: Source
    config: SyncConfig
    on_progress: OnProgress
    stop: Stop
    is_approved: bool = False
    attempt_number: int = 0
    # Whether an attempt has started and is not stored yet.
    is_attempt_open: bool = False
    # Why this run's list is held, or was about to be when the commit got no answer.
    held: ListHeld | None = None
    # Why the last attempt failed, also if the run was taken over or an attempt before had ended it.
    cause: SyncError | None = None
    outcome: Outcome = field(default_factory=Outcome)

    def __post_init__(self) -> None:
        self.attempt_number = self.claim.attempts_before
        self.heartbeat = Heartbeat(self.claim, self.config.heartbeat_s, self.config.progress_s)
        self.steps = Steps(self.heartbeat, self.on_progress, self.stop)
        self.observer = RunObserver(
            self.claim.run_id, self.config, is_dry=self.claim.is_dry, is_upload=self.claim.is_upload
        )

    def result(self) -> Result:
        started = time.monotonic()
        with RunLog() as log:
            try:
                with self.heartbeat:
                    result = self._run()
            except BaseException:
                self.observer.run_interrupted()
                raise
            finally:
                lifecycle.keep_log(self.claim, log.text, self.outcome.stages)
        result.duration_ms = ms_since(started)
        is_from_erp = isinstance(self.source, ErpSource)
        self.observer.run_ended(
            result.state,
            result.error,
            cause=self.cause or result.error,
            is_from_erp=is_from_erp,
            stop=self.stop,
        )
        return result

    def _run(self) -> Result:
        try:
            self.observer.run_started()
            artifacts.remove_older(self.config.artifacts_dir, self.config.artifacts_days)
            return self._retrying()(self._attempt)
        except SyncError as error:
            return self._fail(error)
        except Exception as exc:
            logger.exception("run %d: unexpected exception", self.claim.run_id)
            return self._fail(InternalError(exc))
        except BaseException:
            self._fail(Stopped(_("the sync was interrupted; nothing was written")))
            raise

    def _retrying(self) -> Retrying:
        """Return the retry policy: only retryable errors are retried."""
        return Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, SyncError) and error.retryable),
            stop=stop_after_attempt(self.config.attempts),
            wait=wait_exponential(multiplier=self.config.retry_wait_s),
            before_sleep=self._store_failed_attempt,
            sleep=self.steps.wait,
            reraise=True,
        )

    def _attempt(self) -> Result:
        """Make one attempt. If it does not fail, it ends the run.

        An unexpected exception is raised as InternalError, which is retried like a transient error.
        """
        self.attempt_number += 1
        self.outcome, self.is_attempt_open = Outcome(), True
        release_connection()
        try:
            return self._fetch_and_sync()
        except Stopped:
            # Say why, where it is known: the lease was lost, or a person cancelled the run.
            self.steps.check_claim()
            raise
        except SyncError as exc:
            logger.warning("attempt %d failed: %s: %s", self.attempt_number, exc.code, exc.message)
            if isinstance(exc, ErpError):
                files = artifacts.keep(exc, self.config.artifacts_dir, self.config.artifacts_kept)
                self.outcome.screenshot = files.get("screenshot", "")
                self.outcome.trace = files.get("trace", "")
            raise

    def _fetch_and_sync(self) -> Result:
        try:
            with self.source.open(self.steps.show, self.steps.is_over) as file:
                self.outcome.stages |= file.stages
                return self._sync(file)
        except SyncError:
            raise
        except Exception as exc:
            # Where the database can't be asked, it is asked again before the run gets another end.
            with suppress(*AWAY):
                if ended := self._ended_before():
                    return ended
            logger.exception("run %d: unexpected exception", self.claim.run_id)
            raise InternalError(exc) from exc

    def _ended_before(self, error: SyncError | None = None) -> Result | None:
        """Return the result if the run has ended or is held, although the commit's answer was lost.

        ``error`` is the one to end the run with; with it, an approved run that was taken over is held, too.
        """
        state = lifecycle.committed_end(self.claim)
        reasons: dict[str, SyncError | None] = {State.HELD: self.held or error, State.FAILED: error}
        reason = reasons.get(state)
        if reason is None and state != State.SUCCEEDED:
            return None
        logger.warning("run %d: it was %s before", self.claim.run_id, state)
        self.is_attempt_open = False
        if self.claim.is_dry and state == State.SUCCEEDED and self.held:
            state, reason = State.HELD, self.held
        stored = SyncRun.objects.only("counts", "stages", "attempt_count").get(pk=self.claim.run_id)
        if not self.outcome.stages or stored.attempt_count != self.attempt_number:
            # The database could not be asked before another attempt was due, or had begun.
            self.outcome = Outcome(counts=stored.counts, stages=stored.stages)
        return self._result(state, reason)

    def _store_failed_attempt(self, state: RetryCallState) -> None:
        """Store a failed attempt before the next one starts."""
        error = state.outcome.exception() if state.outcome else None
        release_connection()
        try:
            self._store(error if isinstance(error, SyncError) else None)
        except AWAY:
            # The next attempt matters more than the record of this one.
            logger.exception("attempt %d could not be stored", self.attempt_number)
        # A run that is stopped while it waits keeps nothing of the failed attempt.
        self.outcome = Outcome()

    def _store(self, error: SyncError | None, end: Callable[[], None] = lambda: None) -> None:
        """Store the attempt, if any, and the run's end in one transaction, then update the metrics.

        Raises: LeaseLost; then nothing is written.
        """
        with self.observer.metrics_updated(), transaction.atomic():
            end_if_idle_for(self.claim.lease_s)
            end()
            if self.is_attempt_open:
                lifecycle.note_attempt(self.claim, self.outcome.as_attempt(self.attempt_number, error))
        self.is_attempt_open = False

    def _sync(self, file: ListFile) -> Result:
        with file.path.open("rb") as content:
            self.outcome.file_sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        seen_before = last_applied() if file.seen else {}
        self.outcome.seen = file.seen
        with self.steps.timed("read", self.outcome.stages), self._reading(file) as reading:
            # Loaded while the child reads; no other run writes customers while this one has the lease.
            stored = services.load_stored()
            report = self._read(file, reading)
        with self.steps.timed("compare", self.outcome.stages):
            record_list = self._records(report)
            delta, reasons = self._compare(stored, record_list, source_changes(seen_before, file.seen))
        self.outcome.changes = delta.changes()
        self.outcome.counts = cast("Mapping[str, int]", delta.counts())
        self.outcome.layout = layout_of(report)
        self.outcome.notes = (
            *file.notes,
            *first_list_notes(seen_before, file.seen),
            *record_list.notes,
            *gone_columns_notes(delta.kept_captions),
            *layout_notes(report),
            *reading_notes(report),
        )
        if self.claim.is_dry:
            return self._end_dry_run(reasons)
        return self._hold(file, reasons) if reasons else self._apply(delta)

    @contextmanager
    def _reading(self, file: ListFile) -> Iterator[Reading]:
        """Yield the reading of a file, which its source may have begun."""
        if file.reading is not None:
            yield file.reading
            return
        with Reading(self.config.limits) as reading:
            reading.begin(file.path)
            yield reading

    def _read(self, file: ListFile, reading: Reading) -> Report:
        """Read the report. The footer proves that all rows were read; the pager, that all were exported."""
        report = reading.report(self.steps.show_page, self.steps.check)
        pager, count = file.pager, len(report.rows)
        if pager is not None and not pager.min_rows <= count <= pager.max_rows:
            raise ReportIncomplete(
                _("the list has %(rows)s rows where the ERP's pager says %(least)s to %(most)s"),
                rows=count,
                least=pager.min_rows,
                most=pager.max_rows,
            )
        return report

    def _records(self, report: Report) -> RecordList:
        try:
            return read_records(
                report.columns,
                report.rows,
                footer=report.footer,
                allow_missing_columns=self.config.allow_missing_columns,
                allow_missing_footer=self.config.allow_missing_footer,
            )
        except InvalidList as exc:
            raise ListRefused(exc.code, exc.text) from exc

    def _compare(
        self, stored: Mapping[str, StoredCustomer], record_list: RecordList, changes: Sequence[Message]
    ) -> tuple[Delta, list[GuardReason]]:
        delta = compute_delta(
            stored, record_list.records, record_list.rejected_ids, absent_fields=record_list.absent_fields
        )
        if self.is_approved:
            return delta, []
        reasons = reasons_to_hold(
            delta, stored, self.config.bounds, today=timezone.localdate(), source_changes=changes
        )
        return delta, [*reasons, uploaded_by_hand()] if self.claim.is_upload else reasons

    def _apply(self, delta: Delta) -> Result:
        """Write customers, changes and the run's end in one transaction."""
        started = self.steps.begin("apply")

        def write() -> None:
            lifecycle.fence(self.claim)
            services.apply_delta(delta, run_id=self.claim.run_id, now=timezone.now())
            self.outcome.stages["apply"] = ms_since(started)
            lifecycle.succeed(self.claim, **self._run_fields())

        self._store(None, write)
        return self._result(State.SUCCEEDED)

    def _hold(self, file: ListFile, reasons: list[GuardReason]) -> Result:
        """Hold the list for a decision."""
        self.held = error = _held_error(reasons)
        logger.warning("held: %s", error.message)

        def hold() -> None:
            lifecycle.hold(
                self.claim,
                file=file.path.read_bytes(),
                error=error,
                reasons=[reason.as_json() for reason in reasons],
                changes=self.outcome.changes,
                **self._run_fields(),
            )

        self._store(error, hold)
        return self._result(State.HELD, error)

    def _end_dry_run(self, reasons: list[GuardReason]) -> Result:
        """End a dry run, and keep what it would change; `Outcome.run_fields` says what else is stored."""
        self.held = error = _held_error(reasons) if reasons else None

        def end() -> None:
            lifecycle.succeed_dry(
                self.claim,
                reasons=[reason.as_json() for reason in reasons],
                changes=self.outcome.changes,
                **self._run_fields(),
            )

        self._store(error, end)
        return self._result(State.HELD if reasons else State.SUCCEEDED, error)

    def _fail(self, error: SyncError) -> Result:
        """End the run with its error; hold it again if it was approved.

        Wait for a database that is away: a run without an end would be taken for one whose process died.
        """
        # Whoever comes next must not log in again if the login was refused, however the run has ended.
        self.cause = error
        return tried_while_away(lambda: self._end_with(error), self.stop)

    def _end_with(self, error: SyncError) -> Result:
        release_connection()
        # By the try before this one, or earlier: while the database was away, it could not be asked.
        if ended := self._ended_before(error):
            return ended
        if isinstance(error, LeaseLost):
            return self._end_as_lost(error, error)
        try:
            if self.is_approved:
                self._store(error, lambda: lifecycle.hold_again(self.claim, error))
                return self._result(State.HELD, error)
            self._store(error, lambda: lifecycle.fail(self.claim, error, **self._run_fields()))
            return self._result(State.FAILED, error)
        except LeaseLost as lost:
            return self._end_as_lost(error, lost)

    def _end_as_lost(self, error: SyncError, lost: LeaseLost) -> Result:
        """Only store the attempt: whoever takes the run over ends it, and queues a sync in its place."""
        logger.error("run %d has lost its lease", self.claim.run_id)
        self._store(error)
        return self._result(State.ABANDONED, lost)

    def _run_fields(self) -> dict[str, Any]:
        return self.outcome.run_fields(is_dry=self.claim.is_dry)

    def _result(self, state: str, error: SyncError | None = None) -> Result:
        return Result(
            run_id=self.claim.run_id,
            state=str(state),
            counts=self.outcome.counts,
            stages=dict(self.outcome.stages),
            error=error,
            changes=self.outcome.changes,
            is_dry=self.claim.is_dry,
            notes=self.outcome.notes,
        )


def _held_error(reasons: list[GuardReason]) -> ListHeld:
    return ListHeld(reasons[0].code, joined([reason.text for reason in reasons]))
