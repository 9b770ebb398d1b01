"""The cached metrics equal those from the table, also if the cache is empty, damaged or unavailable."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection

from sync.monitoring.metrics import expect_change, forget, from_history, metrics, recount
from sync.runs import lifecycle
from tests.cached_bytes import store_bytes
from tests.log_lines import logged_with_traceback
from tests.no_cache import NO_CACHE
from tests.processes import manage
from tests.sync.monitoring.kept_runs import die
from tests.sync.scripted import fail, fail_thrice, sync

pytestmark = pytest.mark.django_db


@dataclass
class Steps:
    """Makes runs with different ends, and computes the expected metrics."""

    good: Path
    short: Path
    attempts: int = 0
    failures: int = 0
    held: list[int] = field(default_factory=list)

    def succeed(self) -> None:
        sync(path=self.good)
        self.attempts, self.failures, self.held = self.attempts + 1, 0, []

    def fail(self) -> None:
        fail()
        self.attempts, self.failures = self.attempts + 1, self.failures + 1

    def fail_thrice(self) -> None:
        fail_thrice()
        self.attempts, self.failures = self.attempts + 3, self.failures + 1

    def hold(self) -> None:
        run_id = sync(path=self.short).run_id
        assert run_id is not None
        self.held.append(run_id)
        self.attempts += 1

    def fail_dry(self) -> None:
        fail(is_dry=True)

    def reject(self) -> None:
        if self.held:
            lifecycle.reject(self.held.pop(), by="carla")

    def die(self) -> None:
        die()
        fail()
        self.attempts, self.failures = self.attempts + 1, self.failures + 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_cached_answer_equals_the_one_from_the_table(seed: int, good: Path, short: Path) -> None:
    choice = random.Random(seed)
    steps = Steps(good, short)
    steps.succeed()
    kinds = (
        *(steps.succeed, steps.fail, steps.fail, steps.fail_thrice),
        *(steps.hold, steps.fail_dry, steps.reject, steps.die),
    )
    for _ in range(12):
        step = choice.choice(kinds)
        step()
        assert metrics() == from_history().as_json(), step.__name__
        counted = (metrics()["totalSyncs"], metrics()["consecutiveFailures"])
        assert counted == (steps.attempts, steps.failures), step.__name__


# --- the cache ------------------------------------------------------------------------------------------


def test_a_cached_answer_takes_no_query(django_assert_num_queries: Any) -> None:
    fail()
    with django_assert_num_queries(0):
        answer = metrics()
    assert answer["totalSyncs"] == 1


def test_an_empty_cache_is_filled_from_the_table(django_assert_num_queries: Any) -> None:
    fail_thrice()
    before = metrics()
    cache.clear()
    assert metrics() == before
    with django_assert_num_queries(0):
        assert metrics() == before


@pytest.mark.parametrize(
    "kept",
    ["nonsense", 3, {"format": 0, "metrics": {}}, {"format": 1}],
)
def test_an_answer_of_another_release_is_recomputed(kept: Any, django_assert_num_queries: Any) -> None:
    fail()
    before = metrics()
    cache.set("sync.metrics", kept)
    assert metrics() == before
    with django_assert_num_queries(0):
        assert metrics() == before


@pytest.mark.parametrize("part", [{"metrics": {"totalSyncs": 9}}, {"metrics": "nonsense"}, {"format": 0}])
def test_an_answer_that_is_partly_of_another_release_is_recomputed(part: dict[str, Any]) -> None:
    fail()
    before = metrics()
    cache.set("sync.metrics", {**cache.get("sync.metrics"), **part})
    assert metrics() == before


@pytest.mark.parametrize(
    "part",
    [
        {"lastResult": "error"},
        {"lastResult": 5},
        {"lastResult": {"error": 5}},
        {"lastSyncTime": 5},
        {"totalSyncs": "1"},
        {"consecutiveFailures": None},
        {"consecutiveFailures": False},
        {"averageDuration": []},
        {"health": {}},
    ],
)
def test_an_answer_with_a_value_of_another_type_is_recomputed(part: dict[str, Any]) -> None:
    fail()
    before = metrics()
    stored = cache.get("sync.metrics")
    cache.set("sync.metrics", {**stored, "metrics": {**stored["metrics"], **part}})
    assert metrics() == before


@pytest.mark.parametrize(
    "part",
    [
        {"error": 5},
        {"error": {"message": "x", "text": 5, "params": {}}},
        {"error": {}},
        {"error": {"message": "x", "text": "%(a)s", "params": {"a": {"number": "x"}}}},
        {"success": "no"},
        {"duration": None},
    ],
)
def test_an_answer_with_a_last_result_of_another_shape_is_recomputed(part: dict[str, Any]) -> None:
    fail()
    before = metrics()
    stored = cache.get("sync.metrics")
    damaged = {**stored["metrics"]["lastResult"], **part}
    cache.set("sync.metrics", {**stored, "metrics": {**stored["metrics"], "lastResult": damaged}})
    assert metrics() == before


def test_a_damaged_cache_is_overwritten(settings: Any, django_assert_num_queries: Any) -> None:
    fail()
    before = metrics()
    store_bytes(settings.CACHES["default"], "sync.metrics", b"\x80broken")
    assert metrics() == before
    with django_assert_num_queries(0):
        assert metrics() == before


@pytest.fixture
def no_cache(settings: Any) -> None:
    settings.CACHES = NO_CACHE


@pytest.mark.usefixtures("no_cache")
def test_a_sync_succeeds_and_is_counted_without_the_cache(good: Path) -> None:
    assert sync(path=good).state == "succeeded"
    assert metrics()["totalSyncs"] == 1


@pytest.mark.usefixtures("no_cache")
def test_an_interrupted_run_is_counted_without_the_cache() -> None:
    with pytest.raises(KeyboardInterrupt):
        sync(KeyboardInterrupt())
    assert metrics()["consecutiveFailures"] == 1


@pytest.mark.usefixtures("no_cache")
def test_each_use_of_a_cache_that_can_not_be_reached_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    expect_change()
    forget()
    recount()
    metrics()
    logged = logged_with_traceback(caplog, "sync.monitoring.metrics")
    assert [message.partition(" could not be ")[2].split()[0] for message in logged] == [
        *("marked", "dropped", "put"),
        *("read", "put"),
    ]


@pytest.fixture
def cache_in_memory(settings: Any) -> None:
    """A cache whose entries expire by the clock of this process, after an hour if nothing else is said."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "TIMEOUT": 3600}}
    cache.clear()


