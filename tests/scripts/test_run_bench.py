"""The bench runs and prints its tables; their numbers are not checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.bench_reading import READERS
from scripts.erp_simulator.customer_report import draw_customers
from scripts.erp_simulator.world import generate

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_bench_measures_each_reader_in_a_process_of_its_own(tmp_path: Path) -> None:
    report = tmp_path / "small.pdf"
    draw_customers(report, generate(20, seed=1))
    for name in READERS:
        done = subprocess.run(
            [sys.executable, "-m", "scripts.bench_reading", name, str(report)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert '"pages": 8' in done.stdout, done.stderr


def test_the_bench_of_the_pages_asks_each_of_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.bench_pages", "--customers", "120", "--runs", "60"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "120 customers, 60 runs" in done.stdout
    assert "the last page" in done.stdout
