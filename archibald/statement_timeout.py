"""The time limit of the web process for one database statement."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper


def limit_statements(connection: BaseDatabaseWrapper, **signal: Any) -> None:
    """Let PostgreSQL end a statement that takes too long, also when nobody waits for its result any more."""
    if connection.vendor == "postgresql":
        limit_ms = str(1000 * settings.DATABASE_STATEMENT_TIMEOUT_S)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [limit_ms])
