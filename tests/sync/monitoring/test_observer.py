"""Errors in metrics, alerts and suspension do not fail a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from customers.models import Customer
from scripts.erp_simulator.world import generate
from sync.errors import LoginRejected
from sync.models import Alert, Suspension
from sync.monitoring.metrics import from_history, metrics
from tests.conftest import DrawList
from tests.sync.scripted import fail, sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def good(draw_list: DrawList) -> Path:
    return draw_list(generate(5, seed=1))


@contextmanager
def refused(*parts: str) -> Iterator[None]:
    """Make every query fail that contains all these parts."""

    def execute(run: Any, sql: str, *rest: Any) -> Any:
        if all(part in sql for part in parts):
            raise OperationalError("the database is gone for a moment")
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        yield


@pytest.mark.parametrize(
    "parts",
    [("sync_alert",), ("sync_suspension",), ("COUNT", "sync_syncattempt"), ("SELECT", "sync_syncattempt")],
)
def test_a_monitoring_error_does_not_fail_a_sync(parts: tuple[str, ...], good: Path) -> None:
    with refused(*parts):
        assert sync(path=good).state == "succeeded"
    assert Customer.objects.count() == 5
    assert metrics() == from_history().as_json()
    assert metrics()["totalSyncs"] == 1


def test_the_next_run_raises_an_alert_that_failed() -> None:
    fail()
    fail()
    with refused("sync_alert"):
        fail()
    assert not Alert.objects.exists()
    fail()
    assert Alert.objects.get().kind == "failing"


def test_a_failed_run_keeps_its_own_error(good: Path) -> None:
    with refused("sync_suspension"):
        result = sync(LoginRejected("refused"))
    assert result.error is not None
    assert (result.error.code, Suspension.objects.count()) == ("login_rejected", 0)
