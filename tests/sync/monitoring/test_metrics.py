"""The metrics: their values, what counts, and when they change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from sync.config import sync_config
from sync.errors import SyncError
from sync.models import SyncAttempt, SyncRun
from sync.monitoring.metrics import Counters, expect_change, from_history, metrics, recount
from sync.pipeline import approve
from sync.runs import lifecycle
from sync.runs.progress import Progress
from tests.sync.monitoring.kept_runs import LEASE_S, die, keep_run
from tests.sync.scripted import fail, fail_thrice, sync

KEYS = ["lastSyncTime", "lastResult", "totalSyncs", "consecutiveFailures", "averageDuration", "health"]

pytestmark = pytest.mark.django_db


# --- values ---------------------------------------------------------------------------------------------


def test_before_the_first_run_metrics_are_zero_and_healthy() -> None:
    assert metrics() == {
        "lastSyncTime": None,
        "lastResult": None,
        "totalSyncs": 0,
        "consecutiveFailures": 0,
        "averageDuration": 0,
        "health": "healthy",
    }
    assert from_history() == Counters()


def test_one_failed_run_of_three_attempts_is_three_syncs_and_one_failure() -> None:
    fail_thrice()
    answer = metrics()
    assert list(answer) == KEYS
    assert (answer["totalSyncs"], answer["consecutiveFailures"], answer["health"]) == (3, 1, "healthy")
    assert answer["lastResult"] == {
        "success": False,
        "customersProcessed": 0,
        "newCustomers": 0,
        "updatedCustomers": 0,
        "duration": SyncAttempt.objects.get(number=3).duration_ms,
        "error": "the ERP does not answer",
    }


def test_a_success_has_its_counts_and_no_error(good: Path) -> None:
    sync(path=good)
    result = metrics()["lastResult"]
    assert result["duration"] == SyncAttempt.objects.get().duration_ms
    assert {key: value for key, value in result.items() if key != "duration"} == {
        "success": True,
        "customersProcessed": 12,
        "newCustomers": 12,
        "updatedCustomers": 0,
    }


def test_a_success_shows_how_many_customers_were_new_and_updated() -> None:
    keep_run("succeeded", 5, counts={"rows": 12, "new": 2, "updated": 3})
    result = metrics()["lastResult"]
    assert (result["customersProcessed"], result["newCustomers"], result["updatedCustomers"]) == (12, 2, 3)


def test_the_table_is_read_in_three_queries(django_assert_num_queries: Any) -> None:
    """A run's log may be long: of the last run, only its counts are read, together with its last attempt."""
    keep_run("succeeded", 5, counts={"rows": 12})
    with django_assert_num_queries(3) as queries:
        assert from_history().last_result == {
            "success": True,
            "customersProcessed": 12,
            "newCustomers": 0,
            "updatedCustomers": 0,
            "duration": 5,
        }
    assert ["stages" in query["sql"] for query in queries] == [False] * 3


def test_the_last_sync_time_is_the_end_of_the_last_attempt() -> None:
    fail_thrice()
    last = SyncAttempt.objects.get(number=3)
    shown = metrics()["lastSyncTime"]
    assert shown.endswith("Z")
    assert len(shown) == len("2026-01-19T20:53:31.032Z")
    ended = last.started_at + timedelta(milliseconds=last.duration_ms)
    assert abs(datetime.fromisoformat(shown) - ended) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("durations_ms", "average"), [((5,), 5), ((1, 2), 2), ((1, 1, 2), 1), ((700, 79, 61), 280)]
)
def test_the_average_is_over_attempts_and_rounded(durations_ms: tuple[int, ...], average: int) -> None:
    keep_run("failed", *durations_ms)
    assert metrics()["averageDuration"] == average


def test_the_error_of_a_retried_attempt_shows_before_the_run_ends(good: Path) -> None:
    seen: list[dict[str, Any]] = []

    def look(progress: Progress) -> None:
        if progress.stage == "waiting":
            seen.append(metrics())

    sync(TransientError(), path=good, on_progress=look)
    assert [(each["totalSyncs"], each["consecutiveFailures"]) for each in seen] == [(1, 0)]
    assert seen[0]["lastResult"]["error"] == "a moment, please"


class TransientError(SyncError):
    retryable = True

    def __init__(self) -> None:
        super().__init__("a moment, please")


# --- what counts ----------------------------------------------------------------------------------------


def test_three_failed_runs_in_a_row_are_degraded_until_a_success(good: Path) -> None:
    states = []
    for outcome in ("fail", "fail", "fail", "succeed"):
        fail() if outcome == "fail" else sync(path=good)
        states.append((metrics()["consecutiveFailures"], metrics()["health"]))
    assert states == [(1, "healthy"), (2, "healthy"), (3, "degraded"), (0, "healthy")]


def test_failures_in_a_row_are_counted_however_many_they_are() -> None:
    for state in ("failed", "succeeded", *["failed"] * 41):
        keep_run(state)
    assert from_history().consecutive_failures == 41


def test_the_run_that_ended_last_is_found() -> None:
    assert from_history().last_run_id is None
    first, second = keep_run("failed", 5), keep_run("succeeded", 5)
    for state in ("held", "running", "rejected"):
        keep_run(state, 5)
    assert from_history().last_run_id == second.pk
    SyncRun.objects.filter(pk=first.pk).update(finished_at=Now() + timedelta(minutes=1))
    assert (from_history().last_run_id, from_history().consecutive_failures) == (first.pk, 1)
    # Of those that ended in the same moment, the one that began last.
    SyncRun.objects.update(finished_at=first.finished_at)
    assert (from_history().last_run_id, from_history().consecutive_failures) == (second.pk, 0)


