"""The rounds' own database: made, broken in its own ways, and dropped."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier

from scripts.chaos.slow_writes import slow_writes

Undo = Callable[[], None]

# How much longer each new customer takes to write, so that faults can hit the transaction.
_ROW_S = 0.025


class Database(ABC):
    """A new database for these rounds only."""

    vendor: str
    url: str

    @abstractmethod
    def create(self) -> None: ...

    @abstractmethod
    def drop(self) -> None: ...

    @abstractmethod
    def slow_down_writes(self) -> None: ...

    @abstractmethod
    def is_writing_customers(self) -> bool: ...

    @abstractmethod
    def damage(self) -> str:
        """Return what is wrong with the stored files, or an empty string."""


class SqliteDatabase(Database):
    vendor = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._path = folder / "chaos.sqlite3"
        self.url = f"sqlite:///{self._path}"

    def create(self) -> None:
        """Nothing to do: the first connection creates the file."""

    def drop(self) -> None:
        """Nothing to do: the file goes with its folder."""

    def slow_down_writes(self) -> None:
        with closing(self._connect(timeout_s=20)) as connection:
            for statement in slow_writes(self.vendor, _ROW_S):
                connection.execute(statement)

    def is_writing_customers(self) -> bool:
        """Tell whether the write lock is held; ask several times, since others hold it shortly."""
        return is_write_locked(self._path, for_s=0)

    def damage(self) -> str:
        with closing(self._connect(timeout_s=20)) as connection:
            said = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        return "" if said == "ok" else said

    def lock(self) -> Undo:
        """Lock all other writers out."""
        connection = self._connect(timeout_s=20)
        connection.execute("BEGIN EXCLUSIVE")

        def unlock() -> None:
            connection.execute("ROLLBACK")
            connection.close()

        return unlock

    def _connect(self, *, timeout_s: float) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=timeout_s, isolation_level=None)


def is_write_locked(path: Path | str, *, for_s: float) -> bool:
    """Tell whether SQLite's write lock is held, and stays so for some seconds."""
    with closing(sqlite3.connect(path, timeout=for_s, isolation_level=None)) as probe:
        try:
            probe.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        probe.execute("ROLLBACK")
    return False


class PostgresqlDatabase(Database):
    vendor = "postgresql"

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._name = f"archibald_chaos_{uuid4().hex[:8]}"
        self.url = urlunsplit(urlsplit(server_url)._replace(path=f"/{self._name}"))

    def create(self) -> None:
        self._run("CREATE DATABASE {}")

    def drop(self) -> None:
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def slow_down_writes(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in slow_writes(self.vendor, _ROW_S):
                connection.execute(statement.encode())

    def is_writing_customers(self) -> bool:
        with psycopg.connect(self._server_url, autocommit=True) as server:
            found = server.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event = 'PgSleep'",
                [self._name],
            ).fetchone()
        return bool(found and found[0])

    def damage(self) -> str:
        return ""

    def cut_connections(self) -> None:
        """End every session of the database, in the middle of what it does."""
        with psycopg.connect(self._server_url, autocommit=True) as server:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self._name]
            )

    def refuse_connections(self) -> Undo:
        return self._altered(
            "ALTER DATABASE {} ALLOW_CONNECTIONS false", "ALTER DATABASE {} ALLOW_CONNECTIONS true"
        )

    def make_read_only(self) -> Undo:
        return self._altered(
            "ALTER DATABASE {} SET default_transaction_read_only = on",
            "ALTER DATABASE {} RESET default_transaction_read_only",
        )

    def _altered(self, change: str, back: str) -> Undo:
        """Change the database and end all sessions, so that they notice; undo it the same way."""
        self._run(change)
        self.cut_connections()

        def undo() -> None:
            self._run(back)
            self.cut_connections()

        return undo

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as server:
            server.execute(SQL(statement).format(Identifier(self._name)))


def database_for(url: str, folder: Path) -> Database:
    """Return a database on the PostgreSQL server of this URL, or without one an SQLite file."""
    return PostgresqlDatabase(url) if url else SqliteDatabase(folder)
