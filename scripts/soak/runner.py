"""The soak in its database: the year, its measurements, and the result."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count
from django.test.utils import get_runner

from scripts.erp_simulator.server import ErpSimulator
from scripts.soak.clock import moved_clock
from scripts.soak.faults import Fault
from scripts.soak.figures import database_figures, file_figures, process_figures, row_figures
from scripts.soak.lists import Lists
from scripts.soak.pages import page_figures
from scripts.soak.table import print_table, print_verdict
from scripts.soak.verdict import Measurement, Verdict, judge
from scripts.soak.year import PERSON, Year
from sync.models import SyncRun
from sync.monitoring import metrics

# After the last order of any invented customer, since a list with orders in the future is held.
_START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
# By then all code has been loaded, with a run in the browser among it.
_WARM_UP_RUNS = 20
_RUNS_PER_DAY = 48
_INTERRUPTED = 130


def soak(options: argparse.Namespace, folder: Path, erp: ErpSimulator) -> int:
    """Run the year in a database of its own and print what came of it; return the exit status."""
    lists = Lists(folder / "lists", options.customers, options.seed)
    with _own_database(), moved_clock(_START) as clock:
        User.objects.create_superuser(PERSON)
        with Year(clock, lists, erp, seed=options.seed, browser_every=options.browser_every) as year:
            soaked = _Soak(options, folder, year)
            is_whole = soaked.run_all()
            return soaked.report(is_whole=is_whole)


@contextmanager
def _own_database() -> Iterator[None]:
    """Create a database, named after this process, and drop it at the end."""
    if connection.vendor != "sqlite":
        connection.settings_dict["TEST"]["NAME"] = f"soak_{os.getpid()}"
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        yield
    finally:
        runner.teardown_databases(databases)


class _Soak:
    """The runs of a soak, and what was measured between them."""

    def __init__(self, options: argparse.Namespace, folder: Path, year: Year) -> None:
        self._options = options
        self._folder = folder
        self._year = year
        self._measured: list[Measurement] = []
        self._started_s = time.perf_counter()

    def run_all(self) -> bool:
        """Do all runs, or as many as fit into the hours; return False after Ctrl-C."""
        number = 0
        try:
            while number < self._options.runs and not self._is_time_up():
                number += 1
                self._year.run(number)
                if number == _WARM_UP_RUNS or number % self._options.measure_every == 0:
                    self._measure(number)
            if not self._measured or self._measured[-1].run != number:
                self._measure(number)
        except KeyboardInterrupt:
            return False
        return True

    def report(self, *, is_whole: bool) -> int:
        """Print the table and the verdict; return the exit status."""
        if not self._measured:
            print("Nothing was measured yet.")
            return _INTERRUPTED
        verdict = judge(self._measured, retention_run=self._options.history_days * _RUNS_PER_DAY)
        print_table(self._title(), self._measured, verdict)
        self._print_what_happened()
        print_verdict(verdict)
        return _status(verdict) if is_whole else _INTERRUPTED

    def _is_time_up(self) -> bool:
        hours = self._options.hours
        return hours is not None and time.perf_counter() - self._started_s > hours * 3600

    def _measure(self, number: int) -> None:
        counters = metrics.metrics() == metrics.from_history().as_json()
        # First, since the first request of a page loads code and templates.
        pages = page_figures()
        figures = {
            **process_figures(),
            **database_figures(),
            "run": self._year.run_ms,
            **pages,
            **file_figures(settings.DATA_DIR, self._folder / "tmp"),
            **row_figures(),
        }
        self._measured.append(Measurement(number, figures, counters))
        print(
            f"{self._elapsed_min():6.1f} min: {number:,} runs, {figures['memory']:.0f} MB of memory,"
            f" {figures['run']:.0f} ms a run",
            file=sys.stderr,
        )

    def _elapsed_min(self) -> float:
        return (time.perf_counter() - self._started_s) / 60

    def _title(self) -> str:
        options, last = self._options, self._measured[-1].run
        return (
            f"{last:,} scheduled runs ({last / _RUNS_PER_DAY:.0f} days) in {self._elapsed_min():.0f} min on"
            f" {connection.vendor}; lists of {options.customers} customers, seed {options.seed},"
            f" runs kept for {options.history_days} days"
        )

    def _print_what_happened(self) -> None:
        met = {fault.value: count for fault, count in self._year.met.items() if fault is not Fault.NONE}
        print(f"Runs with the browser: {self._year.script.browser_runs}. What went wrong:")
        for what, count in sorted(met.items()):
            print(f"  {count:5,}  {what}")
        kept = SyncRun.objects.order_by().values_list("state").annotate(count=Count("pk"))
        print("Kept runs:", ", ".join(f"{count:,} {state}" for state, count in sorted(kept)))


def _status(verdict: Verdict) -> int:
    return 0 if verdict.is_good else 1
