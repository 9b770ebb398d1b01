"""Queue a sync: on schedule, at the cluster's start, for a person, or after a run whose process died.

The cluster's parent process calls this every second, in place of django-q2's sentinel.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django_q.scheduler import scheduler
from django_q.tasks import async_task

from sync.models import SyncRun
from sync.runs import lifecycle
from sync.scheduling.schedule import (
    current_schedule,
    ensure_retention,
    has_begun_within,
    restart_interval,
    retention_is_due,
)

# The task of a run that was queued a moment ago is about to be taken.
_PICKUP_S = 5


def start_what_is_due() -> bool:
    """Queue a sync if one is due, and the daily removal of old runs; return whether a sync is due.

    Also keeps the next one at most an interval away, in case only the interval was changed in the database.
    """
    planned, now = current_schedule(), timezone.now()
    if planned.next_run is not None and planned.next_run > now + planned.interval:
        restart_interval(planned)
        # Perhaps the clock was set back.
        ensure_retention()
    is_sync_due = planned.next_run is not None and planned.next_run < now and not came_too_soon()
    if is_sync_due or retention_is_due():
        scheduler()
    return is_sync_due


def came_too_soon() -> bool:
    """Return whether a scheduled sync began less than half an interval ago.

    If the clocks of two hosts differ by more than an interval, each cluster moves the other's next sync, and
    the one that is ahead would sync without a pause.
    """
    return has_begun_within(current_schedule().interval / 2)


def start_startup_sync(started_ago: timedelta) -> bool:
    """Queue the first sync of a cluster that started some time ago; return False while another sync runs.

    The next scheduled one is moved an interval away, so that this one makes up for all that fell due while no
    cluster was up. None is queued if a sync has succeeded since: another cluster has started too.
    """
    if SyncRun.objects.filter(state=SyncRun.State.RUNNING).exists():
        return False
    # By the database's clock, which set the end. One of the future is from before it was set back.
    since = SyncRun.objects.counted().succeeded().filter(finished_at__gt=Now() - started_ago)
    if since.filter(finished_at__lte=Now()).exists():
        return True
    planned = current_schedule()
    if planned.enabled:
        restart_interval(planned)
    async_task("sync.tasks.startup_sync")
    return True


def take_over_dead_runs(lease_s: float) -> bool:
    """Mark runs whose process died as abandoned and queue one sync in their place; return whether.

    Stop after two crashes in a row: the list itself may be what crashes the process.
    """
    if not lifecycle.stale_runs(lease_s).exists():
        # Asked every second: without a transaction, SQLite's lock is left to others.
        return False
    # Together: nothing else queues the sync once the run is abandoned.
    with transaction.atomic():
        if not lifecycle.abandon_stale(lease_s):
            return False
        states = list(SyncRun.objects.exclude(state=SyncRun.State.QUEUED).values_list("state", flat=True)[:2])
        if states.count(SyncRun.State.ABANDONED) > 1:
            return False
        async_task("sync.tasks.replacement_sync")
    return True


def queue_sync(trigger: str, requested_by: str, *, is_dry: bool = False) -> int:
    """Queue a sync that a person asked for and return its run's id; a dry one writes no customers.

    Raises: AlreadyRunning, if one is running or queued.
    """
    with transaction.atomic():
        run_id = lifecycle.queue(
            trigger,
            requested_by=requested_by,
            is_dry=is_dry,
            lease_s=settings.SYNC_LEASE_S,
            queue_s=settings.SYNC_QUEUE_S,
        )
        offer(run_id)
    return run_id


def offer(run_id: int) -> None:
    """Queue a task for a queued run; a second one for the same run does nothing."""
    async_task("sync.tasks.queued_sync", run_id)


def waiting_run() -> int | None:
    """Return the queued run that no worker has taken for some seconds, unless another run is running."""
    if SyncRun.objects.filter(state=SyncRun.State.RUNNING).exists():
        return None
    # By the database's clock: a host whose clock is ahead queues tasks that no worker takes until then. A run
    # of the future is from before the database's clock was set back.
    is_waiting = Q(created_at__lt=Now() - timedelta(seconds=_PICKUP_S)) | Q(created_at__gt=Now())
    queued = SyncRun.objects.filter(is_waiting, state=SyncRun.State.QUEUED)
    return queued.values_list("pk", flat=True).first()
