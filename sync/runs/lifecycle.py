"""The life cycle of a run. Only this module changes a run's state.

    queued ─> running ─┬─> succeeded
                 ^     ├─> failed
                 │     ├─> abandoned   (its process died; the next claim marks it, or holds it again)
       approve   │     └─> held ─┬─> rejected
                 └───────────────┘

A claim is atomic in the database (a unique constraint on "running") and fenced: it carries a token, and every
later step is a conditional UPDATE on that token whose row count shows whether the lease still holds. Times
come from the database, so that the hosts' clocks may differ.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Min, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from customers.erp_list.message import Message, message
from sync.errors import (
    Abandoned,
    AlreadyRunning,
    LeaseLost,
    ListNotHeld,
    ListSuperseded,
    NotRunning,
    NotStarted,
    Stopped,
    SyncError,
)
from sync.models import HeldList, Preview, SyncAttempt, SyncRun
from sync.transactions import AWAY

logger = logging.getLogger(__name__)

State = SyncRun.State

_NO_ERROR: Mapping[str, Any] = {"error_code": "", "error_message": "", "error_text": {}}


@dataclass(frozen=True)
class Claim:
    """A claimed run. Only the process with the token may write to it, while the lease holds."""

    run_id: int
    token: UUID
    lease_s: float
    attempts_before: int = 0
    is_dry: bool = False
    is_upload: bool = False


@dataclass(frozen=True)
class Attempt:
    """One attempt of a run, as stored. Durations in milliseconds."""

    number: int
    duration_ms: int
    stages: Mapping[str, int]
    error: SyncError | None
    file_sha256: str = ""
    screenshot: str = ""
    trace: str = ""


def claim(
    trigger: str, *, requested_by: str = "", is_dry: bool = False, is_upload: bool = False, lease_s: float
) -> Claim:
    """Start a run if none is running on any host; a run whose heartbeat is too old is abandoned first.

    Raises: AlreadyRunning.
    """
    abandon_stale(lease_s)
    token = uuid4()
    with _one_at_a_time(_("another sync is running; wait for it to end")):
        run = SyncRun.objects.create(
            trigger=trigger,
            requested_by=requested_by,
            is_dry=is_dry,
            is_upload=is_upload,
            state=State.RUNNING,
            lease_token=token,
            created_at=Now(),
            started_at=Now(),
            heartbeat_at=Now(),
        )
    return Claim(run.pk, token, lease_s, is_dry=is_dry, is_upload=is_upload)


def queue(
    trigger: str, *, requested_by: str = "", is_dry: bool = False, lease_s: float, queue_s: float
) -> int:
    """Queue a run and return its id; a task claims it with `claim_queued`.

    A queued run that no task claimed for ``queue_s`` seconds (no cluster runs) is abandoned first.
    Raises: AlreadyRunning, if one is running or queued.
    """
    abandon_stale(lease_s)
    _abandon_unclaimed(queue_s)
    with _one_at_a_time(_("a sync is queued already; wait for it to end")):
        if SyncRun.objects.filter(state=State.RUNNING).exists():
            raise AlreadyRunning(_("a sync is running; wait for it to end"))
        run = SyncRun.objects.create(
            trigger=trigger, requested_by=requested_by, is_dry=is_dry, created_at=Now()
        )
    return run.pk


def claim_queued(run_id: int, *, lease_s: float) -> Claim | None:
    """Start a queued run; None if it is no longer queued (its task was delivered twice).

    Raises: AlreadyRunning.
    """
    abandon_stale(lease_s)
    return _claim(run_id, State.QUEUED, lease_s, started_at=Now())


def _claim(run_id: int, state: State, lease_s: float, **fields: Any) -> Claim | None:
    """Move a run from ``state`` to running, and set ``fields``; None if it is not in that state.

    Raises: AlreadyRunning.
    """
    token = uuid4()
    run = SyncRun.objects.filter(pk=run_id, state=state)
    with _one_at_a_time(_("another sync is running; wait for it to end")):
        claimed = run.update(
            state=State.RUNNING, lease_token=token, heartbeat_at=Now(), cancelled_by="", **fields
        )
        if not claimed:
            return None
        # Before the commit: without an answer, the run is not claimed.
        stored = SyncRun.objects.values_list("attempt_count", "is_dry", "is_upload").get(pk=run_id)
    return Claim(run_id, token, lease_s, *stored)


@contextmanager
def _one_at_a_time(text: str) -> Iterator[None]:
    """Write in a transaction; a violated constraint means that another run is already in the state.

    Raises: AlreadyRunning.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as exc:
        raise AlreadyRunning(text) from exc


@contextmanager
def no_sync(lease_s: float) -> Iterator[None]:
    """Let no run start, on any host, while the block writes; the block is one transaction.

    A row takes the place of the running run. Nobody sees it, since it is deleted before the commit; a claim
    waits for that.
    Raises: AlreadyRunning.
    """
    abandon_stale(lease_s)
    with transaction.atomic():
        with _one_at_a_time(_("a sync is running; wait for it to end")):
            place = SyncRun.objects.create(trigger=SyncRun.Trigger.CLI, state=State.RUNNING, created_at=Now())
        yield
        place.delete()


