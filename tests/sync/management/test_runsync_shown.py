"""`manage.py runsync`: what a person, a terminal and a program are shown."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from customers.models import Customer
from scripts.erp_simulator.world import SimCustomer
from sync.models import SyncRun
from tests.conftest import DrawList
from tests.processes import ROOT, command, environment, manage, manage_into

pytestmark = pytest.mark.django_db(transaction=True)


def test_without_json_a_table_shows_the_counts(people: list[SimCustomer], draw_list: DrawList) -> None:
    done = manage("runsync", "--pdf", draw_list(people))
    assert done.returncode == 0
    assert "succeeded" in done.stdout
    assert [line.split() for line in done.stdout.splitlines() if line.split()[:1] == ["new"]] == [
        ["new", "60"]
    ]


def test_a_terminal_gets_a_bar(people: list[SimCustomer], draw_list: DrawList) -> None:
    ours, theirs = pty.openpty()
    arguments = command("runsync", "--json", "--pdf", draw_list(people))
    with subprocess.Popen(
        arguments, env=environment(TERM="xterm"), cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs
    ):
        os.close(theirs)
        shown = all_shown_on(ours)
    os.close(ours)
    assert "━" in shown
    assert "Reading the report" in shown


def all_shown_on(terminal: int) -> str:
    """Return all that is written to it, decoded at the end, since one read may end within a character."""
    shown = b""
    while True:
        try:
            shown += os.read(terminal, 100_000)
        except OSError:  # the last writer has closed it
            return shown.decode()


def test_a_dry_run_lists_every_change_field_by_field(people: list[SimCustomer], draw_list: DrawList) -> None:
    manage("runsync", "--pdf", draw_list(people))
    before = people[7]
    people[7] = replace(before, city="Isernia")
    done = manage("runsync", "--json", "--dry-run", "--pdf", draw_list(people, "later.pdf"))
    assert json.loads(done.stdout)["changes"] == [
        {
            "erpId": before.erp_id,
            "name": before.name,
            "change": "updated",
            "fields": [{"field": "city", "old": before.city, "new": "Isernia"}],
        }
    ]
    assert not Customer.objects.filter(city="Isernia").exists()


def test_a_dry_run_shows_the_changes_to_a_person(people: list[SimCustomer], draw_list: DrawList) -> None:
    manage("runsync", "--pdf", draw_list(people))
    before = people[7]
    people[7] = replace(before, city="Isernia")
    done = manage("runsync", "--dry-run", "--pdf", draw_list(people, "later.pdf"))
    assert "What would change" in done.stdout
    assert f"city: {before.city} → Isernia" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--pdf", "nowhere.pdf"], "no such file: nowhere.pdf"),
        (["--approve", "4711"], "run 4711 does not wait for a decision"),
        (["--approve", "1", "--dry-run"], "--approve writes"),
        (["--approve", "first"], "invalid int value"),
        (["--pdf", "a.pdf", "--approve", "1"], "not allowed with argument"),
        (["--fast"], "unrecognized arguments"),
    ],
)
def test_wrong_usage_ends_with_status_2_and_a_plain_message(arguments: list[str], said: str) -> None:
    done = manage("runsync", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not SyncRun.objects.exists()


# --- nobody reads ---------------------------------------------------------------------------------------


@pytest.fixture
def lists(people: list[SimCustomer], draw_list: DrawList) -> Path:
    return draw_list(people)


def test_a_sync_whose_progress_nobody_reads_goes_on(lists: Path, nobody: int) -> None:
    done = manage_into("runsync", "--json", "--pdf", lists, stderr=nobody)
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "succeeded")
    assert Customer.objects.count() == 60


def test_a_sync_whose_terminal_is_gone_goes_on(lists: Path) -> None:
    ours, theirs = pty.openpty()
    arguments = command("runsync", "--json", "--pdf", lists)
    with subprocess.Popen(
        arguments, env=environment(TERM="xterm"), cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        assert os.read(ours, 1)
        os.close(ours)
        output, _ = process.communicate(timeout=120)
    assert (process.returncode, json.loads(output)["state"]) == (0, "succeeded")


@pytest.mark.parametrize("options", [["--json"], []])
def test_the_status_is_that_of_the_sync_though_nobody_reads_the_result(
    options: list[str], lists: Path, nobody: int
) -> None:
    done = manage_into("runsync", *options, "--pdf", lists, stdout=nobody)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert Customer.objects.count() == 60


def test_a_result_that_fits_on_no_disk_is_said_to_be_incomplete(lists: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = manage_into("runsync", "--json", "--pdf", lists, stdout=full.fileno())
    assert done.returncode == 0
    assert "the output is incomplete: No space left on device" in done.stderr


def test_a_sync_whose_last_lines_nobody_reads_ends_with_its_status(lists: Path) -> None:
    """The log's last line comes after those of the progress."""
    arguments = command("runsync", "--json", "--pdf", lists)
    with subprocess.Popen(
        arguments, env=environment(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("Writing" in line for line in process.stderr)
        process.stderr.close()
        assert process.wait(120) == 0


@pytest.mark.parametrize("arguments", [["--pdf", "nowhere.pdf"], ["--fast"]])
def test_wrong_usage_ends_with_status_2_though_nobody_reads_why(arguments: list[str], nobody: int) -> None:
    assert manage_into("runsync", *arguments, stderr=nobody).returncode == 2


def test_wrong_usage_ends_with_status_2_without_an_output_for_errors() -> None:
    arguments = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command("runsync", "--fast")]
    done = subprocess.run(arguments, env=environment(), cwd=ROOT, stdout=subprocess.PIPE, check=False)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("closed", ["1>&-", "2>&-"])
def test_a_sync_needs_no_output(closed: str, lists: Path) -> None:
    arguments = ["sh", "-c", f'exec "$@" {closed}', "sh", *command("runsync", "--json", "--pdf", lists)]
    done = subprocess.run(arguments, env=environment(), cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0
    assert Customer.objects.count() == 60
