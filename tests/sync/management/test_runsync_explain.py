"""`manage.py runsync --explain`."""

from __future__ import annotations

from pathlib import Path

import pytest

from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from sync.models import SyncRun
from tests.processes import manage, manage_into

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_walk_through_the_erp_is_written_to_a_file_and_syncs_nothing(
    erp_settings: ErpSimulator, tmp_path: Path
) -> None:
    erp_settings.expire_sessions()
    report = tmp_path / "report.md"
    done = manage("runsync", "--explain", report)
    assert (done.returncode, done.stderr.splitlines()[0]) == (0, "1. The redirect to the login")
    assert str(report) in done.stdout
    assert "every step was as expected" in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600
    assert not SyncRun.objects.exists()
    assert not Customer.objects.exists()


def test_a_walk_that_ends_early_says_where(erp_settings: ErpSimulator, tmp_path: Path) -> None:
    erp_settings.faults.wrong_password = True
    done = manage("runsync", "--explain", tmp_path / "report.md")
    assert (done.returncode, erp_settings.counters.login_presses) == (1, 1)
    assert "login_rejected: " in done.stdout


def test_a_walk_whose_output_nobody_reads_is_written_to_its_file(
    erp_settings: ErpSimulator, tmp_path: Path, nobody: int
) -> None:
    report = tmp_path / "report.md"
    assert manage_into("runsync", "--explain", report, stdout=nobody, stderr=nobody).returncode == 0
    assert "every step was as expected" in report.read_text()


def test_a_report_that_cannot_be_written_uses_no_login(erp_settings: ErpSimulator, tmp_path: Path) -> None:
    done = manage("runsync", "--explain", tmp_path / "nowhere" / "report.md")
    assert done.returncode == 2
    assert "can't write" in done.stderr
    assert erp_settings.counters.requests == 0


@pytest.mark.parametrize("option", ["--dry-run", "--json"])
def test_explain_can_not_be_combined_with_other_options(option: str) -> None:
    assert manage("runsync", "--explain", option).returncode == 2