@pytest.mark.usefixtures("cache_in_memory")
def test_a_cached_answer_does_not_expire(django_assert_num_queries: Any) -> None:
    before = fail_and_count()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=900)), django_assert_num_queries(0):
        assert metrics() == before


@pytest.mark.usefixtures("cache_in_memory")
def test_readers_cache_again_five_minutes_after_a_process_died_while_it_wrote(
    django_assert_num_queries: Any,
) -> None:
    before = fail_and_count()
    expect_change()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=301)):
        assert metrics() == before
        with django_assert_num_queries(0):
            assert metrics() == before


def fail_and_count() -> dict[str, Any]:
    fail()
    return metrics()


def test_another_process_answers_from_the_cache_only(tmp_path: Path) -> None:
    """The process has a database without tables."""
    fail_thrice()
    read = "import json; from sync.monitoring.metrics import metrics; print(json.dumps(metrics()))"
    empty = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    process = manage("shell", "--no-imports", "-c", read, DATABASE_URL=empty)
    assert json.loads(process.stdout) == metrics()


def test_a_reader_does_not_overwrite_a_newer_answer() -> None:
    """A run starts and ends while the reader queries the table."""
    fail()
    cache.clear()
    queries: list[str] = []

    def run_in_between(execute: Any, sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        queries.append(sql)
        if len(queries) == 1:
            fail()
        return found

    with connection.execute_wrapper(run_in_between):
        assert metrics()["totalSyncs"] == 1
    assert metrics()["totalSyncs"] == 2
