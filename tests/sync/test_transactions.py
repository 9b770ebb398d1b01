"""Writes are tried again while the database is away; a transaction whose process hangs is ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection

from sync.transactions import end_if_idle_for, tried_while_away


class Write:
    """Fails with each of the errors, then returns how often it was called."""

    def __init__(self, *errors: Exception, before: Callable[[], object] = lambda: None) -> None:
        self.errors, self.before, self.calls = list(errors), before, 0

    def __call__(self) -> int:
        self.calls += 1
        self.before()
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits so far; nothing waits really, and no other time passes."""
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(waits))
    return waits


def test_a_write_is_tried_every_second_for_twenty_seconds(waits: list[float]) -> None:
    errors = [OperationalError(f"away {number}") for number in range(30)]
    with pytest.raises(OperationalError, match=r"^away 20$"):
        tried_while_away(Write(*errors), stop=lambda: False)
    assert waits == [1.0] * 20


@pytest.mark.parametrize("error", [DatabaseError("away"), OSError("no file handle")])
def test_a_write_that_works_again_is_not_repeated(waits: list[float], error: Exception) -> None:
    assert tried_while_away(Write(error), stop=lambda: False) == 2


@pytest.mark.parametrize(("error", "is_stopped"), [(OSError("away"), True), (ValueError("wrong"), False)])
def test_a_write_is_tried_once_if_told_to_stop_or_if_it_is_wrong(
    waits: list[float], error: Exception, is_stopped: bool
) -> None:
    write = Write(error)
    with pytest.raises(type(error), match=str(error)):
        tried_while_away(write, stop=lambda: is_stopped)
    assert (write.calls, waits) == (1, [])


@pytest.mark.django_db(transaction=True)
def test_each_try_has_a_new_connection(waits: list[float]) -> None:
    seen: list[object] = []

    def connect() -> None:
        seen.append(connection.connection)
        connection.ensure_connection()

    connection.close()
    tried_while_away(Write(OSError("cut"), OSError("cut"), before=connect), stop=lambda: False)
    assert seen == [None, None, None]


@pytest.mark.django_db
def test_postgresql_ends_a_transaction_that_is_idle(django_assert_num_queries: Any) -> None:
    is_postgresql = connection.vendor == "postgresql"
    # SQLite has no such limit.
    with django_assert_num_queries(int(is_postgresql)):
        end_if_idle_for(45.0)
    if is_postgresql:
        with connection.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            assert cursor.fetchone() == ("45s",)