def _abandon_unclaimed(queue_s: float) -> None:
    SyncRun.objects.filter(state=State.QUEUED, created_at__lt=Now() - timedelta(seconds=queue_s)).update(
        state=State.ABANDONED,
        finished_at=Now(),
        **NotStarted().as_fields(),
    )


def claim_held(run_id: int, *, lease_s: float, by: str = "") -> Claim:
    """Start a held run again, to apply its list.

    Raises: ListNotHeld, ListSuperseded, AlreadyRunning.
    """
    abandon_stale(lease_s)
    with transaction.atomic():
        claimed = _claim(run_id, State.HELD, lease_s, decided_by=by, **_NO_ERROR)
        if claimed is None:
            raise ListNotHeld(_("run %(run)s does not wait for a decision"), run=str(run_id))
        # No other run can apply a list from here on.
        _check_not_superseded(run_id)
    return claimed


def _check_not_superseded(run_id: int) -> None:
    """Raises: ListSuperseded, if a newer list has been applied.

    Also by an older run, which may have waited in the queue while this one fetched: attempts are stored in
    the order in which lists are applied and held. The run's first one counts, since a process that approved
    the list and was taken over can store one at any time. Between a fetch's attempts, no other run applies a
    list.
    """
    held_in = SyncAttempt.objects.filter(run=run_id).aggregate(pk=Min("pk"))["pk"] or 0
    newer = SyncRun.objects.real().succeeded().filter(Q(pk__gt=run_id) | Q(attempts__pk__gt=held_in))
    if newer.exists():
        text = _("a newer list than that of run %(run)s has been applied; reject it and sync again")
        raise ListSuperseded(text, run=str(run_id))


def abandon_stale(lease_s: float) -> int:
    """Mark running runs without a recent heartbeat as abandoned; return how many nobody had cancelled.

    One that was approved is held again, and not counted.
    """
    stale = stale_runs(lease_s)
    if not stale.exists():
        # Asked every second: without a write, SQLite's lock is left to others.
        return 0
    is_approved = Q(pk__in=HeldList.objects.values("run"))
    if stale.filter(is_approved).update(state=State.HELD, decided_by="", **Abandoned().as_fields()):
        logger.warning("an approved run without a heartbeat is held again")
    abandoned = stale.exclude(is_approved)
    ended = {"state": State.ABANDONED, "finished_at": Now(), **Abandoned().as_fields()}
    cancelled = abandoned.exclude(cancelled_by="").update(**ended)
    count = abandoned.update(**ended)
    if count or cancelled:
        logger.warning("%d run(s) without a heartbeat marked as abandoned", count + cancelled)
    return count


def stale_runs(lease_s: float) -> QuerySet[SyncRun]:
    """Return the running runs without a recent heartbeat.

    A heartbeat of the future is from before the database's clock was set back.
    """
    lease = timedelta(seconds=lease_s)
    is_old = Q(heartbeat_at__lt=Now() - lease) | Q(heartbeat_at__gt=Now() + lease)
    return SyncRun.objects.filter(is_old, state=State.RUNNING)


def beat(claim: Claim, *, stage: str, done: int, total: int) -> bool:
    """Renew the lease and store the progress; False if the lease is lost."""
    updated = _held_by(claim).update(heartbeat_at=Now(), stage=stage, stage_done=done, stage_total=total)
    return updated == 1


def cancel(*, by: str, lease_s: float) -> int:
    """Ask the running run to stop, wherever it runs, and return its id.

    It can't commit any more. Its process sees this with its next heartbeat, and ends it as stopped.
    Raises: NotRunning.
    """
    abandon_stale(lease_s)
    running = SyncRun.objects.filter(state=State.RUNNING)
    run_id = running.values_list("pk", flat=True).first()
    if run_id is None or not running.filter(pk=run_id).update(cancelled_by=by):
        raise NotRunning
    logger.info("run %d cancelled by %s", run_id, by)
    return run_id


def cancelled_by(claim: Claim) -> str:
    """Return who cancelled a run; empty if nobody did."""
    return _held_by(claim).values_list("cancelled_by", flat=True).first() or ""


def fence(claim: Claim) -> None:
    """Renew the lease inside the transaction that ends a run, so that it holds until the commit.

    Raises: LeaseLost, Stopped.
    """
    if _held_by(claim).filter(cancelled_by="").update(heartbeat_at=Now()) == 1:
        return
    if by := cancelled_by(claim):
        raise Stopped.by_person(by)
    raise LeaseLost


def note_attempt(claim: Claim, attempt: Attempt) -> None:
    """Store one attempt of a run, unless another process has claimed the run since.

    It is stored already if its commit got no answer.
    """
    # Whatever the run's state: this attempt may have ended it.
    run = SyncRun.objects.filter(pk=claim.run_id, lease_token=claim.token)
    if not run.update(attempt_count=attempt.number):
        return
    error = attempt.error
    stored = SyncAttempt(
        run_id=claim.run_id,
        number=attempt.number,
        started_at=Now() - timedelta(milliseconds=attempt.duration_ms),
        duration_ms=attempt.duration_ms,
        stages=dict(attempt.stages),
        **(error.as_fields() if error else _NO_ERROR),
        file_sha256=attempt.file_sha256,
        screenshot=attempt.screenshot,
        trace=attempt.trace,
    )
    SyncAttempt.objects.bulk_create([stored], ignore_conflicts=True)


