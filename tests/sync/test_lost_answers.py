"""A run has its one end and its alerts, whatever gets no answer and whoever took it over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError, transaction

from customers.erp_list.message import Message
from customers.models import Customer
from scripts.erp_simulator.world import SimCustomer
from sync import erasure
from sync.config import sync_config
from sync.errors import ErpPageBroken, ErpUnreachable, LoginRejected, LoginUnknown, SyncError
from sync.models import SyncRun
from sync.monitoring import suspension
from sync.pipeline import approve, run_claimed, run_sync
from sync.runs import lifecycle
from sync.runs.progress import OnProgress, Progress
from sync.sources import FileSource, ListFile, Stop
from tests.conftest import DrawList
from tests.queries import before_first, refused_first
from tests.staff_pages import held, synced
from tests.sync.lost_moments import LOADS_LIST, STORES_ATTEMPT, no_answer, take_over
from tests.sync.scripted import fail, sync
from tests.sync.sync_once import KnownSource, kept_run, sync_file

pytestmark = pytest.mark.django_db(transaction=True)

GONE = OperationalError("the connection was cut")
ASKS_END = ('SELECT "sync_syncrun"."state"', "lease_token")


class Source:
    """Calls a function, then raises an error."""

    def __init__(self, do: Callable[[], object], error: BaseException) -> None:
        self.do, self.error = do, error

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        self.do()
        raise self.error
        yield


def test_a_refused_login_suspends_syncs_although_the_run_was_taken_over() -> None:
    source = Source(take_over, LoginRejected("refused"))
    result = run_sync(source, sync_config(), trigger=SyncRun.Trigger.SCHEDULE)
    assert (result.state, kept_run(result).state) == ("abandoned", "abandoned")
    assert suspension.suspended() is not None


def test_a_run_that_is_stopped_while_it_waits_has_its_end_although_an_attempt_got_no_answer(
    settings: Any,
) -> None:
    settings.SYNC_RETRY_WAIT_S = 30.0
    stopped: list[bool] = []

    def stop_while_waiting(progress: Progress) -> None:
        if progress.stage == "waiting":
            stopped.append(True)

    with before_first(STORES_ATTEMPT, no_answer):
        result = sync(ErpUnreachable("no answer"), on_progress=stop_while_waiting, stop=lambda: bool(stopped))
    assert (result.state, kept_run(result).state) == ("failed", "failed")


def test_a_run_cancelled_while_it_waits_has_its_end_although_an_attempt_got_no_answer(
    settings: Any,
) -> None:
    settings.SYNC_RETRY_WAIT_S, settings.SYNC_HEARTBEAT_S = 30.0, 0.05

    def cancel_while_waiting(progress: Progress) -> None:
        if progress.stage == "waiting":
            lifecycle.cancel(by="carla", lease_s=45)

    with before_first(STORES_ATTEMPT, no_answer):
        result = sync(ErpUnreachable("no answer"), on_progress=cancel_while_waiting)
    assert (result.state, kept_run(result).state) == ("failed", "failed")


def test_a_list_stays_superseded_whatever_a_late_process_stores(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    config = sync_config()
    synced(draw_list(people))
    queued = lifecycle.queue(SyncRun.Trigger.API, lease_s=45, queue_s=900)
    old = held(people, draw_list)  # 30 of 60

    def meanwhile() -> None:
        """Another process takes the approved run over, and does the queued sync."""
        take_over()
        claim = lifecycle.claim_queued(queued, lease_s=45)
        assert claim is not None
        path = draw_list(people[:55], "new.pdf")
        assert run_claimed(claim, FileSource(path), config).state == "succeeded"

    with before_first(LOADS_LIST, meanwhile):
        approve(old, config, by="carla")
    assert Customer.objects.filter(missing_since=None).count() == 55
    with pytest.raises(SyncError, match="a newer list"):
        approve(old, config, by="carla")
    assert Customer.objects.filter(missing_since=None).count() == 55


def test_a_dry_run_whose_end_got_no_answer_says_that_its_list_would_be_held(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    with before_first(STORES_ATTEMPT, no_answer):
        result = sync_file(draw_list(people[:20], "short.pdf"), is_dry=True)
    assert result.state == "held"
    assert result.error is not None


def test_an_approval_is_applied_although_a_late_process_has_stored_its_attempt(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_ATTEMPTS = 1
    config = sync_config()
    synced(draw_list(people))
    run_id = held(people, draw_list)
    first = lifecycle.claim_held(run_id, lease_s=45, by="anna")
    take_over()

    def late() -> None:
        late_attempt = lifecycle.Attempt(first.attempts_before + 1, 5, {}, ErpUnreachable("late"))
        lifecycle.note_attempt(first, late_attempt)

    with before_first(LOADS_LIST, late):
        result = approve(run_id, config, by="carla")
    assert result.state == "succeeded", result.error


@pytest.mark.parametrize("text", ["cut \ud83d", "nul \x00"])
def test_a_run_has_its_end_whatever_the_erp_s_page_shows(text: str) -> None:
    error = ErpPageBroken(Message("the ERP shows %(title)s", {"title": text}))
    result = sync(error, error, error)
    assert (result.state, kept_run(result).state) == ("failed", "failed")


@pytest.mark.parametrize("text", ["cut \ud83d", "nul \x00"])
def test_a_refused_login_suspends_syncs_whatever_the_erp_s_page_shows(text: str) -> None:

    result = sync(LoginRejected(Message("the ERP refuses: %(said)s", {"said": text})))
    assert (result.state, kept_run(result).state) == ("failed", "failed")
    assert suspension.suspended() is not None


def test_a_run_that_has_just_ended_keeps_no_log_about_a_person_erased_meanwhile(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_ATTEMPTS = 1
    synced(draw_list(people))
    person = people[0]
    quoted = OperationalError(f"Failing row contains ({person.erp_id}, {person.name}).")

    def erase() -> None:
        erasure.erase(person.erp_id, by="carla", config=sync_config())

    with before_first(("UPDATE", "sync_syncrun", '"log"'), erase):
        result = sync(quoted)
    assert person.name not in kept_run(result).log


@pytest.mark.parametrize("unanswered", [1, 2])
def test_a_success_that_got_no_answer_from_a_database_that_restarts_keeps_its_counts_and_stages(
    people: list[SimCustomer], draw_list: DrawList, settings: Any, unanswered: int
) -> None:
    """Also if the heartbeat finds meanwhile that the run does not run any more."""
    settings.SYNC_RETRY_WAIT_S, settings.SYNC_HEARTBEAT_S = 30.0, 0.05
    with ExitStack() as stack:
        stack.enter_context(before_first(STORES_ATTEMPT, no_answer))
        for _ in range(unanswered):
            stack.enter_context(refused_first(ASKS_END, GONE))
        result = sync_file(draw_list(people))
    run = kept_run(result)
    assert (result.state, run.state, Customer.objects.count()) == ("succeeded", "succeeded", 60)
    assert [each.error_code for each in run.attempts.all()] == [""]
    assert result.counts["new"] == 60
    assert "apply" in run.stages


def test_a_process_that_slept_does_not_suspend_syncs_after_another_one_got_in(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    path = draw_list(people)

    def meanwhile() -> None:
        take_over()
        newer = run_sync(
            KnownSource(path, seen={"account": "a"}), sync_config(), trigger=SyncRun.Trigger.SCHEDULE
        )
        assert newer.state == "succeeded"

    run_sync(Source(meanwhile, LoginUnknown("no page")), sync_config(), trigger=SyncRun.Trigger.SCHEDULE)
    assert suspension.suspended() is None


def test_the_third_failure_is_told_although_a_person_was_erased_after_its_unanswered_end(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.ADMINS = [("Carla Bassani", "carla@example.com")]
    synced(draw_list(people))
    fail()
    fail()
    erased: list[Any] = []

    def cut_then_erase() -> None:
        def lose_it() -> None:
            erased.append(erasure.erase(people[0].erp_id, by="carla", config=sync_config()))
            raise OperationalError("the connection was cut")

        transaction.on_commit(lose_it)

    with before_first(STORES_ATTEMPT, cut_then_erase):
        result = fail()
    assert erased
    assert (result.state, kept_run(result).state) == ("failed", "failed")
    assert len(mail.outbox) == 1


def test_a_success_that_got_no_answer_keeps_its_counts_and_stages_although_another_attempt_began(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_RETRY_WAIT_S, settings.SYNC_HEARTBEAT_S, settings.SYNC_PROGRESS_S = 0.01, 30.0, 30.0
    with before_first(STORES_ATTEMPT, no_answer), refused_first(ASKS_END, GONE):
        result = sync_file(draw_list(people))
    run = kept_run(result)
    assert (result.state, run.state, run.counts["new"]) == ("succeeded", "succeeded", 60)
    assert result.counts["new"] == 60
    assert "apply" in run.stages
    assert run.stages == result.stages


class _ThenRefused:
    """Yields a file first; later attempts find the login refused."""

    def __init__(self, path: Any) -> None:
        self._path, self._count = path, 0

    @contextmanager
    def open(self, on_progress: Any, stop: Any) -> Iterator[ListFile]:
        self._count += 1
        if self._count > 1:
            raise LoginRejected("refused")
        yield ListFile(self._path)


def test_a_refused_login_suspends_syncs_although_an_attempt_before_had_ended_the_run(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_RETRY_WAIT_S, settings.SYNC_HEARTBEAT_S, settings.SYNC_PROGRESS_S = 0.01, 30.0, 30.0
    source = _ThenRefused(draw_list(people))
    with before_first(STORES_ATTEMPT, no_answer), refused_first(ASKS_END, GONE):
        result = run_sync(source, sync_config(), trigger=SyncRun.Trigger.SCHEDULE)
    assert (result.state, kept_run(result).state) == ("succeeded", "succeeded")
    assert suspension.suspended() is not None
