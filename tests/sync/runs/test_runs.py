"""The life cycle of a run: one runs at a time, it ends once, and nothing is written without the lease."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.functions import Now
from django.utils import timezone

from sync.errors import AlreadyRunning, ErpTimeout, LeaseLost, ListHeld, ListNotHeld, ListSuperseded
from sync.models import HeldList, SyncAttempt, SyncRun
from sync.runs import lifecycle
from sync.runs.heartbeat import Heartbeat
from sync.runs.lifecycle import Attempt, Claim
from sync.runs.progress import Progress
from sync.runs.status import current_status
from tests.log_lines import logged_with_traceback
from tests.waiting import wait_until

LEASE_S = 45.0
CLI = SyncRun.Trigger.CLI
REASONS = [{"code": "list_too_short", "message": "the list has 1 customer where 10 are active"}]

HELD = ListHeld("list_too_short", "the list has 1 customer where 10 are active")

pytestmark = pytest.mark.django_db


def claimed() -> Claim:
    return lifecycle.claim(CLI, requested_by="carla", lease_s=LEASE_S)


def state_of(claim: Claim) -> str:
    return SyncRun.objects.get(pk=claim.run_id).state


def expire_lease(claim: Claim) -> None:
    SyncRun.objects.filter(pk=claim.run_id).update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))


def held() -> Claim:
    claim = claimed()
    lifecycle.hold(claim, error=HELD, file=b"%PDF", reasons=REASONS, changes=[])
    return claim


def test_a_second_claim_is_refused_while_one_runs() -> None:
    claimed()
    with pytest.raises(AlreadyRunning):
        claimed()
    assert SyncRun.objects.count() == 1


def test_a_run_can_be_claimed_after_the_last_one_has_ended() -> None:
    lifecycle.succeed(claimed())
    assert state_of(claimed()) == "running"


@pytest.mark.django_db(transaction=True)
def test_of_many_simultaneous_claims_one_wins() -> None:
    barrier = Barrier(8)

    def attempt() -> bool:
        barrier.wait()
        try:
            claimed()
        except AlreadyRunning:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [future.result() for future in [pool.submit(attempt) for _ in range(8)]]
    assert won.count(True) == 1


def test_a_run_without_a_heartbeat_is_taken_over() -> None:
    stale = claimed()
    expire_lease(stale)
    claimed()
    assert state_of(stale) == "abandoned"


def test_a_run_with_a_heartbeat_is_not_taken_over() -> None:
    alive = claimed()
    expire_lease(alive)
    assert lifecycle.beat(alive, stage="read", done=1, total=2)
    with pytest.raises(AlreadyRunning):
        claimed()


def test_a_run_whose_lease_was_taken_over_can_not_commit() -> None:
    stale = claimed()
    expire_lease(stale)
    claimed()
    with pytest.raises(LeaseLost):
        lifecycle.fence(stale)


@pytest.mark.parametrize("end", ["succeed", "fail", "hold"])
def test_a_run_whose_lease_was_taken_over_can_not_end_itself(end: str) -> None:
    stale = claimed()
    expire_lease(stale)
    claimed()
    ends = {
        "succeed": lambda: lifecycle.succeed(stale),
        "fail": lambda: lifecycle.fail(stale, ErpTimeout("too late")),
        "hold": lambda: lifecycle.hold(stale, error=HELD, file=b"", reasons=REASONS, changes=[]),
    }
    with pytest.raises(LeaseLost):
        ends[end]()
    assert state_of(stale) == "abandoned"


def test_a_run_ends_only_once() -> None:
    claim = claimed()
    lifecycle.succeed(claim)
    with pytest.raises(LeaseLost):
        lifecycle.fail(claim, ErpTimeout("again"))
    assert state_of(claim) == "succeeded"


def test_a_held_run_does_not_block_other_runs() -> None:
    held()
    assert state_of(claimed()) == "running"


def test_a_held_run_keeps_its_file_until_it_is_rejected() -> None:
    claim = held()
    assert bytes(HeldList.objects.get(run_id=claim.run_id).file) == b"%PDF"
    lifecycle.reject(claim.run_id, by="carla")
    assert state_of(claim) == "rejected"
    assert not HeldList.objects.exists()


def test_a_decision_can_not_be_made_twice() -> None:
    claim = held()
    lifecycle.reject(claim.run_id, by="carla")
    with pytest.raises(ListNotHeld):
        lifecycle.claim_held(claim.run_id, lease_s=LEASE_S)
    with pytest.raises(ListNotHeld):
        lifecycle.reject(claim.run_id, by="carla")


def test_a_held_list_older_than_the_last_applied_one_is_not_approved() -> None:
    claim = held()
    lifecycle.succeed(claimed())
    with pytest.raises(ListSuperseded):
        lifecycle.claim_held(claim.run_id, lease_s=LEASE_S)


def test_of_two_held_runs_only_the_approved_one_is_claimed() -> None:
    one, other = held(), held()
    lifecycle.claim_held(one.run_id, lease_s=LEASE_S)
    assert (state_of(one), state_of(other)) == ("running", "held")


def test_who_held_a_run_can_not_commit_once_it_is_approved() -> None:
    claim = held()
    lifecycle.claim_held(claim.run_id, lease_s=LEASE_S)
    with pytest.raises(LeaseLost):
        lifecycle.fence(claim)


def test_an_attempt_is_stored_with_its_beginning_and_its_files() -> None:
    claim = claimed()
    attempt = Attempt(1, 60_000, {}, ErpTimeout("too late"), screenshot="first.png", trace="first.zip")
    lifecycle.note_attempt(claim, attempt)
    stored = SyncAttempt.objects.get(run_id=claim.run_id)
    assert stored.started_at < timezone.now() - timedelta(seconds=59)
    assert (stored.screenshot, stored.trace, stored.duration_ms) == ("first.png", "first.zip", 60_000)


def test_an_approved_run_has_a_new_lease() -> None:
    claim = held()
    expire_lease(claim)
    lifecycle.claim_held(claim.run_id, lease_s=LEASE_S)
    with pytest.raises(AlreadyRunning):
        claimed()


def abandon_a_queued_run() -> None:
    lifecycle.queue(CLI, lease_s=LEASE_S, queue_s=60)
    SyncRun.objects.update(created_at=Now() - timedelta(seconds=61))
    lifecycle.queue(CLI, lease_s=LEASE_S, queue_s=60)


def abandon_a_running_run() -> None:
    expire_lease(claimed())
    lifecycle.abandon_stale(LEASE_S)


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda: lifecycle.succeed(claimed()), "succeeded"),
        (lambda: lifecycle.fail(claimed(), ErpTimeout("too late")), "failed"),
        (lambda: lifecycle.reject(held().run_id, by="carla"), "rejected"),
        (abandon_a_running_run, "abandoned"),
        (abandon_a_queued_run, "abandoned"),
    ],
)
def test_a_run_that_has_ended_has_the_time_of_its_end(end: Callable[[], None], state: str) -> None:
    end()
    assert SyncRun.objects.get(state=state).finished_at is not None


def test_a_held_run_can_not_be_claimed_while_another_runs() -> None:
    claim = held()
    claimed()
    with pytest.raises(AlreadyRunning):
        lifecycle.claim_held(claim.run_id, lease_s=LEASE_S)
    assert state_of(claim) == "held"


def test_claiming_a_missing_run_fails_as_not_held() -> None:
    with pytest.raises(ListNotHeld, match="run 4711"):
        lifecycle.claim_held(4711, lease_s=LEASE_S)


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_and_shows_the_progress() -> None:
    claim = claimed()
    expire_lease(claim)
    with Heartbeat(claim, 0.01, 0.01) as heartbeat:
        heartbeat.show(Progress("read", 3, 8))
        wait_until(lambda: SyncRun.objects.get(pk=claim.run_id).stage_done == 3)
    with pytest.raises(AlreadyRunning):
        claimed()


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_while_the_progress_stays_the_same() -> None:
    claim = claimed()
    expire_lease(claim)
    with Heartbeat(claim, 0.05, 0.01):
        wait_until(lambda: current_status(LEASE_S).run_id == claim.run_id)
        assert current_status(LEASE_S).message == "starting"


@pytest.mark.django_db(transaction=True)
def test_new_progress_is_shown_long_before_the_lease_must_be_renewed() -> None:
    claim = claimed()
    with Heartbeat(claim, 3600.0, 0.01) as heartbeat:
        heartbeat.show(Progress("read", 3, 8))
        wait_until(lambda: current_status(LEASE_S).done == 3)


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_notices_a_takeover() -> None:
    claim = claimed()
    expire_lease(claim)
    claimed()
    with Heartbeat(claim, 0.01, 0.01) as heartbeat:
        wait_until(lambda: heartbeat.is_lost)


def test_the_heartbeat_is_a_daemon_thread_named_after_its_run_that_ends_with_it() -> None:
    with Heartbeat(Claim(4711, uuid4(), LEASE_S), 3600.0, 3600.0):
        [thread] = [each for each in threading.enumerate() if each.name == "heartbeat-4711"]
        assert thread.daemon
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_notices_who_cancelled_its_run() -> None:
    claim = claimed()
    lifecycle.cancel(by="carla", lease_s=LEASE_S)
    with Heartbeat(claim, 0.01, 0.01) as heartbeat:
        wait_until(lambda: heartbeat.cancelled_by == "carla")


@contextmanager
def at_the_first_connection(
    do: Callable[[BaseDatabaseWrapper], None],
) -> Iterator[list[BaseDatabaseWrapper]]:
    """Do something to the first connection that is opened, and yield the list of those to which it was done.

    In the heartbeat's thread, the only one that opens any: SQLite crashes if another thread closes it.
    """
    met: list[BaseDatabaseWrapper] = []

    def do_it_once(connection: BaseDatabaseWrapper, **more: object) -> None:
        if not met:
            met.append(connection)
            do(connection)

    connection_created.connect(do_it_once)
    try:
        yield met
    finally:
        connection_created.disconnect(do_it_once)


def cut(connection: BaseDatabaseWrapper) -> None:
    """Close a connection below Django, as a server does that restarts."""
    connection.connection.close()


def refuse(connection: BaseDatabaseWrapper) -> None:
    raise OSError(errno.EMFILE, "Too many open files")


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_goes_on_after_its_connection_was_cut(caplog: pytest.LogCaptureFixture) -> None:
    claim = claimed()
    with at_the_first_connection(cut) as met, Heartbeat(claim, 0.01, 0.01) as heartbeat:
        heartbeat.show(Progress("read", 2, 8))
        wait_until(lambda: SyncRun.objects.get(pk=claim.run_id).stage_done == 2)
    assert len(met) == 1
    [message] = logged_with_traceback(caplog, "sync.runs.heartbeat")
    assert f"run {claim.run_id} " in message


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hangs", [False, True], ids=["refused", "not answered"])
def test_the_heartbeat_gives_the_lease_up_once_the_database_was_away_for_as_long(hangs: bool) -> None:
    """Another host, which still reaches the database, may have taken over then."""
    seen_lost = threading.Event()

    def fail(connection: BaseDatabaseWrapper, **more: object) -> None:
        if hangs:
            seen_lost.wait(120)
        raise OSError(errno.EHOSTUNREACH, "No route to host")

    claim = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=0.2)
    before = SyncRun.objects.get(pk=claim.run_id)
    connection_created.connect(fail)
    try:
        with Heartbeat(claim, 0.01, 0.01) as heartbeat:
            wait_until(lambda: heartbeat.is_lost)
            seen_lost.set()
    finally:
        connection_created.disconnect(fail)
    # It beats no more, so that the run is taken over.
    run = SyncRun.objects.get(pk=claim.run_id)
    assert (run.state, run.heartbeat_at) == (SyncRun.State.RUNNING, before.heartbeat_at)


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_while_the_database_owes_no_answer() -> None:
    """However long ago it was renewed: if it was taken over meanwhile, the next beat says so."""
    claim = replace(claimed(), lease_s=0.0)
    heartbeat = Heartbeat(claim, 0.01, 0.01)
    assert (heartbeat.is_lost, heartbeat.cancelled_by) == (False, "")
    with heartbeat:
        heartbeat.show(Progress("read", 3, 8))
        wait_until(lambda: SyncRun.objects.get(pk=claim.run_id).stage_done == 3)
    assert not heartbeat.is_lost


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_goes_on_after_no_file_handle_was_left() -> None:
    claim = claimed()
    with at_the_first_connection(refuse) as met, Heartbeat(claim, 0.01, 0.01) as heartbeat:
        heartbeat.show(Progress("read", 2, 8))
        wait_until(lambda: SyncRun.objects.get(pk=claim.run_id).stage_done == 2)
    assert len(met) == 1
    assert not heartbeat.is_lost
