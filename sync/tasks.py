"""The tasks that the cluster's workers run.

django-q2 may deliver a task twice. That is harmless, since only one delivery can claim the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock

from django.conf import settings

from access import retention as access_retention
from customers import actions
from sync.config import sync_config
from sync.errors import AlreadyRunning
from sync.models import SyncRun
from sync.monitoring import alerts, metrics, suspension
from sync.pipeline import run_claimed, run_sync
from sync.runs import lifecycle, retention
from sync.runs.outcome import Result
from sync.scheduling import dispatch, task_records
from sync.scheduling.flags import SharedFlag
from sync.scheduling.schedule import current_schedule
from sync.sources import ErpSource

logger = logging.getLogger(__name__)

# Set by the cluster's parent process, and read by the syncs in its workers.
stop = SharedFlag()
_syncing = Lock()


def scheduled_sync() -> str:
    """Sync on schedule, unless the schedule is off or suspended, or a sync has just begun."""
    if dispatch.came_too_soon():
        return _log("no sync: the last scheduled one began a moment ago; do the hosts' clocks differ?")
    return _sync_unless_paused(SyncRun.Trigger.SCHEDULE)


def replacement_sync() -> str:
    """Sync in place of a run whose process died, unless the schedule is off or suspended."""
    return _sync_unless_paused(SyncRun.Trigger.SCHEDULE)


def startup_sync() -> str:
    """Sync at the cluster's start, unless the schedule is off or suspended."""
    return _sync_unless_paused(SyncRun.Trigger.STARTUP)


def queued_sync(run_id: int) -> str:
    """Sync at a person's request, even while the schedule is off or suspended.

    If another sync is running, the run stays queued, and the cluster queues another task for it later.
    """
    return _outcome(lambda: _claim_and_run(run_id))


def remove_old_runs() -> str:
    """Remove everything that is older than its setting: the nightly task."""
    retention.reject_old_lists(settings.SYNC_HELD_DAYS)
    retention.remove_old_artifacts(settings.SYNC_ARTIFACTS_DAYS, settings.ARTIFACTS_DIR)
    try:
        removed = retention.remove_old_runs(settings.SYNC_HISTORY_DAYS, settings.ARTIFACTS_DIR)
    finally:
        # The removed runs count no more.
        metrics.forget()
    alerts.remove_old(settings.SYNC_HISTORY_DAYS)
    actions.remove_old(settings.ACTION_LOG_DAYS)
    task_records.remove_old(settings.SYNC_HISTORY_DAYS)
    access_retention.remove_expired()
    return f"{removed} old runs removed"


def wait_for_end(within_s: float) -> bool:
    """Wait for the sync in this process, if any; return whether it ended within ``within_s`` seconds."""
    return _syncing.acquire(timeout=within_s)


def _sync_unless_paused(trigger: SyncRun.Trigger) -> str:
    config = sync_config()
    if not current_schedule().enabled:
        return _log("no sync: the schedule is off")
    if remaining := suspension.end_if_over(config):
        # No run does it meanwhile.
        alerts.catch_up(alerts.Channels(config.alert_urls, config.alert_timeout_s))
        return _log(f"no sync: scheduled runs are suspended: {remaining.error_message}")
    return _outcome(
        lambda: run_sync(ErpSource(config.erp, config.limits), config, trigger=trigger, stop=stop.is_set)
    )


def _claim_and_run(run_id: int) -> Result | None:
    config = sync_config()
    claim = lifecycle.claim_queued(run_id, lease_s=config.lease_s)
    if claim is None:
        return None
    return run_claimed(claim, ErpSource(config.erp, config.limits), config, stop=stop.is_set)


def _outcome(sync: Callable[[], Result | None]) -> str:
    """Sync, and return the outcome as a log message; the details are stored with the run."""
    if stop.is_set():
        return _log("no sync: the cluster is stopping")
    with _syncing:
        try:
            result = sync()
        except AlreadyRunning as busy:
            return _log(f"no sync: {busy.message}")
    if result is None:
        return _log("no sync: the run was taken up before")
    return f"run {result.run_id} {result.state}"


def _log(text: str) -> str:
    logger.info(text)
    return text
