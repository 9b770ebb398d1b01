"""What is said of the sync that runs or waits, as the run table knows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from sync.models import SyncRun
from sync.runs import lifecycle
from sync.runs.status import Status, current_status

LEASE_S = 45.0

pytestmark = pytest.mark.django_db


def queued() -> int:
    return lifecycle.queue(SyncRun.Trigger.API, requested_by="carla", lease_s=LEASE_S, queue_s=900)


def test_nothing_runs_before_the_first_sync() -> None:
    assert current_status(LEASE_S) == Status("idle", "no sync is running")


def test_a_queued_run_waits_to_be_started() -> None:
    run_id = queued()
    assert current_status(LEASE_S) == Status(
        "queued", "waiting to be started", run_id=run_id, trigger="api", requested_by="carla"
    )


def test_a_claimed_run_is_starting_until_it_shows_a_stage() -> None:
    claim = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert current_status(LEASE_S).message == "starting"
    assert lifecycle.beat(claim, stage="read", done=3, total=8)
    assert current_status(LEASE_S) == Status(
        "running",
        "reading the report",
        run_id=claim.run_id,
        trigger="cli",
        requested_by="",
        stage="read",
        done=3,
        total=8,
        started_at=SyncRun.objects.get().started_at,
    )


def test_a_running_run_is_shown_before_a_queued_one() -> None:
    claim = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    SyncRun.objects.create(trigger="api", state="queued", created_at=timezone.now())
    assert current_status(LEASE_S).run_id == claim.run_id


def test_a_run_whose_lease_has_expired_is_not_shown() -> None:
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    SyncRun.objects.update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))
    assert current_status(LEASE_S).state == "idle"


def test_a_run_that_has_just_ended_is_not_shown() -> None:
    lifecycle.succeed(lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S))
    assert current_status(LEASE_S).state == "idle"


@pytest.mark.parametrize(
    ("done", "total", "percent"),
    [(0, 0, None), (0, 3, 0), (2, 3, 66), (3, 3, 100), (9, 3, 100)],
)
def test_the_share_that_is_done_is_at_most_all(done: int, total: int, percent: int | None) -> None:
    assert Status("running", "", done=done, total=total).percent == percent
