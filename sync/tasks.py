"""What the cluster's workers do.

django-q2 delivers a task at least once. That is harmless: the run's claim decides, not the task.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock

from django.conf import settings

from sync.config import sync_config
from sync.errors import AlreadyRunning
from sync.models import SyncRun
from sync.monitoring import suspension
from sync.pipeline import Result, run_claimed, run_sync
from sync.runs import lifecycle, retention
from sync.scheduling.flags import SharedFlag
from sync.scheduling.schedule import current_schedule
from sync.sources import ErpSource

logger = logging.getLogger(__name__)

# Set by the cluster's parent process, seen by the syncs in its workers.
stop = SharedFlag()
_syncing = Lock()


def scheduled_sync() -> str:
    """Sync because the schedule says so, unless it is off or suspended."""
    return _sync_unless_paused(SyncRun.Trigger.SCHEDULE)


def startup_sync() -> str:
    """Sync because the cluster has started, unless the schedule is off or suspended."""
    return _sync_unless_paused(SyncRun.Trigger.STARTUP)


def queued_sync(run_id: int) -> str:
    """Sync because a person asked, whatever the schedule says.

    While another sync runs, the run stays queued: the cluster offers it again.
    """
    return _outcome(lambda: _claim_and_run(run_id))


def remove_old_runs() -> str:
    """Remove the runs that are older than staff wish to keep."""
    removed = retention.remove_old_runs(settings.SYNC_HISTORY_DAYS, settings.ARTIFACTS_DIR)
    return f"{removed} old runs removed"


def wait_for_end(within_s: float) -> bool:
    """Return whether the sync of this process, if it has one, ended within the time."""
    return _syncing.acquire(timeout=within_s)


def _sync_unless_paused(trigger: SyncRun.Trigger) -> str:
    config = sync_config()
    if not current_schedule().enabled:
        return _said("no sync: the schedule is off")
    if suspended := suspension.current(config):
        return _said(f"no sync: scheduled runs are suspended: {suspended.error_message}")
    return _outcome(lambda: run_sync(ErpSource(config.erp), config, trigger=trigger, stop=stop.is_set))


def _claim_and_run(run_id: int) -> Result | None:
    config = sync_config()
    claim = lifecycle.claim_queued(run_id, lease_s=config.lease_s)
    if claim is None:
        return None
    return run_claimed(claim, ErpSource(config.erp), config, stop=stop.is_set)


def _outcome(sync: Callable[[], Result | None]) -> str:
    """Sync, and return in words what came of it: the run itself is where that is kept."""
    if stop.is_set():
        return _said("no sync: the cluster is stopping")
    with _syncing:
        try:
            result = sync()
        except AlreadyRunning as busy:
            return _said(f"no sync: {busy.message}")
    if result is None:
        return _said("no sync: the run was taken up before")
    return f"run {result.run_id} {result.state}"


def _said(text: str) -> str:
    logger.info(text)
    return text
