"""Measure the reader and whole syncs: times and memory, in one run on one machine.

    ./scripts/bench [--report FILE] [--customers N] [--quick]

Each measurement runs in its own process, so that its peak memory can be measured. Nothing is asserted.
`docs/bench.md` shows results and how to read them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from scripts.erp_simulator.customer_report import draw_customers
from scripts.erp_simulator.oddities import odd
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer, generate
from scripts.own_environment import own_environment

ROOT = Path(__file__).resolve().parent.parent
SHARED_REPORT = ROOT.parent / "shared" / "exports" / "clienti-2026-01-8-pages.pdf"
MIB = 1024.0
RUNS = 5
# More, since the time of a sync depends on what else the machine does.
SYNCS = 11
FEW = 1500


def main() -> int:
    """Run all measurements and print them; return the exit status."""
    options = _options()
    console = Console(highlight=False)
    console.print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="archibald-bench-") as folder:
        report = _report(options, Path(folder))
        console.print(_reading_table(report, options.quick))
        console.print(_drawn_table(Path(folder), options.customers))
        console.print(_sync_table(Path(folder)))
    # In its own process, because it sets up Django.
    return subprocess.run([sys.executable, "-m", "scripts.bench_pages"], cwd=ROOT, check=False).returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./scripts/bench", description="Measure the reader and whole syncs."
    )
    parser.add_argument("--report", type=Path, default=SHARED_REPORT, help="the report to read")
    parser.add_argument("--customers", type=int, default=20_000, help="of the large report (default: 20000)")
    parser.add_argument("--quick", action="store_true", help="without pdfplumber, which takes over a minute")
    return parser.parse_args()


def _report(options: argparse.Namespace, folder: Path) -> Path:
    """Return the given report, or a drawn one of the same size if it does not exist."""
    if options.report.is_file():
        return Path(options.report)
    drawn = folder / "drawn.pdf"
    draw_customers(drawn, generate(1452, seed=1))
    return drawn


def _measured(name: str, path: Path, runs: int) -> dict[str, float]:
    """Return of several processes the median time in seconds, the peak memory in MiB, and what was found."""
    command = [sys.executable, "-m", "scripts.bench_reading", name, str(path)]
    results: list[dict[str, float]] = []
    for _ in range(runs):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        results.append(json.loads(done.stdout))
    median_s = statistics.median(each["s"] for each in results)
    return {**results[0], "s": median_s, "mib": max(each["mib"] for each in results)}


def _reading_table(path: Path, is_quick: bool) -> Table:
    table = Table("reading", "median s", "peak MiB", "× ours", title=path.name, box=SIMPLE)
    runs = {"our reader": RUNS, "pdfium, bare text": RUNS}
    if not is_quick:
        runs |= {"both engines, compared": 1, "pdfplumber, extract_tables": 1}
    measured = {name: _measured(name, path, count) for name, count in runs.items()}
    ours_s = measured["our reader"]["s"]
    for name, found in measured.items():
        table.add_row(name, f"{found['s']:.2f}", f"{found['mib']:.0f}", f"{found['s'] / ours_s:.1f}")
    return table


def _drawn_table(folder: Path, large: int) -> Table:
    """Read drawn lists: with and without every oddity of real ones, and a large one."""
    few = generate(FEW, seed=1)
    lists: dict[str, tuple[Sequence[SimCustomer], bool]] = {
        f"{FEW:,} customers": (few, False),
        f"{FEW:,}, every oddity": (odd(few), True),
        f"{large:,} customers": (generate(large, seed=1), False),
    }
    table = Table("our reader", "MiB", "pages", "read again", "s", "ms a page", "peak MiB", box=SIMPLE)
    for name, (customers, is_odd) in lists.items():
        path = folder / "drawn.pdf"
        draw_customers(path, customers, justify_kerning=is_odd, ligatures=is_odd)
        found = _measured("our reader", path, RUNS)
        table.add_row(
            name,
            f"{path.stat().st_size / MIB / MIB:.1f}",
            f"{found['pages']:,}",
            f"{found['again']:,}",
            f"{found['s']:.2f}",
            f"{found['s'] / found['pages'] * 1000:.2f}",
            f"{found['mib']:.0f}",
        )
    return table


def _sync_table(folder: Path) -> Table:
    """Sync with the simulator: once with new customers, then without changes beside what none can avoid."""
    with ErpSimulator(FEW, seed=1) as erp:
        erp.prepare()
        environment = own_environment(
            {
                "ARCHIBALD_DATA_DIR": str(folder / "data"),
                "ARCHIBALD_URL": erp.base_url,
                "ARCHIBALD_USERNAME": erp.username,
                "ARCHIBALD_PASSWORD": "segreta",
            }
        )
        _manage(environment, "migrate", "--verbosity", "0")
        first = _sync(environment)
        floors_s, unchanged = [], []
        for _ in range(SYNCS):
            floors_s.append(_floor_s(erp.base_url))
            unchanged.append(_sync(environment))
    table = Table(
        f"sync, {FEW:,} customers", "first", f"unchanged, median of {SYNCS}", "fastest", "slowest", box=SIMPLE
    )
    stages = dict.fromkeys(name for sync in (first, *unchanged) for name in sync["stages_s"])
    for stage in stages:
        table.add_row(
            stage, *_spread(first["stages_s"].get(stage), [s["stages_s"].get(stage) for s in unchanged])
        )
    for name, key in (("the run", "run_s"), ("with Python's start", "wall_s")):
        table.add_row(name, *_spread(first[key], [sync[key] for sync in unchanged]))
    table.add_row("one page and no sync", *_spread(None, floors_s))
    unchanged_s = statistics.median(sync["wall_s"] for sync in unchanged)
    table.caption = f"unchanged: {unchanged_s / statistics.median(floors_s):.2f} times one page"
    return table


def _spread(first_s: float | None, times_s: Sequence[float | None]) -> list[str]:
    """Return the first time, and median, minimum and maximum of the others; empty where there is none."""
    known_s = [time_s for time_s in times_s if time_s is not None]
    figures = (statistics.median(known_s), min(known_s), max(known_s)) if known_s else (None,) * 3
    return ["" if each is None else f"{each:.2f}" for each in (first_s, *figures)]


def _floor_s(url: str) -> float:
    """Return what Python, Playwright and the browser need to start, open one page of the ERP, and end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "scripts.bench_floor", url], cwd=ROOT, check=True)
    return time.perf_counter() - started


def _sync(environment: dict[str, str]) -> dict[str, Any]:
    """Sync once; return the seconds of the whole process, of the run, and of each stage."""
    started = time.perf_counter()
    result = json.loads(_manage(environment, "runsync", "--json"))
    return {
        "wall_s": time.perf_counter() - started,
        "run_s": result["durationMs"] / 1000,
        "stages_s": {name: stage_ms / 1000 for name, stage_ms in result["stages"].items()},
    }


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"manage.py {arguments[0]} ended with status {done.returncode}:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
