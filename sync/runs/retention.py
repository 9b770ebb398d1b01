"""Remove what is old: runs with attempts and logs, screenshots and traces, held lists.

Customers' changes are kept.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone

from sync.models import SyncAttempt, SyncRun
from sync.runs import artifacts, lifecycle

logger = logging.getLogger(__name__)

# Runs per transaction, so that a large table is not locked for long.
_BATCH = 500


def remove_old_runs(days: int, artifacts_dir: Path) -> int:
    """Remove the runs that ended more than ``days`` days ago; return how many.

    The newest run that applied a list is always kept, and the newest one whose list came from the ERP: the
    next list's layout and source are compared with theirs.
    """
    before = timezone.now() - timedelta(days=days)
    removed = 0
    while batch := list(_old(before).values_list("pk", "screenshot", "trace")[:_BATCH]):
        # Delete the files first: without the run, their names are lost.
        run_ids = [pk for pk, *_ in batch]
        tried = SyncAttempt.objects.filter(run__in=run_ids).values_list("pk", "screenshot", "trace")
        for _, *names in [*batch, *tried]:
            artifacts.remove(names, artifacts_dir)
        SyncRun.objects.filter(pk__in=run_ids).delete()
        removed += len(batch)
    if removed:
        logger.info("%d runs that ended more than %d days ago removed", removed, days)
    return removed


def remove_old_artifacts(days: int, artifacts_dir: Path) -> None:
    """Remove screenshots and traces that are more than ``days`` days old, and their names in the database."""
    artifacts.remove_older(artifacts_dir, days)
    before = timezone.now() - timedelta(days=days)
    artifacts.forget(
        SyncRun.objects.filter(created_at__lt=before), SyncAttempt.objects.filter(started_at__lt=before)
    )


def reject_old_lists(days: int) -> None:
    """Reject the held lists on which nobody has decided for ``days`` days, and remove their files."""
    if rejected := lifecycle.reject_older(days):
        logger.info("%d held list(s) older than %d days rejected", rejected, days)


def _old(before: datetime) -> QuerySet[SyncRun]:
    applied = SyncRun.objects.real().succeeded().values_list("pk", flat=True)
    kept = [*applied[:1], *applied.exclude(seen={})[:1]]
    old = SyncRun.objects.ended().filter(finished_at__lt=before).order_by("pk")
    return old.exclude(pk__in=kept)
