"""What is shown of a sync while it runs, and when it ends early."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from scripts.erp_simulator.world import SimCustomer
from sync.errors import LeaseLost, Stopped
from sync.models import SyncRun
from sync.runs import lifecycle
from sync.runs.heartbeat import Heartbeat
from sync.runs.lifecycle import Claim
from sync.runs.progress import Progress
from sync.runs.status import current_status
from sync.runs.steps import Steps
from tests.conftest import DrawList
from tests.sync.sync_once import sync_file
from tests.waiting import wait_until

LEASE_S = 45.0

pytestmark = pytest.mark.django_db


def beating(claim: Claim | None = None) -> Heartbeat:
    """Return a heartbeat, by default of a run that does not exist."""
    return Heartbeat(claim or Claim(4711, uuid4(), LEASE_S), 0.01, 0.01)


def steps_of(
    heartbeat: Heartbeat, shown: list[Progress] | None = None, stop: Callable[[], bool] = lambda: False
) -> Steps:
    return Steps(heartbeat, ([] if shown is None else shown).append, stop)


def test_the_pages_that_are_read_are_shown_as_progress(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    seen: list[Progress] = []
    sync_file(draw_list(people), is_dry=True, on_progress=seen.append)
    pages = [progress.done for progress in seen if progress.stage == "read" and progress.total]
    total = {progress.total for progress in seen if progress.stage == "read"} - {0}
    assert total == {pages[-1]}
    assert pages == sorted(pages)


def test_stages_and_pages_are_shown_in_their_order() -> None:
    shown: list[Progress] = []
    steps, stages = steps_of(beating(), shown), {"login": 3}
    with steps.timed("read", stages):
        steps.show_page(2, 8)
    assert shown == [Progress("read"), Progress("read", 2, 8)]
    assert (stages["login"], stages["read"] >= 0) == (3, True)


@pytest.mark.django_db(transaction=True)
def test_what_is_shown_is_stored_by_the_heartbeat() -> None:
    with beating(lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)) as heartbeat:
        steps_of(heartbeat).show_page(2, 8)
        wait_until(lambda: current_status(LEASE_S).done == 2)


def test_a_stage_that_fails_is_timed_too() -> None:
    stages: dict[str, int] = {}
    with pytest.raises(Stopped), steps_of(beating()).timed("read", stages):
        raise Stopped("enough")
    assert set(stages) == {"read"}


def test_a_stage_begins_at_a_time_of_the_monotonic_clock() -> None:
    before_s = time.monotonic()
    assert before_s <= steps_of(beating()).begin("apply") <= time.monotonic()


def test_a_wait_is_shown_second_by_second_and_takes_that_long() -> None:
    shown: list[Progress] = []
    started_s = time.monotonic()
    steps_of(beating(), shown).wait(2.9)
    assert time.monotonic() - started_s >= 2.9
    assert shown[0] == Progress("waiting", 0, 3)
    seconds = [progress.done for progress in shown]
    assert seconds == sorted(seconds)
    # A busy machine may pass over a second.
    assert 1 <= seconds[-1] <= 2


def test_a_sync_that_is_asked_to_stop_says_so_at_its_next_step() -> None:
    steps = steps_of(beating(), stop=lambda: True)
    assert steps.is_over()
    for step in (lambda: steps.begin("read"), lambda: steps.show_page(1, 2), lambda: steps.wait(3600)):
        with pytest.raises(Stopped, match=r"^the sync was asked to stop; nothing was written$"):
            step()
    # Only what was lost or cancelled is a reason of its own.
    steps.check_claim()


def test_a_sync_that_nobody_stops_goes_on() -> None:
    steps = steps_of(beating())
    assert not steps.is_over()
    steps.check()


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_sync_stops_and_names_who_cancelled_it() -> None:
    claim = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    lifecycle.cancel(by="carla", lease_s=LEASE_S)
    with beating(claim) as heartbeat:
        steps = steps_of(heartbeat)
        wait_until(steps.is_over)
        with pytest.raises(Stopped, match="cancelled by carla"):
            steps.check()


@pytest.mark.django_db(transaction=True)
def test_a_sync_whose_lease_was_lost_ends() -> None:
    with beating() as heartbeat:
        steps = steps_of(heartbeat)
        wait_until(steps.is_over)
        with pytest.raises(LeaseLost):
            steps.check()
