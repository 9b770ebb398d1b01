"""What the soak measures of this process, its folders and its database."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from pathlib import Path

from django.apps import apps
from django.db import connection

MB = 1_000_000
FOLDERS = ("artifacts", "cache", "session", "work")
HISTORY_TABLE = "customers_customerchange"
# The tables whose rows are counted, as labels and models.
TABLES = {
    "runs": "sync.SyncRun",
    "attempts": "sync.SyncAttempt",
    "held lists": "sync.HeldList",
    "alerts": "sync.Alert",
    "queued tasks": "django_q.OrmQ",
    "finished tasks": "django_q.Success",
    "failed tasks": "django_q.Failure",
    "customers": "customers.Customer",
    "customers' changes": "customers.CustomerChange",
}


def process_figures() -> dict[str, float]:
    """Return resident memory (MB), open handles, threads, and processes that were left behind."""
    gc.collect()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "memory": int(status["VmRSS"].split()[0]) * 1024 / MB,
        "handles": len(os.listdir("/proc/self/fd")) - 1,  # noqa: PTH208  # one is the listing's own
        "threads": int(status["Threads"]),
        "processes": _processes_left(os.environ["TMPDIR"]),
    }


def _processes_left(mark: str) -> int:
    """Count the other processes that have inherited the environment; Chromium leaves its parent's tree."""
    return sum(
        mark.encode() in _environment_of(process)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and int(process.name) != os.getpid()
    )


def _environment_of(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        # It has ended, or belongs to another user.
        return b""


def file_figures(data_dir: Path, temporary: Path) -> dict[str, float]:
    """Return how many files each folder has."""
    folders = {name: data_dir / name for name in FOLDERS} | {"temporary": temporary}
    return {f"files: {name}": _file_count(folder) for name, folder in folders.items()}


def _file_count(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))


def row_figures() -> dict[str, float]:
    return {f"rows: {name}": apps.get_model(model)._default_manager.count() for name, model in TABLES.items()}


def database_figures() -> dict[str, float]:
    """Return the sizes in MB of the database without the customers' history, and of that history."""
    sizes = _sqlite_bytes() if connection.vendor == "sqlite" else _postgresql_bytes()
    return {
        "database": (sizes["all"] - sizes["history"]) / MB,
        "history": sizes["history"] / MB,
    }


def _sqlite_bytes() -> Mapping[str, int]:
    """Return bytes of pages; free pages are part of the file."""
    return {
        "all": _number("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"),
        "history": _number(
            "SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE aggregate AND name IN"
            " (SELECT name FROM sqlite_master WHERE tbl_name = %s)",
            HISTORY_TABLE,
        ),
    }


def _postgresql_bytes() -> Mapping[str, int]:
    return {
        "all": _number("SELECT pg_database_size(current_database())"),
        "history": _number("SELECT pg_total_relation_size(%s)", HISTORY_TABLE),
    }


def _number(statement: str, *parameters: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.fetchone()[0])
