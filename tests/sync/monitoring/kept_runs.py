"""Create runs in the database without a sync."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from sync.models import SyncAttempt, SyncRun
from sync.runs import lifecycle

LEASE_S = 45.0


def die() -> None:
    """Create a running run with an expired lease, as a killed process leaves it."""
    claim = lifecycle.claim(SyncRun.Trigger.SCHEDULE, lease_s=LEASE_S)
    SyncRun.objects.filter(pk=claim.run_id).update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))


def keep_run(state: str, *durations_ms: int, **fields: Any) -> SyncRun:
    """Create a run with one attempt per duration."""
    now = timezone.now()
    run = SyncRun.objects.create(
        trigger="schedule", state=state, created_at=now, started_at=now, finished_at=now, **fields
    )
    for number, duration_ms in enumerate(durations_ms, 1):
        SyncAttempt.objects.create(run=run, number=number, started_at=now, duration_ms=duration_ms)
    return run
