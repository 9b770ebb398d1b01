"""The one schedule: how often a sync comes, whether it does, and when the next one is due.

It is a row of django-q2's own table, so that its scheduler starts the syncs. Its ``repeats`` is 0 while off.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone
from django_q.models import Schedule

MIN_MINUTES, MAX_MINUTES = 5, 1440
# One key for all clusters: two that start at once can't make two schedules. Names are not unique there. It is
# far from what the table's own sequence gives out.
_KEY = 1_000_000
# The daily removal of old runs, beside it; at night, when nobody looks at them.
_RETENTION_KEY = _KEY + 1
_RETENTION_TIME = time(3, 15)
_ON, OFF = -1, 0


def ensure_schedule() -> Schedule:
    """Return the schedule, made by whoever asks first; interval and on/off of one that exists stay.

    Raises: ValueError for a setting out of bounds, where it has to be made.
    """
    found = Schedule.objects.filter(pk=_KEY).first()
    if found is not None:
        return found
    minutes = _checked(settings.SYNC_INTERVAL_MINUTES)
    return Schedule.objects.get_or_create(
        pk=_KEY,
        defaults={
            "name": "archibald-sync",
            "func": "sync.tasks.scheduled_sync",
            "schedule_type": Schedule.MINUTES,
            "minutes": minutes,
            "repeats": _ON,
            "next_run": timezone.now() + length(minutes),
        },
    )[0]


def ensure_retention() -> Schedule:
    """Return the schedule of the daily removal of old runs, made by whoever asks first."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    return Schedule.objects.get_or_create(
        pk=_RETENTION_KEY,
        defaults={
            "name": "archibald-sync-retention",
            "func": "sync.tasks.remove_old_runs",
            "schedule_type": Schedule.DAILY,
            "repeats": _ON,
            "next_run": timezone.make_aware(datetime.combine(tomorrow, _RETENTION_TIME)),
        },
    )[0]


def interval_minutes() -> int:
    return int(ensure_schedule().minutes)


def set_interval(minutes: int) -> datetime:
    """Change the interval and return when the next sync comes: that many minutes from now.

    Raises: ValueError.
    """
    next_sync = timezone.now() + length(_checked(minutes))
    _change(minutes=minutes, next_run=next_sync)
    return next_sync


def set_enabled(on: bool) -> None:
    """Turn the schedule on or off; a sync that fell due meanwhile is made up for once, at once."""
    _change(repeats=_ON if on else OFF)


def is_enabled() -> bool:
    return bool(ensure_schedule().repeats != OFF)


def next_run() -> datetime | None:
    """Return when the next scheduled sync comes, or none while the schedule is off."""
    schedule = ensure_schedule()
    return None if schedule.repeats == OFF else schedule.next_run


def _change(**fields: object) -> None:
    Schedule.objects.filter(pk=ensure_schedule().pk).update(**fields)


def _checked(minutes: object) -> int:
    """Raises: ValueError."""
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        raise ValueError("the interval must be a whole number of minutes")
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise ValueError(f"the interval must be {MIN_MINUTES} to {MAX_MINUTES} minutes, not {minutes}")
    return minutes


def is_overdue(by_s: float) -> bool:
    """Tell whether a sync should have been queued more than so many seconds ago; makes no schedule."""
    late = timezone.now() - timedelta(seconds=by_s)
    return bool(Schedule.objects.filter(pk=_KEY, next_run__lt=late).exclude(repeats=OFF).exists())


def move(schedule: Schedule, next_sync: datetime) -> None:
    """Set when the next sync comes, unless somebody has just changed the schedule."""
    unchanged = Schedule.objects.filter(
        pk=schedule.pk, minutes=schedule.minutes, repeats=schedule.repeats, next_run=schedule.next_run
    )
    unchanged.update(next_run=next_sync)


def length(minutes: int) -> timedelta:
    return timedelta(seconds=minutes * settings.SYNC_MINUTE_S)
