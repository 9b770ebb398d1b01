"""Queries that run often find their rows by an index, however many runs are kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sync.models import SyncRun
from sync.monitoring import metrics

pytestmark = pytest.mark.django_db


def plans_of(ask: Callable[[], object], word: str) -> list[str]:
    """Return the plans of the queries with this word in them, with enough runs that an index pays off."""
    now = timezone.now()
    SyncRun.objects.bulk_create(
        SyncRun(trigger="schedule", state="succeeded", created_at=now, started_at=now, finished_at=now)
        for _ in range(2000)
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE sync_syncrun")
        with CaptureQueriesContext(connection) as captured:
            ask()
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        asked = [query["sql"] for query in captured if word in query["sql"].partition(" WHERE ")[2]]
        return [_plan(cursor, f"{explain} {_select(sql)}") for sql in asked]


def _select(sql: str) -> str:
    """Leave out how PostgreSQL declares a cursor."""
    return sql[sql.index("SELECT") :]


def _plan(cursor: object, statement: str) -> str:
    cursor.execute(statement)  # type: ignore[attr-defined]
    return " ".join(str(row[-1]) for row in cursor.fetchall())  # type: ignore[attr-defined]


def test_the_failures_in_a_row_are_counted_without_sorting_all_runs() -> None:
    plans = plans_of(metrics.from_history, "finished_at")
    assert plans
    assert all("sync_run_by_end" in plan for plan in plans)


def test_the_sync_page_finds_a_held_list_without_reading_all_runs(admin_client: Client) -> None:
    plans = plans_of(lambda: admin_client.get("/admin/sync/now/live/"), "'held'")
    assert plans
    assert all("sync_held_run" in plan for plan in plans)
