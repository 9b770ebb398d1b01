"""Sync every 30 minutes for a simulated year in one process, and tell what grew.

    python -m scripts.soak [--hours H] [--runs N] [--seed S] [--database URL]

The clock is moved on instead of waited for, lists are drawn once and reused, and the waits between attempts
are short. All else is the product: django-q2's scheduler queues the tasks, its worker runs them, and
`sync.tasks.scheduled_sync` takes each list through the pipeline into a database. Some runs fetch their list
with the browser from the simulated ERP. Seeded faults, decisions on held lists and the nightly removal of old
runs happen as in operation. docs/bench.md says how to read the table.

The database is a new one that is dropped at the end: in SQLite, or on the server of ``--database``. The exit
status is 1 if something grew that should not, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from scripts.erp_simulator.server import DEFAULT_PASSWORD, ErpSimulator
from scripts.own_environment import own_environment

YEAR_RUNS = 365 * 48
MONTH_RUNS = YEAR_RUNS // 12


def main() -> int:
    """Run the soak and print its table and verdict; return the exit status."""
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        erp = stack.enter_context(ErpSimulator(options.customers, seed=options.seed))
        _set_environment(options, folder, erp)
        import django  # noqa: PLC0415  # the settings are known only now

        django.setup()
        _keep_logs_off_the_terminal()
        from scripts.soak.runner import soak  # noqa: PLC0415  # its imports need the settings

        return soak(options, folder, erp)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.soak", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--hours", type=float, help="stop after this time (default: when all runs are done)")
    parser.add_argument("--runs", type=int, default=YEAR_RUNS, help=f"scheduled runs (default: {YEAR_RUNS})")
    parser.add_argument("--seed", type=int, default=1, help="of customers and faults (default: 1)")
    parser.add_argument("--database", default="", help="URL of a PostgreSQL server (default: SQLite)")
    parser.add_argument("--customers", type=int, default=60, help="in a list (default: 60)")
    parser.add_argument("--history-days", type=int, default=90, help="SYNC_HISTORY_DAYS (default: 90)")
    parser.add_argument(
        "--browser-every",
        type=int,
        default=500,
        help="how often the browser fetches a list; 0 is never",
    )
    parser.add_argument(
        "--measure-every", type=int, default=MONTH_RUNS, help=f"runs (default: {MONTH_RUNS}, a month)"
    )
    return parser.parse_args()


def _set_environment(options: argparse.Namespace, folder: Path, erp: ErpSimulator) -> None:
    """Set the settings; temporary files too go to the folder, where those left behind are counted."""
    temporary = folder / "tmp"
    temporary.mkdir()
    tempfile.tempdir = str(temporary)
    settings = {
        "DJANGO_SETTINGS_MODULE": "archibald.settings",
        "TMPDIR": str(temporary),
        "ARCHIBALD_DATA_DIR": str(folder / "data"),
        "ARCHIBALD_URL": erp.base_url,
        "ARCHIBALD_USERNAME": erp.username,
        "ARCHIBALD_PASSWORD": DEFAULT_PASSWORD,
        "SYNC_HISTORY_DAYS": str(options.history_days),
        "SYNC_RETRY_WAIT_S": "0.01",
        # Alerts are sent, and go nowhere.
        "ADMINS": "Carla <carla@localhost>",
        "EMAIL_URL": "dummymail://",
    }
    if options.database:
        settings["DATABASE_URL"] = options.database
    environment = own_environment(settings)
    os.environ.clear()
    os.environ.update(environment)


def _keep_logs_off_the_terminal() -> None:
    """Print no log lines. The loggers keep their level, since each run stores its log."""
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.CRITICAL + 1)
    logging.getLogger("django-q").setLevel(logging.CRITICAL)


if __name__ == "__main__":
    sys.exit(main())
