"""The demo, run in an environment that is set up. One file: two demos at a time would share their folder."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from scripts.chaos.processes import is_alive, processes_of
from scripts.run_demo import DEMO_DIR
from sync.erp import find_browser
from tests.processes import buffered_environment
from tests.waiting import wait_until

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


class Terminal:
    """A terminal without a person: ``text`` is all that has been written to it."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        self._written = b""

    @property
    def text(self) -> str:
        while select.select([self._ours], [], [], 0)[0]:
            self._written += os.read(self._ours, 10_000)
        return self._written.decode(errors="replace").replace("\r\n", "\n")

    def said(self, name: str) -> str:
        found = re.search(rf"^ *{name} +(\S+)$", self.text, re.MULTILINE)
        return found[1] if found else ""

    def close(self) -> None:
        os.close(self._ours)


@pytest.fixture
def kept_demo() -> Iterator[tuple[subprocess.Popen[bytes], Terminal]]:
    """Run `demo --keep` in a terminal, beside a program on its usual port."""
    command = ["setsid", "--ctty", sys.executable, "-m", "scripts.run_demo", "--keep", "--customers", "40"]
    terminal = Terminal()
    with socket.socket() as other_program:
        # If the port is taken already, that program does as well.
        with suppress(OSError):
            other_program.bind(("127.0.0.1", 8899))
            other_program.listen()
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=buffered_environment(),
            stdin=terminal.theirs,
            stdout=terminal.theirs,
            stderr=terminal.theirs,
        ) as process:
            os.close(terminal.theirs)
            try:
                yield process, terminal
            finally:
                process.terminate()


def wait_until_up(process: subprocess.Popen[bytes], terminal: Terminal) -> None:
    def is_up() -> bool:
        assert process.poll() is None, terminal.text
        return "Ctrl-C ends everything." in terminal.text

    wait_until(is_up, within_s=180)


def look(page: Page, terminal: Terminal) -> None:
    """Log in as printed, wait for a sync, and look at a changed customer."""
    page.goto(terminal.said("Open"))
    page.get_by_label("Username").fill(terminal.said("Log in as"))
    page.get_by_label("Password").fill(terminal.said("Password"))
    page.get_by_role("button", name="Log in").click()
    # The cluster syncs by itself 5 s after its start: the simulated ERP has changed two customers by then.
    # On a busy machine that is before the page is opened, so it is no news there.
    last_sync = page.locator(".sync-card").filter(has_text="Last sync")
    expect(last_sync).to_contain_text("2 updated", timeout=120_000)
    last_sync.get_by_role("link").click()
    expect(page.locator("#changes td.new").first).to_be_visible()
    updated = page.locator("#changes tbody").filter(has=page.locator("td.new")).first
    updated.locator("th a").click()
    expect(page.locator("#history td.new").first).to_be_visible()


def test_a_new_user_can_log_in_and_see_a_changed_customer(
    kept_demo: tuple[subprocess.Popen[bytes], Terminal],
) -> None:
    process, terminal = kept_demo
    wait_until_up(process, terminal)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(os.environ.get("BROWSER_PATH", "")), args=["--no-sandbox"]
        )
        look(browser.new_page(locale="en"), terminal)
        browser.close()
    assert "Traceback" not in terminal.text
    # The system tells the demo, which can't say any more that it ends.
    terminal.close()
    assert process.wait(180) == 0
    wait_until(lambda: left_by(process.pid) == [])


def left_by(session: int) -> list[int]:
    """Return the living processes of a session, and those that use the demo's data."""
    of_session = [pid for pid in psutil.pids() if session_of(pid) == session and is_alive(pid)]
    return of_session + [each.pid for each in processes_of(DEMO_DIR)]


def session_of(pid: int) -> int:
    with suppress(ProcessLookupError):
        return os.getsid(pid)
    return 0


def test_ctrl_c_during_a_sync_ends_it_and_leaves_nothing() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.run_demo", "--customers", "40"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert any(line.startswith("Opening the customer list") for line in process.stdout)
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=180)
    assert process.returncode == 130
    assert "Traceback" not in said
    wait_until(lambda: left_by(process.pid) == [])
    # The sync was told to stop, and not killed.
    assert list((DEMO_DIR / "work").iterdir()) == []
    with closing(sqlite3.connect(next(DEMO_DIR.glob("*.sqlite3")))) as database:
        assert database.execute("SELECT error_code FROM sync_syncrun").fetchall() == [("stopped",)]
