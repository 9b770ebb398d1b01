"""Sessions end when nobody uses them; a page that polls is not use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sync import tasks
from tests.accounts import viewer

pytestmark = pytest.mark.django_db

PAGE, POLL = "/admin/sync/now/", "/admin/sync/now/live/"


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-11-27T08:00:00+00:00", tick=False) as moved:
        yield moved


@pytest.fixture
def logged_in(client: Client, clock: Any) -> Client:
    client.force_login(viewer())
    return client


def is_logged_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def test_a_session_that_is_used_goes_on(logged_in: Client, clock: Any) -> None:
    for _ in range(5):
        clock.shift(timedelta(hours=3))
        assert is_logged_in(logged_in)


def test_an_idle_session_ends(logged_in: Client, clock: Any) -> None:
    clock.shift(timedelta(hours=4, seconds=1))
    assert not is_logged_in(logged_in)


def test_a_page_that_polls_does_not_keep_its_session(logged_in: Client, clock: Any) -> None:
    for _ in range(6):
        assert "HX-Refresh" not in logged_in.get(POLL, headers={"HX-Request": "true"})
        clock.shift(timedelta(minutes=41))
    answer = logged_in.get(POLL, headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"
    assert not is_logged_in(logged_in)


def test_a_session_is_saved_at_most_once_a_minute(logged_in: Client, clock: Any) -> None:
    clock.shift(timedelta(seconds=59))
    with CaptureQueriesContext(connection) as queries:
        assert is_logged_in(logged_in)
    assert not [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]


def test_expired_sessions_are_removed_at_night(logged_in: Client, clock: Any) -> None:
    tasks.remove_old_runs()
    assert Session.objects.exists()
    clock.shift(timedelta(hours=5))
    tasks.remove_old_runs()
    assert not Session.objects.exists()
