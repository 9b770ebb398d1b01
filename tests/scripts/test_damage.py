"""`python -m scripts.damage`: no damaged file is read wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def damage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.damage", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_no_damaged_file_is_read_wrong() -> None:
    done = damage("--files", "200", "--seed", "3")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.rsplit(None, 3) for line in done.stdout.splitlines() if line.rstrip().endswith(" 0")]
    assert len(rows) == 10
    assert sum(int(refused) for _kind, refused, _right, _wrong in rows) > 150


def test_an_unknown_kind_is_wrong_usage() -> None:
    assert damage("--only", "nothing").returncode == 2
