"""Faults of the database."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from scripts.chaos.database import PostgresqlDatabase, SqliteDatabase, Undo
from scripts.chaos.fault import Fault, Strike, already_over
from scripts.chaos.moments import FROM_DUE
from scripts.chaos.world import World

# The cluster waits up to 20 s for SQLite's lock.
_LOCKED_S, _LOCKED_LONG_S = (1.0, 8.0), (21.0, 25.0)
_AWAY_S = (1.0, 12.0)


def _lock(world: World, rng: Random) -> Undo | None:
    assert isinstance(world.database, SqliteDatabase)  # noqa: S101  # the fault suits SQLite only
    return world.database.lock()


def _on_postgresql(act: Callable[[PostgresqlDatabase], Undo | None]) -> Strike:
    def strike(world: World, rng: Random) -> Undo | None:
        assert isinstance(world.database, PostgresqlDatabase)  # noqa: S101  # the fault suits PostgreSQL only
        return act(world.database) or already_over

    return strike


_CUT = _on_postgresql(PostgresqlDatabase.cut_connections)
_REFUSE = _on_postgresql(PostgresqlDatabase.refuse_connections)
_READ_ONLY = _on_postgresql(PostgresqlDatabase.make_read_only)

FAULTS: tuple[Fault, ...] = (
    Fault("db-locked", "another program locks SQLite", _lock, FROM_DUE, _LOCKED_S, "sqlite"),
    Fault("db-locked-long", "… for longer than syncs wait", _lock, FROM_DUE, _LOCKED_LONG_S, "sqlite"),
    Fault("db-cut", "all connections are cut", _CUT, FROM_DUE, vendor="postgresql"),
    Fault("db-cut-in-commit", "… while customers are written", _CUT, ("apply",), vendor="postgresql"),
    Fault("db-refuses", "all connections are cut and refused", _REFUSE, FROM_DUE, _AWAY_S, "postgresql"),
    Fault("db-read-only", "the database is read-only", _READ_ONLY, FROM_DUE, _AWAY_S, "postgresql"),
)
