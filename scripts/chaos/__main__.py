"""Break a running cluster again and again, and check that it recovers by itself.

    python -m scripts.chaos [--rounds N] [--seed S] [--database postgres://…/postgres] [--only FAULT]

docs/chaos.md says what is checked and how to read the table. Exit status: 0 everything held, 1 a promise
was broken, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from scripts.chaos.database import Database, database_for
from scripts.chaos.fault import Fault
from scripts.chaos.faults import FAULTS, fault_of_round
from scripts.chaos.settings import settings_of
from scripts.chaos.world import World
from scripts.erp_simulator.server import DEFAULT_PASSWORD, ErpSimulator
from scripts.own_environment import own_environment
from scripts.signals import end_on_signals

_CUSTOMERS = 60


def main() -> int:
    """Play the rounds; return the exit status."""
    options = _options()
    if options.list:
        for fault in FAULTS:
            print(f"{fault.name:20} {fault.about}{f' ({fault.vendor})' if fault.vendor else ''}")
        return 0
    end_on_signals()
    return _in_new_folder(options)


def _in_new_folder(options: argparse.Namespace) -> int:
    """Play the rounds in a new folder, and remove it unless something was broken."""
    folder = Path(tempfile.mkdtemp(prefix="archibald-chaos-"))
    database = database_for(options.database, folder)
    is_whole = True
    try:
        database.create()
        is_whole = _play(options, folder, database)
    except KeyboardInterrupt:
        print("stopped before the first round")
    finally:
        database.drop()
    if is_whole:
        shutil.rmtree(folder)
        return 0
    print(f"logs, database and the runs of broken rounds are in {folder}")
    return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.chaos", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--rounds", type=int, default=50, metavar="N", help="(default: 50)")
    parser.add_argument(
        "--first", type=int, default=1, metavar="N", help="begin with this round (default: 1)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="(default: 1)")
    parser.add_argument(
        "--database", default="", metavar="URL", help="of a PostgreSQL server (default: SQLite)"
    )
    parser.add_argument("--only", action="append", default=[], metavar="FAULT", help="can be repeated")
    parser.add_argument("--list", action="store_true", help="print the faults and exit")
    options = parser.parse_args()
    if options.database and not options.database.startswith(("postgres://", "postgresql://")):
        parser.error("--database takes the URL of a PostgreSQL server")
    options.faults = _chosen(options)
    if not options.faults:
        parser.error("no such fault for this database: see --list")
    return options


def _chosen(options: argparse.Namespace) -> list[Fault]:
    vendor = "postgresql" if options.database else "sqlite"
    suitable = [fault for fault in FAULTS if fault.suits(vendor)]
    known = {fault.name for fault in suitable}
    if not set(options.only) <= known:
        return []
    return [fault for fault in suitable if not options.only or fault.name in options.only]


def _play(options: argparse.Namespace, folder: Path, database: Database) -> bool:
    erp = ErpSimulator(_CUSTOMERS, seed=options.seed)
    settings = settings_of(
        folder,
        database_url=database.url,
        erp_url=erp.base_url,
        username=erp.username,
        password=DEFAULT_PASSWORD,
    )
    environment = own_environment(settings)
    os.environ.clear()
    os.environ.update({**environment, "LOG_LEVEL": "ERROR"})
    import django  # noqa: PLC0415  # the settings are known only now

    django.setup()
    from scripts.chaos.rounds import plan_of  # noqa: PLC0415
    from scripts.chaos.session import play_all  # noqa: PLC0415

    numbers = range(options.first, options.first + options.rounds)
    plans = [
        plan_of(each, fault_of_round(each, options.faults, options.seed), options.seed) for each in numbers
    ]
    world = World(folder, erp, database, environment)
    return play_all(world, plans, f"seed {options.seed}, {database.vendor}")


if __name__ == "__main__":
    sys.exit(main())
