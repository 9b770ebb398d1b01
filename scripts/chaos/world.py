"""Everything that a round plays with: simulated ERP, database, cluster, folders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from scripts.chaos.cluster import ROOT, SupervisedCluster
from scripts.chaos.database import Database
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer

CHANGED_CUSTOMERS = 20
# Older than the folders that a fetch keeps for their owner.
_LONG_AGO_S = 7 * 3600


@dataclass(frozen=True)
class Change:
    """The customers that a round changes in the ERP: phone and street by ID, before and after."""

    old: Mapping[str, tuple[str, str]]
    new: Mapping[str, tuple[str, str]]


@dataclass
class World:
    """One cluster, its ERP, its database and its files."""

    folder: Path
    erp: ErpSimulator
    database: Database
    environment: Mapping[str, str]
    cluster: SupervisedCluster = field(init=False)

    def __post_init__(self) -> None:
        self.temporary.mkdir(mode=0o700, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.slow_down_erp()
        # Browsers and drivers keep their files there, where leftovers are seen.
        in_folder = {**self.environment, "TMPDIR": str(self.temporary)}
        self.cluster = SupervisedCluster(self.folder, self.data, in_folder)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def work(self) -> Path:
        return self.data / "work"

    @property
    def cache(self) -> Path:
        return self.data / "cache"

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def session(self) -> Path:
        return self.data / "session" / "state.json"

    def migrate(self) -> None:
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
        subprocess.run(command, cwd=ROOT, env=dict(self.environment), check=True)
        self.database.slow_down_writes()

    def slow_down_erp(self) -> None:
        """Turn all faults of the ERP off, and let its steps take long enough to be hit."""
        self.erp.faults.clear()
        self.erp.faults.login_slower = 0.4
        self.erp.faults.page_delay = 0.2
        self.erp.faults.export_delay = 0.4

    def change_customers(self, rng: Random) -> Change:
        """Change some customers in the ERP, all at once."""
        with self.erp.lock:
            customers = list(self.erp.customers)
            chosen = rng.sample(range(len(customers)), CHANGED_CUSTOMERS)
            old = [customers[position] for position in chosen]
            new = [_changed(customer, rng) for customer in old]
            for position, customer in zip(chosen, new, strict=True):
                customers[position] = customer
            self.erp.customers = customers
        return Change(values_of(old), values_of(new))

    def age_leftovers(self) -> None:
        """Move time on for the folders of killed fetches; the next fetch removes old ones."""
        long_ago_s = time.time() - _LONG_AGO_S
        for path in self.fetch_folders():
            os.utime(path, (long_ago_s, long_ago_s))

    def fetch_folders(self) -> list[Path]:
        return sorted(self.work.glob("fetch-*"))

    def clean_up(self) -> None:
        """Remove what a broken round left, so that the next one is judged by itself."""
        for path in (*self.temporary.iterdir(), *self.fetch_folders()):
            shutil.rmtree(path, ignore_errors=True)
            path.unlink(missing_ok=True) if not path.is_dir() else None


def _changed(customer: SimCustomer, rng: Random) -> SimCustomer:
    return replace(
        customer,
        phone=f"+3906{rng.randrange(10**8):08}",
        street=f"Via Nuova Prova, {rng.randrange(1, 10**6)}",
    )


def values_of(customers: list[SimCustomer]) -> dict[str, tuple[str, str]]:
    """Return phone and street by ID; the report prints runs of blanks as one."""
    return {each.erp_id: (each.phone, " ".join(each.street.split())) for each in customers}
