"""One clock for Python and the database that can be moved on.

Runs take their times from the database (`Now()`), everything else from Python. `time-machine` moves Python's
clock; it goes on ticking, so that durations stay real. The database's own clock can't be moved, so `Now()`
becomes Python's time as a parameter, in the same statements, on SQLite and on PostgreSQL. Shifting the stored
times instead would rewrite the table at every run, which is just what must not be measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import time_machine
from django.db.models.functions import Now
from django.utils import timezone


class Clock:
    """Moves the time of the whole process on; never back."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def move_to(self, moment: datetime) -> None:
        self._traveller.move_to(max(moment, timezone.now()))

    def move_on(self, **duration: float) -> None:
        self.move_to(timezone.now() + timedelta(**duration))


@contextmanager
def moved_clock(start: datetime) -> Iterator[Clock]:
    """Move the clock to ``start`` until the block ends."""
    with (
        patch.object(Now, "as_sqlite", _as_sqlite),
        patch.object(Now, "as_postgresql", _as_postgresql),
        time_machine.travel(start, tick=True) as traveller,
    ):
        yield Clock(traveller)


def _as_sqlite(self: Now, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[str]]:
    return "%s", [connection.ops.adapt_datetimefield_value(timezone.now())]


def _as_postgresql(self: Now, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[datetime]]:
    return "%s::timestamptz", [timezone.now()]
