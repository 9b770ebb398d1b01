"""A database and a queue of an earlier version still work."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer, generate
from tests.processes import manage
from tests.sync.management.clusters import cluster
from tests.waiting import wait_until

DUMP = Path(__file__).parent / "upgrade" / "before_the_rooms.sql"
SECRET_KEY = "a key for the upgrade test and for nothing else"
QUEUED_RUN = 5


class OldDatabase:
    """The dumped database as a file; ``environment`` makes the project's commands use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.environment = {"DATABASE_URL": f"sqlite:///{path}", "SECRET_KEY": SECRET_KEY}
        with closing(sqlite3.connect(path)) as database:
            database.executescript(DUMP.read_text(encoding="utf-8"))
            # A run that was queued too long ago is abandoned.
            database.execute(
                "UPDATE sync_syncrun SET created_at = ? WHERE id = ?",
                (f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}", QUEUED_RUN),
            )
            database.commit()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._path, timeout=30)) as database:
            return database.execute(query).fetchall()

    def whole_table(self, name: str) -> str:
        """Return a query of the columns that the table has now: a migration may add columns."""
        columns = ", ".join(f'"{row[1]}"' for row in self.rows(f"PRAGMA table_info({name})"))
        return f"SELECT {columns} FROM {name} ORDER BY id"  # noqa: S608


@pytest.fixture
def people() -> list[SimCustomer]:
    return generate(12, seed=3)


@pytest.fixture
def old_database(erp_settings: ErpSimulator, tmp_path: Path) -> OldDatabase:
    erp_settings.book.change(2, seed=5)
    return OldDatabase(tmp_path / "old.sqlite3")


def test_a_task_queued_by_an_earlier_version_is_done_and_changes_no_customer(
    old_database: OldDatabase,
) -> None:
    customers, changes = (
        old_database.whole_table(name) for name in ("customers_customer", "customers_customerchange")
    )
    before = old_database.rows(customers), old_database.rows(changes)
    assert manage("migrate", **old_database.environment).returncode == 0
    state = f"SELECT state FROM sync_syncrun WHERE id = {QUEUED_RUN}"  # noqa: S608
    with cluster(SYNC_STARTUP_DELAY_S="600", **old_database.environment):
        wait_until(lambda: old_database.rows(state) not in ([("queued",)], [("running",)]), within_s=120)
    (counts,) = old_database.rows(
        f"SELECT state, json_extract(counts, '$.unchanged') FROM sync_syncrun WHERE id = {QUEUED_RUN}"  # noqa: S608
    )
    assert counts == ("succeeded", 12)
    assert (old_database.rows(customers), old_database.rows(changes)) == before


def test_the_schedule_of_an_earlier_version_stays(old_database: OldDatabase) -> None:
    schedules = "SELECT id, func, minutes, repeats, next_run FROM django_q_schedule ORDER BY id"
    before = old_database.rows(schedules)
    assert [(row[1], row[2]) for row in before] == [
        ("sync.tasks.scheduled_sync", 45),
        ("sync.tasks.remove_old_runs", None),
    ]
    assert manage("migrate", **old_database.environment).returncode == 0
    report = "from sync.tasks import scheduled_sync, startup_sync, queued_sync, remove_old_runs"
    assert manage("shell", "-c", report, **old_database.environment).returncode == 0
    assert old_database.rows(schedules) == before


def test_a_list_held_by_an_earlier_version_can_still_be_decided_on(old_database: OldDatabase) -> None:
    """Approving it fails with a message, since a newer list has been applied."""
    assert manage("migrate", **old_database.environment).returncode == 0
    done = manage("runsync", "--approve", "2", **old_database.environment)
    assert (done.returncode, "newer" in done.stderr) == (2, True)
