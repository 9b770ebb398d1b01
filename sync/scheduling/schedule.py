"""The one schedule: whether syncs start by themselves, how often, and when the next one is due.

It is a row of django-q2's own table, so that its scheduler queues the syncs. Its ``repeats`` is 0 while off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_q.models import Schedule as ScheduleRow

from sync.models import SyncRun

MIN_MINUTES, MAX_MINUTES = 5, 1440
# In English for the log; REST and forms translate it.
INTERVAL_ERROR = gettext_noop("Enter a whole number of minutes, from 5 to 1440 (one day).")
# A fixed key, since names are not unique in this table: clusters that start at once create one row. It is far
# above the keys that the table's own sequence gives out.
_KEY = 1_000_000
# The daily removal of old runs, at night.
_RETENTION_KEY = _KEY + 1
_RETENTION_TIME = time(3, 15)
_ON, _OFF = -1, 0


@dataclass(frozen=True)
class Schedule:
    """The schedule as it was when it was read; ``next_run`` is None while it is off."""

    enabled: bool
    interval_minutes: int
    next_run: datetime | None

    @property
    def interval(self) -> timedelta:
        return _length(self.interval_minutes)


def current_schedule() -> Schedule:
    """Return the schedule, and create it if it is missing: its next run must not move between two reads.

    Raises: ValueError, as `ensure_schedule`.
    """
    row = ensure_schedule()
    enabled = row.repeats != _OFF
    return Schedule(enabled, row.minutes, row.next_run if enabled else None)


def ensure_schedule() -> ScheduleRow:
    """Return the schedule's row; create it if it is missing, and leave one that exists as it is.

    Raises: ValueError, if it has to be created and the interval in the settings is out of bounds.
    """
    found = ScheduleRow.objects.filter(pk=_KEY).first()
    if found is not None:
        return found
    minutes = _checked(settings.SYNC_INTERVAL_MINUTES)
    return ScheduleRow.objects.get_or_create(
        pk=_KEY,
        defaults={
            "name": "archibald-sync",
            "func": "sync.tasks.scheduled_sync",
            "schedule_type": ScheduleRow.MINUTES,
            "minutes": minutes,
            "repeats": _ON,
            "next_run": timezone.now() + _length(minutes),
        },
    )[0]


def ensure_retention() -> ScheduleRow:
    """Return the row that schedules the daily removal of old runs; create it if it is missing.

    One that is due later than the next night is from before the clock was set back.
    """
    tomorrow = timezone.localdate() + timedelta(days=1)
    next_run = timezone.make_aware(datetime.combine(tomorrow, _RETENTION_TIME))
    ScheduleRow.objects.filter(pk=_RETENTION_KEY, next_run__gt=next_run).update(next_run=next_run)
    return ScheduleRow.objects.get_or_create(
        pk=_RETENTION_KEY,
        defaults={
            "name": "archibald-sync-retention",
            "func": "sync.tasks.remove_old_runs",
            "schedule_type": ScheduleRow.DAILY,
            "repeats": _ON,
            "next_run": next_run,
        },
    )[0]


def retention_is_due() -> bool:
    return bool(ScheduleRow.objects.filter(pk=_RETENTION_KEY, next_run__lt=timezone.now()).exists())


def set_interval(minutes: int) -> datetime:
    """Change the interval and return when the next sync is due: that many minutes from now.

    Raises: ValueError.
    """
    next_run = timezone.now() + _length(_checked(minutes))
    _change(minutes=minutes, next_run=next_run)
    return next_run


def set_enabled(on: bool) -> None:
    """Turn the schedule on or off; turned on, one sync starts at once if any fell due while it was off."""
    _change(repeats=_ON if on else _OFF)


def restart_interval(seen: Schedule) -> None:
    """Set the next sync one interval from now, unless the schedule has changed since it was read."""
    unchanged = ScheduleRow.objects.filter(
        pk=_KEY, minutes=seen.interval_minutes, next_run=seen.next_run
    ).exclude(repeats=_OFF)
    unchanged.update(next_run=timezone.now() + seen.interval)


def has_begun_within(time_span: timedelta) -> bool:
    """Return whether a scheduled sync began so recently, by the database's clock.

    A sync that was cut off does not count, nor one of the future, from before the clock was set back.
    """
    begun = SyncRun.objects.filter(
        trigger=SyncRun.Trigger.SCHEDULE, created_at__gt=Now() - time_span, created_at__lt=Now() + time_span
    )
    return begun.exclude(state=SyncRun.State.ABANDONED).exists()


def is_overdue(by_s: float) -> bool:
    """Tell whether a sync should have been queued more than so many seconds ago. Never creates the row.

    This host's clock may be ahead of the cluster's: while the last sync began less than an interval ago, the
    schedule is not overdue. So one whose last sync began late is found overdue later, by an interval at most.
    """
    by = timedelta(seconds=by_s)
    late = ScheduleRow.objects.filter(pk=_KEY, next_run__lt=timezone.now() - by).exclude(repeats=_OFF)
    row = late.first()
    return row is not None and not has_begun_within(_length(row.minutes) + by)


def _change(**fields: object) -> None:
    ScheduleRow.objects.filter(pk=ensure_schedule().pk).update(**fields)


def _checked(minutes: int) -> int:
    """Raises: ValueError."""
    is_whole = isinstance(minutes, int) and not isinstance(minutes, bool)
    if not is_whole or not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise ValueError(INTERVAL_ERROR)
    return minutes


def _length(minutes: int) -> timedelta:
    return timedelta(seconds=minutes * settings.SYNC_MINUTE_S)
