"""Remove old runs with their attempts, logs, screenshots and traces. Customers' changes are kept."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone

from sync.models import SyncAttempt, SyncRun
from sync.runs import artifacts

logger = logging.getLogger(__name__)

# Runs per transaction, so that a large table is not locked for long.
_BATCH = 500


def remove_old_runs(days: int, artifacts_dir: Path) -> int:
    """Remove the runs that ended more than ``days`` days ago; return how many.

    The newest run that applied a list is always kept, since the next list's layout is compared with it.
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


def _old(before: datetime) -> QuerySet[SyncRun]:
    newest = SyncRun.objects.real().succeeded().values_list("pk", flat=True)[:1]
    old = SyncRun.objects.ended().filter(finished_at__lt=before).order_by("pk")
    return old.exclude(pk__in=list(newest))
