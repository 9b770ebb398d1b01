"""The demo, run in an environment that is set up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.run_demo", *arguments],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_demo_syncs_three_times_and_shows_what_changed() -> None:
    done = demo("--customers", "40")
    assert done.returncode == 0, done.stderr
    counts = [
        tuple(int(number) for number in found)
        for found in re.findall(r"new +(\d+) *\n +updated +(\d+) *\n +unchanged +(\d+)", done.stdout)
    ]
    assert counts == [(40, 0, 0), (0, 0, 40), (1, 2, 37)]
    assert "→" in done.stdout.split("3. The ERP")[1]


def test_too_few_customers_for_a_demo_is_wrong_usage() -> None:
    done = demo("--customers", "3")
    assert done.returncode == 2
    assert "at least 10" in done.stderr
