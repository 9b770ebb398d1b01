"""Transactions whose database is away, or whose process hangs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, connection
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

T = TypeVar("T")

# What a query raises while the database is away: with no file handle left for a connection, it is an OSError.
AWAY = (DatabaseError, OSError)
# A server that restarts takes some seconds.
_AGAIN_S, _WITHIN_S = 1.0, 20.0


def release_connection() -> None:
    """Close the database connection: it may be dead, or be cut while it idles during a fetch.

    The next query opens a new one.
    """
    if not connection.in_atomic_block:
        connection.close()


def tried_while_away(write: Callable[[], T], stop: Callable[[], bool]) -> T:
    """Call ``write`` again for 20 seconds while the database is away, unless told to stop.

    Raises: DatabaseError, OSError.
    """
    tries = Retrying(
        retry=retry_if_exception_type(AWAY),
        stop=lambda state: stop() or stop_after_delay(_WITHIN_S)(state),
        wait=wait_fixed(_AGAIN_S),
        before_sleep=lambda _: release_connection(),
        reraise=True,
    )
    return tries(write)


def end_if_idle_for(idle_s: float) -> None:
    """Let the database end the current transaction if nothing comes from its process for so long.

    A process that hangs while it writes keeps its rows locked, the run's among them, so that no other can
    take the run over. On SQLite, which has no such limit, others wait until the process is killed at its
    task's time limit.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
                [f"{round(idle_s * 1000)}ms"],
            )
