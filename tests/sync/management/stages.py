"""Keep a sync in one of its stages, with a slow ERP, a long list or a slow database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
from django.conf import settings
from django.db import connection

from scripts.chaos.database import is_write_locked
from scripts.chaos.slow_writes import slow_writes, usual_writes
from scripts.erp_simulator.customer_report import draw_customers
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import generate
from sync.models import SyncRun
from tests.waiting import wait_until

STAGES = ("login", "export", "download", "read", "apply")
_LONG_LIST = 500
# So 60 customers take more than a second. PostgreSQL sleeps; SQLite works, and on a busy machine that takes
# some times longer, of the 8 s that a worker has whose sentinel is gone.
_ROW_S = {"sqlite": 0.02, "postgresql": 0.04}


@contextmanager
def held_in(stage: str, erp: ErpSimulator, folder: Path) -> Iterator[Callable[[], None]]:
    """Make syncs stay in a stage; yield a function that waits until one is there. Undo it afterwards."""
    before = erp.customers
    try:
        with _HOLDS[stage](erp, folder) as is_there:
            yield lambda: wait_until(is_there)
    finally:
        erp.faults.clear()
        erp.serve_pdf(None)
        erp.customers = before


@contextmanager
def _slow_login(erp: ErpSimulator, folder: Path) -> Iterator[Callable[[], bool]]:
    erp.expire_sessions()
    erp.faults.login_slower = 600.0
    yield lambda: _shown_stage() == "login"


@contextmanager
def _slow_export(erp: ErpSimulator, folder: Path) -> Iterator[Callable[[], bool]]:
    erp.faults.export_delay = 600.0
    yield lambda: _shown_stage() == "export"


@contextmanager
def _stalled_download(erp: ErpSimulator, folder: Path) -> Iterator[Callable[[], bool]]:
    erp.faults.download_stalls = 600.0
    incoming = Path(settings.DATA_DIR) / "work"
    yield lambda: any(incoming.glob("*/incoming/*"))


@contextmanager
def _long_list(erp: ErpSimulator, folder: Path) -> Iterator[Callable[[], bool]]:
    """Serve a list that takes long to read: its pages are left to pdfplumber, for a blank too many."""
    erp.customers = generate(_LONG_LIST, seed=4)
    path = folder / "long.pdf"
    draw_customers(path, erp.customers)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        for page in pdf.pages:
            page.Contents.write(page.Contents.read_bytes() + b" ")
        pdf.save()
    erp.serve_pdf(path)
    yield lambda: _shown_stage() == "read"


@contextmanager
def _slow_database(erp: ErpSimulator, folder: Path) -> Iterator[Callable[[], bool]]:
    """Slow down the writing of each customer with a trigger, inside the sync's transaction."""
    vendor = connection.vendor
    with connection.cursor() as cursor:
        for statement in slow_writes(vendor, _ROW_S[vendor]):
            cursor.execute(statement)
    try:
        yield _is_writing_in_sqlite if vendor == "sqlite" else _is_writing_in_postgresql
    finally:
        with connection.cursor() as cursor:
            cursor.execute(usual_writes(vendor))


def _is_writing_in_sqlite() -> bool:
    """Return whether SQLite's write lock is held for half a second; only a sync holds it so long."""
    return is_write_locked(connection.settings_dict["NAME"], for_s=0.5)


def _is_writing_in_postgresql() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event = 'PgSleep' AND query LIKE 'INSERT INTO \"customers_%%'"
        )
        return bool(cursor.fetchone()[0])


def _shown_stage() -> str:
    run = SyncRun.objects.filter(state=SyncRun.State.RUNNING).first()
    return run.stage if run else ""


_HOLDS = {
    "login": _slow_login,
    "export": _slow_export,
    "download": _stalled_download,
    "read": _long_list,
    "apply": _slow_database,
}
