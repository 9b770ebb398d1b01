"""Old runs go, with attempts, logs, screenshots and traces; what they changed in customers stays."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone

from sync.models import SyncAttempt, SyncRun
from sync.runs import artifacts

logger = logging.getLogger(__name__)

_ENDED = (
    SyncRun.State.SUCCEEDED,
    SyncRun.State.FAILED,
    SyncRun.State.REJECTED,
    SyncRun.State.ABANDONED,
)
# So many at once: a table that has grown for years is not locked for long.
_BATCH = 500


def remove_old_runs(days: int, artifacts_dir: Path) -> int:
    """Remove the runs that ended more than so many days ago; return how many.

    The newest run that wrote a list stays, however old: the next list's layout is compared with its.
    """
    before = timezone.now() - timedelta(days=days)
    removed = 0
    while batch := list(_old(before).values_list("pk", "screenshot", "trace")[:_BATCH]):
        # Files first: a run without its file is seen for what it is, a file without its run is never found.
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
    newest = SyncRun.objects.filter(state=SyncRun.State.SUCCEEDED, is_dry=False).values("pk")[:1]
    old = SyncRun.objects.filter(state__in=_ENDED, finished_at__lt=before).order_by("pk")
    return old.exclude(pk__in=list(newest.values_list("pk", flat=True)))
