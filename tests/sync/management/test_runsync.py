"""`manage.py runsync`: what it writes, exit status, signals."""

from __future__ import annotations

import json
import os
import pty
import shlex
import signal
import subprocess
from contextlib import suppress
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
from tests.sync.management.stages import held_in
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


def started_sync() -> subprocess.Popen[str]:
    """Start a sync in a process group of its own."""
    return subprocess.Popen(
        command("runsync", "--json"),
        env=environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_sync_at_once_and_leaves_nothing_running(
    number: signal.Signals, erp_settings: ErpSimulator, settings: Any
) -> None:
    erp_settings.faults.export_delay = 600.0
    with started_sync() as process:
        wait_until(lambda: SyncRun.objects.filter(stage="export").exists())
        process.send_signal(number)
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert json.loads(output)["error"]["code"] == "stopped"
    assert SyncRun.objects.get().state == "failed"
    assert browsers_of(Path(settings.DATA_DIR)) == []
    assert list((Path(settings.DATA_DIR) / "work").iterdir()) == []


def test_a_held_ctrl_c_ends_a_sync_like_a_single_one(erp_settings: ErpSimulator, settings: Any) -> None:
    erp_settings.faults.export_delay = 600.0
    with started_sync() as process:
        wait_until(lambda: SyncRun.objects.filter(stage="export").exists())
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.03)
        output, shown = process.communicate(timeout=120)
    assert (process.returncode, json.loads(output)["error"]["code"]) == (1, "stopped")
    assert "Traceback" not in shown
    assert SyncRun.objects.get().state == "failed"
    assert list((Path(settings.DATA_DIR) / "work").iterdir()) == []


def test_a_sync_whose_terminal_is_closed_ends_as_stopped(erp_settings: ErpSimulator) -> None:
    """In a shell, which passes the signal on to its jobs; the system sends it too."""
    erp_settings.faults.export_delay = 600.0
    ours, theirs = pty.openpty()
    shell = ["setsid", "--ctty", "bash", "--norc", "-i"]
    with subprocess.Popen(
        shell,
        # Nobody reads the terminal: a bar would fill it.
        env=environment(TERM="dumb", HISTFILE=""),
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        try:
            os.write(ours, f"{shlex.join(command('runsync'))}\n".encode())
            wait_until(lambda: SyncRun.objects.filter(stage="export").exists())
        finally:
            os.close(ours)
    wait_until(lambda: SyncRun.objects.get().state != "running")
    run = SyncRun.objects.get()
    assert (run.state, run.error_code) == ("failed", "stopped")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_of_the_terminal_is_not_taken_for_a_fault_of_the_list(
    number: signal.Signals, erp_settings: ErpSimulator, tmp_path: Path
) -> None:
    """All processes of the terminal get it, so it must not reach the one that reads."""
    with held_in("read", erp_settings, tmp_path) as wait_for_stage, started_sync() as process:
        wait_for_stage()
        os.killpg(process.pid, number)
        output, shown = process.communicate(timeout=120)
    assert (process.returncode, json.loads(output)["error"]["code"]) == (1, "stopped")
    assert "Traceback" not in shown


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