def succeed(claim: Claim, **fields: Any) -> None:
    """End a run as succeeded; ``fields`` are fields of SyncRun (counts, stages, notes …).

    Raises: LeaseLost.
    """
    _move(claim, State.SUCCEEDED, finished_at=Now(), **fields)
    HeldList.objects.filter(run_id=claim.run_id).delete()


def succeed_dry(
    claim: Claim, *, reasons: Sequence[Mapping[str, Any]], changes: Sequence[Mapping[str, Any]], **fields: Any
) -> None:
    """End a dry run, and keep what it would change and why its list would be held.

    Raises: LeaseLost, Stopped.
    """
    with transaction.atomic():
        fence(claim)
        succeed(claim, **fields)
        Preview.objects.create(run_id=claim.run_id, reasons=list(reasons), changes=list(changes))


def fail(claim: Claim, error: SyncError, **fields: Any) -> None:
    """End a run as failed.

    Raises: LeaseLost.
    """
    _move(claim, State.FAILED, finished_at=Now(), **error.as_fields(), **fields)


def hold(
    claim: Claim,
    *,
    error: SyncError,
    file: bytes,
    reasons: Sequence[Mapping[str, Any]],
    changes: Sequence[Mapping[str, Any]],
    **fields: Any,
) -> None:
    """Hold a run for a person to decide, and keep its file.

    Raises: LeaseLost, Stopped.
    """
    with transaction.atomic():
        fence(claim)
        _move(claim, State.HELD, **error.as_fields(), **fields)
        HeldList.objects.update_or_create(
            run_id=claim.run_id,
            defaults={"file": file, "reasons": list(reasons), "changes": list(changes)},
        )


def hold_again(claim: Claim, error: SyncError) -> None:
    """Hold an approved run again whose list could not be applied."""
    _move(claim, State.HELD, decided_by="", **error.as_fields())


def committed_end(claim: Claim) -> str:
    """Return the state in which this claim's run has ended or is held; empty if it has not.

    A connection that breaks during a commit does not tell whether the commit took place. A run that was taken
    over has such a state too: abandoned, or held again if it was approved.
    """
    # Without a token, a person was erased after its end, and nobody has claimed it since.
    is_ours = Q(lease_token=claim.token) | Q(lease_token=None)
    run = SyncRun.objects.filter(is_ours, pk=claim.run_id)
    return run.exclude(state=State.RUNNING).values_list("state", flat=True).first() or ""


def reject(run_id: int, *, by: str) -> None:
    """End a held run without applying its list.

    Raises: ListNotHeld.
    """
    if not _reject(run_id, decided_by=by):
        raise ListNotHeld(_("run %(run)s does not wait for a decision"), run=str(run_id))
    logger.info("run %d rejected by %s", run_id, by or "an unnamed person")


def reject_older(days: int) -> int:
    """Reject the held runs on which nobody has decided for ``days`` days; return how many.

    Lists that were left behind by runs that ended otherwise are deleted.
    """
    HeldList.objects.exclude(run__state__in=(State.HELD, State.RUNNING)).delete()
    old = SyncRun.objects.filter(created_at__lt=Now() - timedelta(days=days))
    return reject_all(old, message(_("rejected, because nobody decided within %(days)s days"), days=days))


def reject_all(runs: QuerySet[SyncRun], note: Message, *, by: str = "") -> int:
    """Reject those of the runs that are held, with a note that says why; return how many."""
    held = list(runs.filter(state=State.HELD).only("notes"))
    return sum(_reject(run.pk, decided_by=by, notes=[*run.notes, note.as_json()]) for run in held)


def _reject(run_id: int, **fields: Any) -> bool:
    """Move a held run to rejected and delete its list; False if it is not held (any more)."""
    with transaction.atomic():
        rejected = SyncRun.objects.filter(pk=run_id, state=State.HELD).update(
            state=State.REJECTED, finished_at=Now(), **fields
        )
        if rejected:
            HeldList.objects.filter(run_id=run_id).delete()
    return bool(rejected)


def keep_log(claim: Claim, text: str, stages: Mapping[str, int]) -> None:
    """Store a run's log and stage times, whatever its state, unless another process took over its lease."""
    try:
        SyncRun.objects.filter(pk=claim.run_id, lease_token=claim.token).update(log=text, stages=dict(stages))
    except AWAY:
        logger.exception("the log of run %d could not be kept", claim.run_id)


def _held_by(claim: Claim) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(pk=claim.run_id, lease_token=claim.token, state=State.RUNNING)


def _move(claim: Claim, state: State, **fields: Any) -> None:
    if _held_by(claim).update(state=state, **fields) != 1:
        raise LeaseLost
    logger.info("run %d %s", claim.run_id, state.value)