def test_a_held_run_is_neither_a_failure_nor_a_success(good: Path, short: Path) -> None:
    sync(path=good)
    fail()
    assert sync(path=short).state == "held"
    answer = metrics()
    assert (answer["consecutiveFailures"], answer["totalSyncs"]) == (1, 3)
    assert (answer["lastResult"]["success"], answer["lastResult"]["customersProcessed"]) == (False, 0)


def test_a_held_run_that_is_approved_is_a_success(good: Path, short: Path) -> None:
    sync(path=good)
    held = sync(path=short).run_id
    assert held is not None
    fail()
    approve(held, sync_config(), by="carla")
    answer = metrics()
    assert (answer["consecutiveFailures"], answer["lastResult"]["success"]) == (0, True)
    assert answer == from_history().as_json()


def test_a_dry_run_does_not_count(good: Path) -> None:
    sync(path=good, is_dry=True)
    fail(is_dry=True)
    assert metrics() == from_history().as_json()
    assert metrics()["totalSyncs"] == 0


def test_a_run_whose_process_died_counts_as_failed_once_it_is_taken_over(good: Path) -> None:
    die()
    seen: list[int] = []
    sync(path=good, on_progress=lambda progress: seen.append(metrics()["consecutiveFailures"]))
    assert set(seen) == {1}
    assert metrics()["consecutiveFailures"] == 0


def test_a_queued_run_that_was_never_started_is_not_a_failure() -> None:
    lifecycle.queue(SyncRun.Trigger.API, lease_s=LEASE_S, queue_s=60)
    SyncRun.objects.update(created_at=Now() - timedelta(seconds=61))
    lifecycle.queue(SyncRun.Trigger.API, lease_s=LEASE_S, queue_s=60)
    assert SyncRun.objects.filter(state="abandoned").count() == 1
    assert from_history().consecutive_failures == 0


def test_an_unexpected_exception_is_a_failed_attempt() -> None:
    sync(*[RuntimeError("a detail")] * 3)
    result = metrics()["lastResult"]
    assert (result["success"], result["error"]) == (
        False,
        "an error of this program (RuntimeError): see the log",
    )
    assert metrics() == from_history().as_json()


def test_a_run_that_lost_its_lease_leaves_the_metrics_to_its_successor(good: Path, settings: Any) -> None:
    settings.SYNC_HEARTBEAT_S = 3600

    def lose_lease(progress: Progress) -> None:
        if progress.stage == "compare" and SyncRun.objects.count() == 1:
            SyncRun.objects.update(heartbeat_at=Now() - timedelta(hours=1))
            fail()

    assert sync(path=good, on_progress=lose_lease).state == "abandoned"
    answer = metrics()
    assert answer == from_history().as_json()
    assert (answer["totalSyncs"], answer["consecutiveFailures"]) == (2, 2)


def test_an_interrupted_run_is_counted_by_the_next_reader() -> None:
    with pytest.raises(KeyboardInterrupt):
        sync(KeyboardInterrupt())
    assert metrics()["consecutiveFailures"] == 1


# --- when the metrics change ----------------------------------------------------------------------------


def seen_by_others(sync_once: Callable[[], object]) -> set[tuple[str, int, int, int]]:
    """Return what other connections see after each query of a run.

    Each item has the newest run's state and attempts, and two metrics. They are read in another thread with
    its own connection, which sees only committed data, as the web process does.
    """
    seen: set[tuple[str, int, int, int]] = set()

    def look() -> None:
        newest = SyncRun.objects.order_by("-pk").values_list("state", "attempt_count")[:1]
        for state, attempts in newest:
            answer = metrics()
            seen.add((state, attempts, answer["totalSyncs"], answer["consecutiveFailures"]))
        connection.close()

    def look_after(execute: Any, sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        other = Thread(target=look)
        other.start()
        other.join()
        return found

    with connection.execute_wrapper(look_after):
        sync_once()
    return seen


@pytest.mark.django_db(transaction=True)
def test_a_succeeded_run_is_counted_as_soon_as_it_is_visible(good: Path) -> None:
    assert seen_by_others(lambda: sync(path=good)) == {("running", 0, 0, 0), ("succeeded", 1, 1, 0)}
    assert metrics() == from_history().as_json()


@pytest.mark.django_db(transaction=True)
def test_attempts_and_failures_are_counted_as_soon_as_they_are_visible() -> None:
    assert seen_by_others(fail_thrice) == {
        ("running", 0, 0, 0),
        ("running", 1, 1, 0),
        ("running", 2, 2, 0),
        ("failed", 3, 3, 1),
    }
    assert metrics() == from_history().as_json()


@pytest.mark.django_db(transaction=True)
def test_a_held_run_is_counted_as_soon_as_it_is_visible(good: Path, short: Path) -> None:
    sync(path=good)
    assert seen_by_others(lambda: sync(path=short)) == {
        ("succeeded", 1, 1, 0),
        ("running", 0, 1, 0),
        ("held", 1, 2, 0),
    }


def test_readers_do_not_cache_while_an_attempt_is_written() -> None:
    fail()
    expect_change()
    assert metrics()["totalSyncs"] == 1
    keep_run("failed", 5)
    assert metrics()["totalSyncs"] == 2
    recount()
    keep_run("failed", 5)
    assert metrics()["totalSyncs"] == 2
