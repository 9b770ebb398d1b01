"""What the database does about a transaction whose process hangs."""

from __future__ import annotations

from django.db import connection


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
