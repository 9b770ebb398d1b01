"""A database and a queue of an earlier version still work."""

from __future__ import annotations

import json
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

    def write(self, statement: str) -> None:
        with closing(sqlite3.connect(self._path)) as database:
            database.execute(statement)
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
    customers = old_database.whole_table("customers_customer")
    changes = "SELECT id, run_id, changed_at, kind, customer_id FROM customers_customerchange ORDER BY id"
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


def test_the_change_feed_of_an_earlier_version_gives_its_first_reader_everything(
    old_database: OldDatabase,
) -> None:
    # A customer whose history is gone.
    old_database.write("DELETE FROM customers_customerchange WHERE customer_id = '86133'")
    assert manage("migrate", **old_database.environment).returncode == 0
    found = old_database.rows(
        "SELECT position, customer_id, kind, fields FROM customers_customerchange ORDER BY position"
    )
    assert [row[0] for row in found] == list(range(1, 15))
    assert found[0][1:3] == ("86133", "new")
    copy: dict[str, dict[str, str | None]] = {}
    for _, erp_id, kind, fields in found:
        customer = copy.setdefault(erp_id, {})
        assert (kind == "new") == (customer == {})
        for name, change in json.loads(fields).items():
            assert customer.get(name) == change["old"]
            customer[name] = change["new"]
    stored = old_database.rows("SELECT erp_id, name, city, last_order_date FROM customers_customer")
    assert {
        erp_id: (c.get("name"), c.get("city"), c.get("last_order_date")) for erp_id, c in copy.items()
    } == {erp_id: (name or None, city or None, day) for erp_id, name, city, day in stored}
    assert old_database.rows("SELECT last FROM customers_feedhead") == [(14,)]
