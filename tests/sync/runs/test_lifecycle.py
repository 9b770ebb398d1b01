"""What each step in the life of a run stores, and what is said when a step is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from customers.erp_list.message import Message
from sync.errors import (
    AlreadyRunning,
    ErpTimeout,
    ListHeld,
    ListNotHeld,
    ListSuperseded,
    Stopped,
)
from sync.models import HeldList, Preview, SyncRun
from sync.runs import lifecycle
from sync.runs.lifecycle import Attempt, Claim
from tests.log_lines import logged_by, logged_with_traceback

LEASE_S, QUEUE_S = 45.0, 900.0
API, CLI = SyncRun.Trigger.API, SyncRun.Trigger.CLI
LOGGER = "sync.runs.lifecycle"
HELD = ListHeld("list_too_short", "the list has 1 customer where 10 are active")
REASONS = [{"code": "list_too_short", "message": "the list has 1 customer where 10 are active"}]
CHANGES = [{"erpId": "50", "name": "Studio", "change": "missing", "fields": []}]

pytestmark = pytest.mark.django_db


def claimed(**options: Any) -> Claim:
    return lifecycle.claim(CLI, lease_s=LEASE_S, **options)


def queued(**options: Any) -> int:
    return lifecycle.queue(API, lease_s=LEASE_S, queue_s=QUEUE_S, **options)


def held(**options: Any) -> Claim:
    claim = claimed(**options)
    lifecycle.hold(claim, error=HELD, file=b"%PDF", reasons=REASONS, changes=CHANGES, file_sha256="ab12")
    return claim


def approved(claim: Claim) -> Claim:
    return lifecycle.claim_held(claim.run_id, lease_s=LEASE_S, by="dora")


def run_of(claim: Claim) -> SyncRun:
    return SyncRun.objects.get(pk=claim.run_id)


def error_of(run: SyncRun) -> tuple[str, str, dict[str, Any]]:
    return run.error_code, run.error_message, run.error_text


@pytest.mark.parametrize(("seconds", "state"), [(LEASE_S - 1, "running"), (LEASE_S + 5, "abandoned")])
def test_a_heartbeat_from_before_the_clock_was_set_back_does_not_keep_a_run(
    seconds: float, state: str
) -> None:
    claim = claimed()
    SyncRun.objects.update(heartbeat_at=Now() + timedelta(seconds=seconds))
    assert lifecycle.abandon_stale(LEASE_S) == (state == "abandoned")
    assert run_of(claim).state == state


# --- start ----------------------------------------------------------------------------------------------


def test_a_claimed_run_is_stored_as_it_was_asked_for() -> None:
    claim = claimed(requested_by="carla", is_dry=True, is_upload=True)
    run = SyncRun.objects.get()
    assert claim == Claim(run.pk, claim.token, LEASE_S, attempts_before=0, is_dry=True, is_upload=True)
    assert (run.trigger, run.requested_by, run.is_dry, run.is_upload) == ("cli", "carla", True, True)
    assert (run.state, run.lease_token) == ("running", claim.token)
    assert None not in (run.created_at, run.started_at, run.heartbeat_at)


def test_a_run_is_real_fetched_and_nobody_s_unless_it_is_said() -> None:
    claim = claimed()
    run = run_of(claim)
    assert (run.requested_by, run.is_dry, run.is_upload) == ("", False, False)
    lifecycle.succeed(claim)
    claim = lifecycle.claim_held(held().run_id, lease_s=LEASE_S)
    assert run_of(claim).decided_by == ""
    lifecycle.succeed(claim)
    run = SyncRun.objects.get(pk=queued())
    assert (run.requested_by, run.is_dry, run.is_upload) == ("", False, False)


def test_a_queued_run_becomes_the_claim_of_the_task_that_starts_it() -> None:
    run_id = queued(requested_by="carla", is_dry=True)
    waiting = SyncRun.objects.get()
    assert (waiting.state, waiting.trigger, waiting.requested_by) == ("queued", "api", "carla")
    assert (waiting.started_at, waiting.heartbeat_at) == (None, None)
    claim = lifecycle.claim_queued(run_id, lease_s=LEASE_S)
    assert claim is not None
    run = run_of(claim)
    assert claim == Claim(run_id, claim.token, LEASE_S, attempts_before=0, is_dry=True)
    assert (run.state, run.lease_token) == ("running", claim.token)
    assert None not in (run.started_at, run.heartbeat_at, run.lease_token)
    assert lifecycle.claim_queued(run_id, lease_s=LEASE_S) is None


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (claimed, claimed, "another sync is running; wait for it to end"),
        (claimed, queued, "a sync is running; wait for it to end"),
        (queued, queued, "a sync is queued already; wait for it to end"),
    ],
)
def test_a_run_that_can_not_start_says_why(
    first: Callable[[], object], second: Callable[[], object], said: str
) -> None:
    first()
    with pytest.raises(AlreadyRunning, match=f"^{said}$"):
        second()


def test_a_queued_run_is_not_started_beside_another() -> None:
    run_id = queued()
    claimed()
    with pytest.raises(AlreadyRunning, match=r"^another sync is running; wait for it to end$"):
        lifecycle.claim_queued(run_id, lease_s=LEASE_S)


@pytest.mark.parametrize("start", [claimed, queued])
def test_a_run_without_a_heartbeat_is_abandoned_by_the_next(
    start: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:
    dead = claimed()
    SyncRun.objects.update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))
    start()
    run = run_of(dead)
    assert (run.state, run.error_code) == ("abandoned", "abandoned")
    assert run.finished_at is not None
    assert logged_by(caplog, LOGGER)[0].startswith("1 run")


@pytest.mark.parametrize(("cancelled_by", "count"), [("", 1), ("carla", 0)])
def test_of_the_runs_without_a_heartbeat_those_that_nobody_cancelled_are_counted(
    cancelled_by: str, count: int, caplog: pytest.LogCaptureFixture
) -> None:
    ended = claimed()
    lifecycle.succeed(ended)
    waiting, dead = held(), claimed()
    old = Now() - timedelta(seconds=LEASE_S + 1)
    SyncRun.objects.update(heartbeat_at=old, cancelled_by=cancelled_by)
    assert lifecycle.abandon_stale(LEASE_S) == count
    assert [run_of(each).state for each in (ended, waiting, dead)] == ["succeeded", "held", "abandoned"]
    assert logged_by(caplog, LOGGER)[0].startswith("1 run")


def test_an_approved_run_without_a_heartbeat_is_held_again_and_not_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    claim = held()
    approved(claim)
    SyncRun.objects.update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))
    assert lifecycle.abandon_stale(LEASE_S) == 0
    run = run_of(claim)
    assert (run.state, run.decided_by, run.error_code) == ("held", "", "abandoned")
    assert len(logged_by(caplog, LOGGER)) == 1


def test_a_run_that_no_cluster_started_says_so() -> None:
    ended = claimed()
    lifecycle.succeed(ended)
    run_id = queued()
    SyncRun.objects.update(created_at=Now() - timedelta(seconds=QUEUE_S + 1))
    queued()
    run = SyncRun.objects.get(pk=run_id)
    assert (run.state, run.error_code) == ("abandoned", "not_started")
    assert run_of(ended).state == "succeeded"
    assert run.finished_at is not None


def test_a_run_that_has_not_waited_too_long_is_not_abandoned() -> None:
    queued()
    SyncRun.objects.update(created_at=Now() - timedelta(seconds=QUEUE_S - 60))
    with pytest.raises(AlreadyRunning):
        queued()


def test_no_run_starts_while_a_block_without_syncs_writes() -> None:
    with lifecycle.no_sync(LEASE_S), pytest.raises(AlreadyRunning):
        claimed()
    assert not SyncRun.objects.exists()


def test_a_block_without_syncs_does_not_start_while_one_runs() -> None:
    claimed()
    said = "^a sync is running; wait for it to end$"
    with pytest.raises(AlreadyRunning, match=said), lifecycle.no_sync(LEASE_S):
        pytest.fail("the block was entered")


def test_a_block_without_syncs_does_not_wait_for_a_dead_run() -> None:
    claimed()
    SyncRun.objects.update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))
    with lifecycle.no_sync(LEASE_S):
        pass
    assert SyncRun.objects.get().state == "abandoned"


# --- while it runs --------------------------------------------------------------------------------------


def test_a_beat_stores_the_progress_while_the_lease_holds() -> None:
    claim = claimed()
    assert lifecycle.beat(claim, stage="read", done=3, total=8)
    run = run_of(claim)
    assert (run.stage, run.stage_done, run.stage_total) == ("read", 3, 8)
    lifecycle.succeed(claim)
    assert not lifecycle.beat(claim, stage="apply", done=0, total=0)


def test_the_end_of_a_run_renews_its_lease() -> None:
    claim, is_recent = claimed(), {"heartbeat_at__gt": Now() - timedelta(seconds=LEASE_S)}
    SyncRun.objects.update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))
    lifecycle.fence(claim)
    assert SyncRun.objects.filter(**is_recent).exists()


def test_a_cancelled_run_can_not_write_and_names_who_cancelled_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    claim = claimed()
    assert lifecycle.cancelled_by(claim) == ""
    assert lifecycle.cancel(by="carla", lease_s=LEASE_S) == claim.run_id
    assert lifecycle.cancelled_by(claim) == "carla"
    with pytest.raises(Stopped, match="cancelled by carla"):
        lifecycle.fence(claim)
    assert logged_by(caplog, LOGGER, "INFO") == [f"run {claim.run_id} cancelled by carla"]


def test_an_attempt_is_stored_with_its_error_and_counted() -> None:
    claim, error = claimed(), ErpTimeout("too late")
    lifecycle.note_attempt(claim, Attempt(1, 5, {"login": 3}, error, file_sha256="ab12"))
    lifecycle.note_attempt(claim, Attempt(2, 7, {}, None))
    # As after a commit that got no answer.
    lifecycle.note_attempt(claim, Attempt(2, 9, {}, None))
    first, second = run_of(claim).attempts.order_by("number")
    assert (first.number, first.stages, first.file_sha256) == (1, {"login": 3}, "ab12")
    assert (first.error_code, first.error_message) == ("erp_timeout", "too late")
    assert first.error_text == {"text": "too late", "params": {}}
    assert (second.number, second.error_code, second.error_text) == (2, "", {})
    assert (second.duration_ms, run_of(claim).attempt_count) == (7, 2)


def test_an_attempt_is_not_stored_once_another_process_has_claimed_the_run() -> None:
    claim = held()
    approved(claim)
    lifecycle.note_attempt(claim, Attempt(1, 5, {}, HELD))
    assert (run_of(claim).attempts.count(), run_of(claim).attempt_count) == (0, 0)


def test_the_log_and_the_stages_are_kept_unless_another_took_the_run_over() -> None:
    claim = claimed()
    lifecycle.succeed(claim)
    lifecycle.keep_log(claim, "line 1", {"read": 5})
    lifecycle.keep_log(Claim(claim.run_id, held().token, LEASE_S), "of another", {})
    run = run_of(claim)
    assert (run.log, run.stages) == ("line 1", {"read": 5})


def refuse(execute: Any, *query: Any) -> Any:
    raise OperationalError("the database is gone for a moment")


def test_a_log_that_can_not_be_kept_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    claim = claimed()
    with connection.execute_wrapper(refuse):
        lifecycle.keep_log(claim, "line 1", {})
    [message] = logged_with_traceback(caplog, LOGGER)
    assert f"run {claim.run_id} " in message


# --- end ------------------------------------------------------------------------------------------------


def test_each_end_is_logged_with_its_run(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    for end in (lifecycle.succeed, lambda claim: lifecycle.fail(claim, HELD)):
        end(claimed())
    one, other = SyncRun.objects.order_by("pk").values_list("pk", flat=True)
    assert logged_by(caplog, LOGGER, "INFO") == [f"run {one} succeeded", f"run {other} failed"]


def test_a_failed_run_has_its_error_and_the_given_fields() -> None:
    claim = claimed()
    lifecycle.fail(claim, ErpTimeout("too late"), screenshot="page.png")
    run = run_of(claim)
    assert error_of(run) == ("erp_timeout", "too late", {"text": "too late", "params": {}})
    assert (run.state, run.screenshot) == ("failed", "page.png")


def test_a_dry_run_keeps_what_it_would_change_and_why_it_would_be_held() -> None:
    claim = claimed(is_dry=True)
    lifecycle.succeed_dry(claim, reasons=REASONS, changes=CHANGES, file_sha256="ab12")
    preview = Preview.objects.get(run_id=claim.run_id)
    assert (preview.reasons, preview.changes) == (REASONS, CHANGES)
    assert (run_of(claim).state, run_of(claim).file_sha256) == ("succeeded", "ab12")


def test_a_held_run_keeps_its_error_its_reasons_and_its_changes() -> None:
    run = run_of(held())
    assert (run.error_code, run.error_message, run.file_sha256) == (HELD.code, HELD.message, "ab12")
    assert (run.held_list.reasons, run.held_list.changes) == (REASONS, CHANGES)


def test_an_approved_run_has_no_error_and_starts_with_its_next_attempt() -> None:
    claim = held(is_upload=True)
    lifecycle.note_attempt(claim, Attempt(2, 5, {}, HELD))
    SyncRun.objects.update(cancelled_by="carla")
    again = approved(claim)
    run = run_of(claim)
    assert (run.state, run.decided_by, run.cancelled_by) == ("running", "dora", "")
    assert error_of(run) == ("", "", {})
    assert again == Claim(claim.run_id, again.token, LEASE_S, attempts_before=2, is_upload=True)
    assert again.token != claim.token


def test_an_approved_run_that_is_held_again_waits_for_another_decision() -> None:
    claim = held()
    lifecycle.hold_again(approved(claim), ErpTimeout("too late"))
    run = run_of(claim)
    assert (run.state, run.decided_by, run.error_code) == ("held", "", "erp_timeout")
    assert HeldList.objects.count() == 1


def test_a_list_that_is_held_again_replaces_the_stored_one() -> None:
    again = approved(held())
    lifecycle.hold(again, error=HELD, file=b"%PDF later", reasons=[], changes=[])
    stored = HeldList.objects.get()
    assert (bytes(stored.file), stored.reasons, stored.changes) == (b"%PDF later", [], [])


def test_an_approved_run_that_succeeds_keeps_no_list() -> None:
    lifecycle.succeed(approved(held()))
    assert not HeldList.objects.exists()


def test_a_dry_run_does_not_supersede_a_held_list() -> None:
    claim = held()
    lifecycle.succeed(claimed(is_dry=True))
    assert approved(claim).run_id == claim.run_id


def apply_queued(run_id: int) -> None:
    claim = lifecycle.claim_queued(run_id, lease_s=LEASE_S)
    assert claim is not None
    lifecycle.note_attempt(claim, Attempt(1, 5, {}, None))
    lifecycle.succeed(claim)


def held_after_an_attempt() -> Claim:
    claim = held()
    lifecycle.note_attempt(claim, Attempt(1, 5, {}, HELD))
    return claim


def test_what_was_applied_before_does_not_supersede_a_held_list() -> None:
    apply_queued(queued())
    claim = held_after_an_attempt()
    assert approved(claim).run_id == claim.run_id


def test_what_an_older_run_applied_later_supersedes_a_held_list() -> None:
    run_id = queued()
    claim = held_after_an_attempt()
    apply_queued(run_id)
    with pytest.raises(ListSuperseded):
        approved(claim)


def test_a_decision_that_is_too_late_says_why() -> None:
    claim, _other = held(), held()
    lifecycle.succeed(claimed())
    said = f"^a newer list than that of run {claim.run_id} has been applied; reject it and sync again$"
    with pytest.raises(ListSuperseded, match=said):
        approved(claim)
    lifecycle.reject(claim.run_id, by="dora")
    said = f"^run {claim.run_id} does not wait for a decision$"
    for decide in (lambda: approved(claim), lambda: lifecycle.reject(claim.run_id, by="dora")):
        with pytest.raises(ListNotHeld, match=said):
            decide()


@pytest.mark.parametrize(("by", "who"), [("dora", "dora"), ("", "an unnamed person")])
def test_a_rejected_run_names_who_decided(by: str, who: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    claim, other = held(), held()
    lifecycle.reject(claim.run_id, by=by)
    assert run_of(claim).decided_by == by
    assert run_of(other).state == "held"
    assert logged_by(caplog, LOGGER, "INFO")[-1] == f"run {claim.run_id} rejected by {who}"


def test_runs_that_are_rejected_together_keep_their_notes_and_get_one_more() -> None:
    claim = held()
    SyncRun.objects.update(notes=[{"text": "a note", "params": {}}])
    other = claimed()
    assert lifecycle.reject_all(SyncRun.objects.all(), Message("too old"), by="dora") == 1
    run = run_of(claim)
    assert (run.state, run.decided_by) == ("rejected", "dora")
    assert [note["text"] for note in run.notes] == ["a note", "too old"]
    assert run_of(other).state == "running"


def test_the_end_that_a_lost_answer_hides_is_found_by_its_claim() -> None:
    claim = claimed()
    assert lifecycle.committed_end(claim) == ""
    lifecycle.succeed(claim)
    assert lifecycle.committed_end(claim) == "succeeded"
    assert lifecycle.committed_end(Claim(claim.run_id, held().token, LEASE_S)) == ""
    with connection.execute_wrapper(refuse), pytest.raises(OperationalError):
        lifecycle.committed_end(claim)
