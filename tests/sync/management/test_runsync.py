"""`manage.py runsync`: output, exit status, signals."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer
from sync.models import SyncRun
from sync.runs import lifecycle
from tests.conftest import DrawList
from tests.processes import ROOT, command, environment, manage
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def as_json(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def test_a_sync_prints_one_json_result_and_the_progress_elsewhere(erp_settings: ErpSimulator) -> None:
    erp_settings.expire_sessions()
    done = manage("runsync", "--json")
    answer = as_json(done)
    assert done.returncode == 0
    assert set(answer) == {"runId", "state", "counts", "durationMs", "stages", "error"}
    assert (answer["state"], answer["error"]) == ("succeeded", None)
    assert answer["counts"] == {
        "rows": 60,
        "new": 60,
        "updated": 0,
        "unchanged": 0,
        "missing": 0,
        "removed": 0,
        "restored": 0,
        "rejected": 0,
    }
    assert "Logging in\n" in done.stderr
    assert Customer.objects.count() == 60


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
    assert as_json(done)["changes"] == [
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


def test_a_failed_sync_ends_with_status_1(erp_settings: ErpSimulator, settings: Any) -> None:
    erp_settings.expire_sessions()
    settings.ARCHIBALD_PASSWORD = "sbagliata"
    done = manage("runsync", "--json")
    assert done.returncode == 1
    assert as_json(done)["error"]["code"] == "login_rejected"
    assert "sbagliata" not in done.stdout + done.stderr


def test_a_held_sync_ends_with_status_3_and_can_be_approved(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    manage("runsync", "--pdf", draw_list(people))
    held = manage("runsync", "--json", "--pdf", draw_list(people[:20], "short.pdf"))
    answer = as_json(held)
    assert (held.returncode, answer["state"], answer["error"]["code"]) == (3, "held", "list_too_short")
    approved = manage("runsync", "--json", "--approve", str(answer["runId"]))
    assert approved.returncode == 0
    assert as_json(approved)["counts"]["missing"] == 40


def test_a_sync_beside_another_ends_with_status_4() -> None:
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=45)
    done = manage("runsync", "--json")
    assert (done.returncode, as_json(done)["error"]["code"]) == (4, "sync_running")
    done = manage("runsync")
    assert (done.returncode, done.stdout) == (4, "")
    assert "sync_running: " in done.stderr


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


def test_sigterm_ends_a_sync_at_once_and_leaves_nothing_running(
    erp_settings: ErpSimulator, settings: Any
) -> None:
    erp_settings.faults.export_delay = 600.0
    arguments = command("runsync", "--json")
    with subprocess.Popen(
        arguments, env=environment(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        wait_until(lambda: SyncRun.objects.filter(stage="export").exists())
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert json.loads(output)["error"]["code"] == "stopped"
    assert SyncRun.objects.get().state == "failed"
    assert browsers_of(Path(settings.DATA_DIR)) == []
    assert list((Path(settings.DATA_DIR) / "work").iterdir()) == []


def browsers_of(data_dir: Path) -> list[str]:
    """Return the command lines of processes that work in a data folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(data_dir) in line:
            found.append(line)
    return found


def test_a_killed_sync_is_taken_over_by_the_next(erp_settings: ErpSimulator) -> None:
    erp_settings.faults.export_delay = 600.0
    with subprocess.Popen(
        command("runsync"), env=environment(), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        wait_until(lambda: SyncRun.objects.filter(stage="export").exists())
        process.kill()
    erp_settings.faults.clear()
    wait_until(lambda: manage("runsync", "--json", SYNC_LEASE_S="0.5").returncode == 0)
    assert SyncRun.objects.order_by("pk")[0].state == "abandoned"
    assert Customer.objects.count() == 60


# --- explaining -----------------------------------------------------------------------------------------


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


def test_a_report_that_cannot_be_written_uses_no_login(erp_settings: ErpSimulator, tmp_path: Path) -> None:
    done = manage("runsync", "--explain", tmp_path / "nowhere" / "report.md")
    assert done.returncode == 2
    assert "can't write" in done.stderr
    assert erp_settings.counters.requests == 0


@pytest.mark.parametrize("option", ["--dry-run", "--json"])
def test_explain_can_not_be_combined_with_other_options(option: str) -> None:
    assert manage("runsync", "--explain", option).returncode == 2
