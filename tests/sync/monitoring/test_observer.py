"""What goes on beside a run can't fail it."""

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

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def good(draw_list: DrawList) -> Path:
    return draw_list(generate(5, seed=1))


@contextmanager
def refused(*parts: str) -> Iterator[None]:
    """Let the database refuse every query that has all these parts."""

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
def test_a_sync_succeeds_though_its_story_can_not_be_told(parts: tuple[str, ...], good: Path) -> None:
    with refused(*parts):
        assert sync(path=good).state == "succeeded"
    assert Customer.objects.count() == 5
    assert metrics() == from_history().as_json()
    assert metrics()["totalSyncs"] == 1


def test_what_could_not_be_told_is_told_by_the_next_run() -> None:
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
