"""Health checks: no login, no details."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from sync.report import builtin
from sync.scheduling import health
from sync.scheduling.schedule import ensure_schedule
from tests.api_calls import client_of, reader
from tests.no_cache import NO_CACHE

pytestmark = pytest.mark.django_db

LIVE, READY, READER = "/healthz/live", "/healthz/ready", "/api/health/pdf-parser"
UNAVAILABLE = (503, {"status": "unavailable"})
OK = (200, {"status": "ok"})


def said(path: str) -> tuple[int, Any]:
    answer = Client(raise_request_exception=False).get(path)
    return answer.status_code, answer.json()


def test_liveness_needs_no_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert said(LIVE) == OK


def test_ready_if_database_cache_and_cluster_are_up() -> None:
    ensure_schedule()
    health.set_liveness()
    assert said(READY) == OK


def test_not_ready_without_a_cluster_and_without_details() -> None:
    assert said(READY) == UNAVAILABLE


def test_not_ready_if_the_schedule_is_overdue() -> None:
    health.set_liveness()
    type(ensure_schedule()).objects.update(next_run=timezone.now() - timedelta(minutes=10))
    assert said(READY) == UNAVAILABLE


def test_not_ready_without_the_cache(settings: Any) -> None:
    ensure_schedule()
    settings.CACHES = NO_CACHE
    assert said(READY) == UNAVAILABLE


def test_not_ready_without_the_database() -> None:
    ensure_schedule()
    health.set_liveness()

    def broken(*_: Any) -> Any:
        raise OperationalError("the connection is lost")

    with connection.execute_wrapper(broken):
        assert said(READY) == UNAVAILABLE


@pytest.mark.parametrize("path", [LIVE, READY])
def test_the_answers_are_not_cached(path: str) -> None:
    cache.clear()
    assert "no-store" in Client().get(path)["Cache-Control"]


@pytest.mark.parametrize("path", [LIVE, READY])
def test_post_is_not_allowed(path: str) -> None:
    assert Client().post(path).status_code == 405


def test_the_reader_reads_the_built_in_report() -> None:
    answer = client_of(reader()).get(READER)
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["status"], answer.json()["rows"]) == ("ok", 5)


def test_a_reader_with_another_result_is_broken(
    monkeypatch: pytest.MonkeyPatch, draw_list: Any, people: Any
) -> None:
    monkeypatch.setattr(builtin, "BUILTIN_PATH", draw_list(people))
    answer = client_of(reader()).get(READER)
    assert (answer.status_code, answer.json()["error"]) == (503, "reader_broken")


def test_a_report_that_can_not_be_opened_means_a_broken_reader(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(builtin, "BUILTIN_PATH", tmp_path / "gone.pdf")
    answer = client_of(reader()).get(READER)
    assert (answer.status_code, answer.json()["error"]) == (503, "reader_broken")
    assert str(tmp_path) not in answer.content.decode()
