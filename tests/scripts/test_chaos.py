"""Chaos on a real cluster, with few rounds, and what it compares with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.chaos.alert_history import demanded_alerts
from scripts.chaos.faults import FAULTS, fault_of_round
from scripts.chaos.mail import delivered
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
FAILING, RECOVERED = "failing", "recovered"


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Yield a folder with a short path: Chromium's socket in it must not exceed 108 bytes."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        yield Path(folder)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "scripts.chaos", *arguments]


def chaos(short_folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(short_folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_a_cluster_survives_the_deaths_of_its_worker_and_its_parent(short_folder: Path) -> None:
    done = chaos(
        short_folder, "--rounds", "2", "--seed", "5", "--only", "kill-worker", "--only", "kill-parent"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {words[0]: words[1:4] for line in done.stdout.splitlines() if (words := line.split())}
    assert rows["kill-worker"] == rows["kill-parent"] == ["1", "1", "0"]
    assert rows["all"] == ["2", "2", "0"]
    assert list(short_folder.iterdir()) == []


def test_ctrl_c_ends_it_with_the_table_and_leaves_nothing(short_folder: Path) -> None:
    process = subprocess.Popen(
        command("--only", "kill-worker"),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(short_folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: any(short_folder.glob("*/cluster-001.log")), within_s=120)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "stopped: the table so far" in said
    assert list(short_folder.iterdir()) == []


@pytest.mark.parametrize("arguments", [["--only", "kill-nobody"], ["--database", "mysql://localhost"]])
def test_wrong_usage_exits_with_2(arguments: list[str], short_folder: Path) -> None:
    assert chaos(short_folder, *arguments).returncode == 2


def test_it_lists_its_faults(short_folder: Path) -> None:
    said = chaos(short_folder, "--list").stdout
    assert all(fault.name in said for fault in FAULTS)


def test_the_same_seed_gives_the_same_faults_and_every_fault_comes_once_a_cycle() -> None:
    faults = list(FAULTS)
    first = [fault_of_round(number, faults, seed=7).name for number in range(1, len(faults) + 1)]
    assert first == [fault_of_round(number, faults, seed=7).name for number in range(1, len(faults) + 1)]
    assert sorted(first) == sorted(fault.name for fault in faults)
    assert first != [fault_of_round(number, faults, seed=8).name for number in range(1, len(faults) + 1)]


@pytest.mark.parametrize(
    ("states", "alerts"),
    [
        ([], []),
        (["failed", "abandoned", "succeeded"], []),
        (["failed", "abandoned", "failed"], [FAILING]),
        (["failed"] * 5 + ["succeeded"] * 2, [FAILING, RECOVERED]),
        (["failed"] * 3 + ["succeeded"] + ["failed"] * 3, [FAILING, RECOVERED, FAILING]),
    ],
)
def test_the_alerts_that_runs_demand(states: list[str], alerts: list[str]) -> None:
    assert demanded_alerts(states) == alerts


def test_delivered_alerts_are_counted_by_subject_and_text(tmp_path: Path) -> None:
    one = (
        "Subject: =?utf-8?q?=5BArchibald_Sync=5D_perch=C3=A9?=\nFrom: a@localhost\n\ntesto\n\n"
        + "-" * 79
        + "\n"
    )
    (tmp_path / "1.log").write_text(one * 2)
    (tmp_path / "2.log").write_text(one)
    assert delivered(tmp_path) == {("perché", "testo"): 3}
