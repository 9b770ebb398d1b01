"""The current status of the sync, read from the database since it may run on another host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from sync.formatting import stage_label
from sync.models import SyncRun


@dataclass(frozen=True)
class Status:
    """``state`` is idle, queued or running; ``total`` is 0 if unknown (bytes of a download)."""

    state: str
    message: str
    run_id: int | None = None
    trigger: str | None = None
    requested_by: str | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
    started_at: datetime | None = None

    @property
    def percent(self) -> int | None:
        return min(100, 100 * self.done // self.total) if self.total else None


def current_status(lease_s: float) -> Status:
    """Return what is running or queued, without a running run whose heartbeat is older than its lease."""
    alive = Q(state=SyncRun.State.RUNNING, heartbeat_at__gte=Now() - timedelta(seconds=lease_s))
    queued = Q(state=SyncRun.State.QUEUED)
    # "running" sorts after "queued".
    run = SyncRun.objects.filter(alive | queued).for_list().order_by("-state").first()
    if run is None:
        return Status("idle", _("no sync is running"))
    return Status(
        state=run.state,
        message=_message(run),
        run_id=run.pk,
        trigger=run.trigger,
        requested_by=run.requested_by,
        stage=run.stage,
        done=run.stage_done,
        total=run.stage_total,
        started_at=run.started_at,
    )


def _message(run: SyncRun) -> str:
    if run.state == SyncRun.State.QUEUED:
        return _("waiting to be started")
    return stage_label(run.stage) if run.stage else _("starting")
