"""Read and steer the cluster's state in the database, as far as the database answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ
from django_q.models import Schedule as ScheduleRow

from scripts.chaos.waiting import until
from sync.models import Suspension, SyncRun
from sync.scheduling.schedule import ensure_schedule

_ANSWERS_WITHIN_S = 60.0
_T = TypeVar("_T")

_UNENDED = (SyncRun.State.QUEUED, SyncRun.State.RUNNING)


def asked(question: Callable[[], _T], default: _T) -> _T:
    """Return the answer, or the default while database or cache do not answer."""
    try:
        return question()
    except Exception:  # noqa: BLE001  # faults hit this program too, and each backend raises errors of its own
        connection.close()
        return default


def make_due() -> None:
    """Make the next sync due now, like a schedule whose time has come."""

    def change() -> bool:
        return bool(ScheduleRow.objects.filter(pk=ensure_schedule().pk).update(next_run=timezone.now()))

    if not until(lambda: asked(change, False), _ANSWERS_WITHIN_S):
        raise RuntimeError("the schedule can't be changed: the database does not answer")


def is_idle() -> bool:
    """Tell whether no sync is running or queued, and no task waits for a worker."""
    unended = SyncRun.objects.filter(state__in=_UNENDED).exists()
    untaken = OrmQ.objects.filter(lock__lte=timezone.now()).exists()
    return not unended and not untaken


def last_run_id() -> int:
    return SyncRun.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def has_succeeded_since(moment: datetime) -> bool:
    """Tell whether a sync that began after ``moment`` has succeeded."""
    return SyncRun.objects.succeeded().filter(started_at__gt=moment).exists()


def failed_since(run_id: int) -> int:
    return SyncRun.objects.filter(pk__gt=run_id, state=SyncRun.State.FAILED).count()


def is_suspended() -> bool:
    return Suspension.objects.exists()


def runs_since(run_id: int) -> str:
    """Return the runs after this one with their ends, in a few words."""
    rows = SyncRun.objects.filter(pk__gt=run_id).order_by("pk").values_list("state", "error_code")
    return ", ".join(code or state for state, code in rows)


def story_since(run_id: int) -> str:
    """Return the runs after this one with their logs, for a person who looks for the cause."""
    runs = SyncRun.objects.filter(pk__gt=run_id).order_by("pk")
    return "\n".join(
        f"run {run.pk}: {run.trigger}, {run.state} {run.error_code}, started {run.started_at}, "
        f"finished {run.finished_at}, {run.attempt_count} attempts\n{run.log}"
        for run in runs
    )
