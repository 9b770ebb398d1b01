"""When a sync is due: the one schedule, and the runs that wait for their turn.

The schedule is a row of django-q2's own table, so that its scheduler starts the syncs. Being off is its
``repeats`` of 0. django-q2 looks at its table every 30 s; the cluster's parent process does so every second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler
from django_q.tasks import async_task

from sync.models import SyncRun
from sync.runs import lifecycle

MIN_MINUTES, MAX_MINUTES = 5, 1440
# One key for all clusters: two that start at once can't make two schedules. Names are not unique there. It is
# far from what the table's own sequence gives out.
_KEY = 1_000_000
# The daily removal of old runs, beside it; at night, when nobody looks at them.
_RETENTION_KEY = _KEY + 1
_RETENTION_TIME = time(3, 15)
_ON, _OFF = -1, 0
_OVERDUE_S = 90
_SIGN_OF_LIFE_KEY = "sync.cluster"
_SIGN_OF_LIFE_S = 60
# A run that was queued a moment ago has its task on the way.
_ON_THE_WAY_S = 5


@dataclass(frozen=True)
class ClusterHealth:
    """Whether syncs are attended to; the reason is empty where they are."""

    ok: bool
    reason: str = ""


# --- the schedule --------------------------------------------------------------------------------------


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
            "next_run": timezone.now() + _length(minutes),
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
    next_sync = timezone.now() + _length(_checked(minutes))
    _change(minutes=minutes, next_run=next_sync)
    return next_sync


def set_enabled(on: bool) -> None:
    """Turn the schedule on or off; a sync that fell due meanwhile is made up for once, at once."""
    _change(repeats=_ON if on else _OFF)


def is_enabled() -> bool:
    return bool(ensure_schedule().repeats != _OFF)


def next_run() -> datetime | None:
    """Return when the next scheduled sync comes, or none while the schedule is off."""
    schedule = ensure_schedule()
    return None if schedule.repeats == _OFF else schedule.next_run


def _change(**fields: object) -> None:
    Schedule.objects.filter(pk=ensure_schedule().pk).update(**fields)


def _checked(minutes: object) -> int:
    """Raises: ValueError."""
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        raise ValueError("the interval must be a whole number of minutes")
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise ValueError(f"the interval must be {MIN_MINUTES} to {MAX_MINUTES} minutes, not {minutes}")
    return minutes


def _length(minutes: int) -> timedelta:
    return timedelta(seconds=minutes * settings.SYNC_MINUTE_S)


# --- what the cluster's parent process does ------------------------------------------------------------


def start_what_is_due() -> bool:
    """Queue a sync if one is due; return whether.

    The next one is never further away than the interval, however that was changed.
    """
    schedule, now = ensure_schedule(), timezone.now()
    if schedule.repeats == _OFF:
        return False
    furthest = now + _length(schedule.minutes)
    if schedule.next_run > furthest:
        _move(schedule, furthest)
    if schedule.next_run >= now:
        return False
    scheduler()
    return True


def start_startup_sync(since: datetime) -> bool:
    """Queue the first sync of a cluster that started at ``since``; return False while another sync runs.

    The next one comes an interval later, so it makes up for whatever fell due while no cluster was up. None
    is queued where a sync has succeeded since: another cluster has started too.
    """
    if SyncRun.objects.filter(state=SyncRun.State.RUNNING).exists():
        return False
    if SyncRun.objects.filter(state=SyncRun.State.SUCCEEDED, is_dry=False, finished_at__gt=since).exists():
        return True
    schedule = ensure_schedule()
    if schedule.repeats != _OFF:
        _move(schedule, timezone.now() + _length(schedule.minutes))
    async_task("sync.tasks.startup_sync")
    return True


def _move(schedule: Schedule, next_sync: datetime) -> None:
    """Set when the next sync comes, unless somebody has just changed the schedule."""
    unchanged = Schedule.objects.filter(
        pk=schedule.pk, minutes=schedule.minutes, repeats=schedule.repeats, next_run=schedule.next_run
    )
    unchanged.update(next_run=next_sync)


def take_over_dead_runs(lease_s: float) -> bool:
    """Mark runs whose process died, and queue a sync in place of the last; return whether.

    Not if the one before it died too: a list that kills its reader would be read for ever.
    """
    if not lifecycle.abandon_stale(lease_s):
        return False
    states = list(SyncRun.objects.exclude(state=SyncRun.State.QUEUED).values_list("state", flat=True)[:2])
    if states.count(SyncRun.State.ABANDONED) > 1:
        return False
    async_task("sync.tasks.scheduled_sync")
    return True


def note_sign_of_life() -> None:
    """Note in the cache that a cluster is up and well."""
    cache.set(_SIGN_OF_LIFE_KEY, True, _SIGN_OF_LIFE_S)


def note_end_of_life() -> None:
    """Take the sign back: a cluster ends. Another one, if there is one, gives its own within a second."""
    cache.delete(_SIGN_OF_LIFE_KEY)


# --- runs that a person asked for ----------------------------------------------------------------------


def queue_sync(trigger: str, requested_by: str) -> int:
    """Queue a sync now and return its run's id.

    Raises: AlreadyRunning, where one is running or queued.
    """
    with transaction.atomic():
        run_id = lifecycle.queue(
            trigger, requested_by=requested_by, lease_s=settings.SYNC_LEASE_S, queue_s=settings.SYNC_QUEUE_S
        )
        offer(run_id)
    return run_id


def offer(run_id: int) -> None:
    """Queue the task that takes a queued run up; a second one for the same run does nothing."""
    async_task("sync.tasks.queued_sync", run_id)


def waiting_run() -> int | None:
    """Return the queued run that nothing hinders and nobody has taken up for some seconds."""
    if SyncRun.objects.filter(state=SyncRun.State.RUNNING).exists():
        return None
    since = timezone.now() - timedelta(seconds=_ON_THE_WAY_S)
    queued = SyncRun.objects.filter(state=SyncRun.State.QUEUED, created_at__lt=since)
    return queued.values_list("pk", flat=True).first()


# --- is the cluster well? ------------------------------------------------------------------------------


def cluster_health() -> ClusterHealth:
    """Say whether syncs are attended to, from any process.

    django-q2's own statistics say "Working" of a cluster that is stuck: so this looks at what was not done.
    """
    for reason in (_silence(), _overdue(), _untaken()):
        if reason:
            return ClusterHealth(False, reason)
    return ClusterHealth(True)


def oldest_untaken_task() -> tuple[int, float] | None:
    """Return key and age in seconds of the task that has waited longest for a worker, if any waits."""
    now = timezone.now()
    waiting = OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lte=now)
    oldest = waiting.order_by("lock").values_list("pk", "lock").first()
    return None if oldest is None else (oldest[0], (now - oldest[1]).total_seconds())


def _silence() -> str:
    if cache.get(_SIGN_OF_LIFE_KEY):
        return ""
    return f"no cluster has given a sign of life for {_SIGN_OF_LIFE_S} s: is `manage.py qcluster` running?"


def _overdue() -> str:
    late = timezone.now() - timedelta(seconds=_OVERDUE_S)
    due = Schedule.objects.filter(pk=_KEY, next_run__lt=late).exclude(repeats=_OFF)
    return f"the schedule is overdue by more than {_OVERDUE_S} s" if due.exists() else ""


def _untaken() -> str:
    oldest = oldest_untaken_task()
    if oldest is None or oldest[1] <= _OVERDUE_S:
        return ""
    return f"a task has waited for {oldest[1]:.0f} s and no worker took it"
