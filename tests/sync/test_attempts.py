"""Attempts: which errors are retried, and what is stored of each attempt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import OperationalError, connection, transaction

from customers.erp_list.message import Message
from customers.models import Customer
from scripts.erp_simulator.world import SimCustomer, generate
from sync.config import sync_config
from sync.erp import PagerBounds
from sync.errors import ErpUnreachable, LoginRejected, SyncError
from sync.models import SyncAttempt, SyncRun
from sync.monitoring import metrics, suspension
from sync.pipeline import run_sync
from sync.runs.progress import OnProgress, Progress
from sync.sources import ListFile, Stop
from tests.conftest import DrawList
from tests.queries import refused_first
from tests.sync.sync_once import KnownSource, kept_run, sync_file

NOTES = (Message("a note"),)

pytestmark = pytest.mark.django_db(transaction=True)


def test_transient_errors_are_retried_and_every_attempt_stored(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    source = KnownSource(draw_list(people), PagerBounds(61, 80))
    result = run_sync(source, sync_config(), trigger=SyncRun.Trigger.CLI)
    attempts = SyncAttempt.objects.filter(run_id=result.run_id)
    assert [(attempt.number, attempt.error_code) for attempt in attempts] == [
        (1, "report_incomplete"),
        (2, "report_incomplete"),
        (3, "report_incomplete"),
    ]


class FailingSource:
    """Fails with one fault per attempt (None: a list that the pager contradicts), then yields the list."""

    def __init__(self, path: Path, *faults: SyncError | None) -> None:
        self._path = path
        self._faults = list(faults)

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        if not self._faults:
            yield ListFile(self._path)
        elif (fault := self._faults.pop(0)) is not None:
            raise fault
        else:
            yield ListFile(self._path, pager=PagerBounds(61, 80), notes=NOTES, stages={"login": 5})


def sync_failing(path: Path, *faults: SyncError | None, **options: Any) -> SyncRun:
    source = FailingSource(path, *faults)
    return kept_run(run_sync(source, sync_config(), trigger=SyncRun.Trigger.CLI, **options))


def error_with_screenshot(folder: Path) -> ErpUnreachable:
    """Return an error with a screenshot in the folder."""
    folder.mkdir(parents=True)
    error = ErpUnreachable("the ERP does not answer")
    error.screenshot = folder / "first.png"
    error.screenshot.write_bytes(b"x")
    return error


def test_a_run_that_succeeds_at_its_second_attempt_has_no_screenshot_of_the_first(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    run = sync_failing(draw_list(people), error_with_screenshot(settings.ARTIFACTS_DIR))
    assert (run.state, run.attempt_count, run.screenshot) == ("succeeded", 2, "")
    assert [attempt.screenshot for attempt in run.attempts.all()] == ["first.png", ""]


def test_a_run_whose_last_attempt_got_no_file_has_no_file_hash(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    away = [ErpUnreachable("the ERP does not answer") for _ in range(2)]
    run = sync_failing(draw_list(people), None, *away)
    assert (run.error_code, run.file_sha256, run.stages) == ("erp_unreachable", "", {})
    assert [len(attempt.file_sha256) for attempt in run.attempts.all()] == [64, 0, 0]
    assert set(run.attempts.all()[0].stages) == {"login", "read"}


def test_a_run_stopped_while_it_waits_has_no_results_of_the_last_attempt(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    stages: list[str] = []
    run = sync_failing(
        draw_list(people),
        error_with_screenshot(settings.ARTIFACTS_DIR),
        on_progress=lambda progress: stages.append(progress.stage),
        stop=lambda: "waiting" in stages,
    )
    assert (run.error_code, run.attempt_count, run.screenshot) == ("stopped", 1, "")
    assert run.attempts.get().screenshot == "first.png"


def test_an_unexpected_exception_is_stored_with_attempt_and_run(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    def broken(progress: Progress) -> None:
        raise RuntimeError("a detail")

    run = kept_run(sync_file(draw_list(people), on_progress=broken))
    assert (run.error_code, run.attempts.get().error_message) == ("internal_error", run.error_message)


def test_an_unexpected_exception_is_retried_like_a_transient_error(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    raised: list[str] = []

    def broken_once(progress: Progress) -> None:
        if not raised:
            raised.append(progress.stage)
            raise RuntimeError("a detail")

    run = kept_run(sync_file(draw_list(people), on_progress=broken_once))
    assert (run.state, run.attempt_count) == ("succeeded", 2)
    assert [each.error_code for each in run.attempts.order_by("number")] == ["internal_error", ""]


def test_a_list_whose_reading_process_is_killed_is_read_at_the_second_attempt(draw_list: DrawList) -> None:
    killed: list[int] = []

    def kill_once(progress: Progress) -> None:
        if progress.stage == "read" and progress.total and not killed:
            for child in psutil.Process().children():
                if "sync.report.child" in child.cmdline():
                    killed.append(child.pid)
                    child.kill()

    # Reading 264 pages takes many times as long as killing a process.
    run = kept_run(sync_file(draw_list(generate(1500, seed=2)), on_progress=kill_once))
    assert (run.state, run.attempt_count) == ("succeeded", 2)
    assert [each.error_code for each in run.attempts.order_by("number")] == ["internal_error", ""]


def test_customers_and_the_runs_end_are_not_written_without_the_attempt(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_ATTEMPTS = 1
    gone = OperationalError("the database is gone for a moment")
    with refused_first(("INSERT", "sync_syncattempt"), gone):
        run = kept_run(sync_file(draw_list(people)))
    assert (run.state, run.error_code) == ("failed", "internal_error")
    assert not Customer.objects.exists()
    assert run.attempts.get().error_code == "internal_error"


@pytest.mark.parametrize("refused", [0, 1], ids=["at once", "after a while"])
def test_a_commit_whose_answer_is_lost_ends_the_run_once(
    people: list[SimCustomer], draw_list: DrawList, refused: int
) -> None:
    """Also if the database is back too late for the question whether the commit took place."""
    lost: list[int] = []

    def lose_the_answer() -> None:
        lost.extend(range(refused))
        raise OperationalError("the connection was cut")

    def note_commit(execute: Any, sql: str, *rest: Any) -> Any:
        if lost:
            lost.pop()
            raise OperationalError("no connection")
        if sql.startswith("INSERT") and "sync_syncattempt" in sql:
            transaction.on_commit(lose_the_answer)
        return execute(sql, *rest)

    with connection.execute_wrapper(note_commit):
        result = sync_file(draw_list(people))
    run = kept_run(result)
    assert (result.state, run.state, run.attempt_count) == ("succeeded", "succeeded", 1)
    assert (result.error, run.attempts.get().error_code) == (None, "")
    assert Customer.objects.count() == len(people)
    assert metrics.metrics() == metrics.from_history().as_json()


@pytest.mark.parametrize("tries", [1, 2])
def test_a_refused_login_suspends_although_the_database_was_away_when_the_run_failed(
    people: list[SimCustomer], draw_list: DrawList, tries: int
) -> None:
    """Else the run would be taken for dead, and the next one would use the refused password again."""
    away: list[str] = []

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if len(away) < tries and sql.startswith("INSERT") and "sync_syncattempt" in sql:
            away.append(sql)
            raise OperationalError("the database is away")
        return execute(sql, *rest)

    source = FailingSource(draw_list(people), LoginRejected("refused"))
    with connection.execute_wrapper(refuse):
        result = run_sync(source, sync_config(), trigger=SyncRun.Trigger.SCHEDULE)
    assert len(away) == tries
    run = kept_run(result)
    assert (run.state, run.error_code, run.attempts.get().error_code) == (
        "failed",
        "login_rejected",
        "login_rejected",
    )
    assert suspension.suspended() is not None


def test_a_failure_whose_commit_gets_no_answer_is_stored_once_and_suspends(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    def lose_the_answer() -> None:
        raise OperationalError("the connection was cut")

    def note_commit(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and "sync_syncattempt" in sql:
            transaction.on_commit(lose_the_answer)
        return execute(sql, *rest)

    source = FailingSource(draw_list(people), LoginRejected("refused"))
    with connection.execute_wrapper(note_commit):
        result = run_sync(source, sync_config(), trigger=SyncRun.Trigger.SCHEDULE)
    assert result.error is not None
    assert (result.state, result.error.code) == ("failed", "login_rejected")
    assert (kept_run(result).state, kept_run(result).attempts.count()) == ("failed", 1)
    assert suspension.suspended() is not None


def test_a_run_that_is_told_to_stop_does_not_wait_for_the_database(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    tries: list[str] = []

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and "sync_syncattempt" in sql:
            tries.append(sql)
            raise OperationalError("the database is away")
        return execute(sql, *rest)

    source = FailingSource(draw_list(people), LoginRejected("refused"))
    with connection.execute_wrapper(refuse), pytest.raises(OperationalError, match="away"):
        run_sync(source, sync_config(), trigger=SyncRun.Trigger.SCHEDULE, stop=lambda: bool(tries))
    assert len(tries) == 1


def test_permanent_errors_are_not_retried(people: list[SimCustomer], draw_list: DrawList) -> None:
    result = sync_file(draw_list(people, footer=False))
    assert SyncAttempt.objects.filter(run_id=result.run_id).count() == 1


def test_waiting_for_the_next_attempt_ends_when_asked_to_stop(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_RETRY_WAIT_S = 3600
    stages: list[str] = []

    def note(progress: Progress) -> None:
        stages.append(progress.stage)

    result = run_sync(
        KnownSource(draw_list(people), PagerBounds(61, 80)),
        sync_config(),
        trigger=SyncRun.Trigger.CLI,
        on_progress=note,
        stop=lambda: "waiting" in stages,
    )
    assert result.error is not None
    assert (result.state, result.error.code) == ("failed", "stopped")


def test_an_unexpected_exception_fails_the_run_without_revealing_details(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    path = draw_list(people)

    def broken(progress: Progress) -> None:
        raise RuntimeError("secret detail")

    result = sync_file(path, on_progress=broken)
    assert result.error is not None
    assert (result.state, result.error.code) == ("failed", "internal_error")
    assert "secret detail" not in kept_run(result).error_message
