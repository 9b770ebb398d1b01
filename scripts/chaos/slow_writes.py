"""Triggers that make writing a customer take a while, so that a fault can hit the transaction."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

_NAME = "customers_written_slowly"
_COUNT = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT {}) SELECT count(*) FROM n"
_SAMPLE = 200_000


def slow_writes(vendor: str, row_s: float) -> list[str]:
    """Return the statements after which each new customer takes ``row_s`` longer to write.

    SQLite can't wait inside a statement. It counts instead, as far as this machine's processor comes in the
    time.
    """
    if vendor == "sqlite":
        count = _COUNT.format(round(_SAMPLE * row_s / _sample_s()))
        return [f"CREATE TRIGGER {_NAME} BEFORE INSERT ON customers_customer BEGIN SELECT ({count}); END"]
    return [
        f"CREATE OR REPLACE FUNCTION {_NAME}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN PERFORM pg_sleep({row_s}); RETURN NEW; END $$",
        f"CREATE TRIGGER {_NAME} BEFORE INSERT ON customers_customer FOR EACH ROW EXECUTE FUNCTION {_NAME}()",
    ]


def usual_writes(vendor: str) -> str:
    """Return the statement that undoes ``slow_writes``."""
    return f"DROP TRIGGER {_NAME}" + ("" if vendor == "sqlite" else " ON customers_customer")


def _sample_s() -> float:
    """Return the processor time in which SQLite counts the sample."""
    with closing(sqlite3.connect(":memory:")) as connection:
        started_s = time.thread_time()
        connection.execute(_COUNT.format(_SAMPLE)).fetchone()
        return time.thread_time() - started_s
