"""Faults of the browser's whole chain end in an error that is retried, and leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest
from django_q.exceptions import TimeoutException
from django_q.timeout import TimeoutHandler

from scripts.erp_simulator.server import ErpSimulator
from sync.erp import ErpConfig, FetchStep, fetch_customer_list
from sync.erp.browser import open_page
from sync.erp.driver import DriverWatch, running_driver
from sync.errors import BrowserCrashed, ErpError
from tests.alarms import alarm_while_waiting
from tests.erp_sessions import store_session

from .browser_processes import as_soon_as, browsers, descendants, drivers, send, tabs
from .conftest import PASSWORD, USERNAME, Client

PROJECT = Path(__file__).resolve().parents[3]
STAGES = ("login", "list", "export", "download")
# A client in a process of its own: prints the code of the error, and whether it is retried.
CLIENT = """
import resource, sys
from pathlib import Path
from sync.erp import ErpConfig, fetch_customer_list
from sync.errors import SyncError

base_url, username, password, folder, files = sys.argv[1:]
config = ErpConfig(base_url=base_url, username=username, password=password, work_dir=Path(folder, "work"),
                   state_path=Path(folder, "session.json"), artifacts_dir=Path(folder, "artifacts"),
    page_timeout_s=10, export_timeout_s=20, silence_s=20, idle_s=0.02, poll_s=0.02)
if int(files):
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(files), int(files)))
try:
    with fetch_customer_list(config, lambda step: None):
        print("ok")
except SyncError as error:
    print(error.code, error.retryable)
"""


@pytest.fixture
def client(config: ErpConfig) -> Client:
    """Give each fetch its own driver and browser."""
    return Client(config, open_page)


def assert_nothing_left(client: Client) -> None:
    assert descendants() == {}
    assert list(client.config.work_dir.iterdir()) == []


def node_that(folder: Path, script: str) -> str:
    """Write a program to be run in place of Node.js."""
    program = folder / "node"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def _silent_asyncio(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail the test if asyncio logs something.

    It logs an exception that nobody asked for when its future is collected.
    """
    gc.collect()  # what earlier tests have left
    yield
    gc.collect()
    records = [*caplog.get_records("call"), *caplog.get_records("teardown")]
    assert [each.getMessage() for each in records if each.name == "asyncio"] == []


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's, unlike that of ``tmp_path``."""
    with tempfile.TemporaryDirectory(prefix="short-", dir="/tmp") as folder:
        yield Path(folder)


def test_a_killed_browser_leaves_no_temporary_files(
    erp: ErpSimulator, client: Client, monkeypatch: pytest.MonkeyPatch, short_folder: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short_folder))
    (short_folder / "archibald-sync-99999999-gone").mkdir()  # of a process that is gone
    erp.faults.export_delay = 600.0

    def kill_once_asked() -> bool:
        if erp.counters.exports_asked:
            send(browsers(), signal.SIGKILL)
        return False

    before = {path.name for path in Path("/tmp").glob("org.chromium.*")}  # noqa: S108
    with pytest.raises(BrowserCrashed):
        client.fetch(stop=kill_once_asked)
    assert erp.counters.exports_asked == 1
    assert list(short_folder.iterdir()) == []
    assert {path.name for path in Path("/tmp").glob("org.chromium.*")} == before  # noqa: S108


def test_a_browser_starts_although_the_folder_for_temporary_files_has_a_long_path(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 20)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    monkeypatch.setenv("TMPDIR", str(long))
    client.fetch()
    assert client.content.startswith(b"%PDF")


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$", "echo no protocol; exit 0"])
def test_a_driver_that_dies_at_its_start_is_a_crash(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", node_that(tmp_path, script))
    with pytest.raises(BrowserCrashed) as caught:
        client.fetch()
    assert caught.value.retryable
    assert_nothing_left(client)


def test_a_missing_driver_is_a_crash(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(tmp_path / "missing"))
    with pytest.raises(BrowserCrashed):
        client.fetch()
    assert_nothing_left(client)


def test_a_driver_that_never_answers_is_killed(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", node_that(tmp_path, "while :; do sleep 1; done"))
    with pytest.raises(BrowserCrashed, match="did not answer for 2 s"):
        client.fetch(silence_s=2.0)
    assert_nothing_left(client)


@pytest.mark.parametrize("processes", [drivers, browsers])
def test_a_process_killed_as_soon_as_it_is_there_is_a_crash(
    client: Client, processes: Callable[[], list[int]]
) -> None:
    with as_soon_as(processes, signal.SIGKILL), pytest.raises(BrowserCrashed):
        client.fetch()
    assert_nothing_left(client)


@pytest.mark.usefixtures("_silent_asyncio")
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("processes", [drivers, browsers])
def test_a_process_killed_in_a_stage_is_a_crash(
    erp: ErpSimulator, client: Client, stage: str, processes: Callable[[], list[int]]
) -> None:
    if stage != "login":
        store_session(erp, client.config)
    if stage == "download":
        erp.serve_pdf(b"%PDF-1.4\n" + bytes(40_000_000) + b"%%EOF")

    def kill_in_stage(step: FetchStep) -> None:
        if step.stage == stage:
            send(processes(), signal.SIGKILL)

    with pytest.raises(BrowserCrashed), fetch_customer_list(client.config, kill_in_stage):
        pass
    assert_nothing_left(client)


@pytest.mark.usefixtures("logged_in", "_silent_asyncio")
def test_a_driver_that_is_gone_when_it_gets_the_next_order_is_a_crash(client: Client) -> None:
    def kill_and_wait(step: FetchStep) -> None:
        if step.stage == "list":
            for driver in drivers():
                os.kill(driver, signal.SIGKILL)
                # Its end of the pipe is closed then: the order fails, and not the wait for the answer.
                with suppress(ChildProcessError):
                    os.waitid(os.P_PID, driver, os.WEXITED | os.WNOWAIT)

    with pytest.raises(BrowserCrashed), fetch_customer_list(client.config, kill_and_wait):
        pass
    assert_nothing_left(client)


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("processes", [drivers, browsers, tabs])
def test_a_process_that_hangs_is_killed(
    erp: ErpSimulator, client: Client, processes: Callable[[], list[int]]
) -> None:
    erp.faults.export_delay = 600.0

    def stop_process() -> bool:
        if erp.counters.exports_asked:
            send(processes(), signal.SIGSTOP)
        return False

    with pytest.raises(ErpError) as caught:
        client.fetch(stop=stop_process, silence_s=6.0, export_timeout_s=2.0, page_timeout_s=3.0)
    assert caught.value.retryable
    assert_nothing_left(client)


def interrupt_twice(config: ErpConfig, folder: Path, waits: Event) -> None:
    """Wait for an alarm; a second one arrives while Playwright hands over the exception of the first."""
    with open_page(config, folder) as page:
        waits.set()
        try:
            page.wait_for_timeout(600_000)
        finally:
            page._dispatcher_fiber.throw(TimeoutException())


def test_two_exceptions_of_signal_handlers_leave_no_loop_in_the_thread(
    client: Client, tmp_path: Path
) -> None:
    """Django's ORM, which records the end of a run, refuses a thread with a running loop."""
    waits = Event()
    with ThreadPoolExecutor(1) as pool, TimeoutHandler(600):
        pool.submit(alarm_while_waiting, waits.is_set)
        with pytest.raises(TimeoutException):
            interrupt_twice(client.config, tmp_path, waits)
    assert asyncio._get_running_loop() is None
    client.fetch()
    assert client.content.startswith(b"%PDF")


def test_an_end_of_playwright_that_is_interrupted_leaves_no_loop_in_the_thread(tmp_path: Path) -> None:
    with running_driver(DriverWatch(silence_s=60), tmp_path) as playwright:
        manager = playwright.stop.__self__  # type: ignore[attr-defined]
        # As if the exception of a signal handler came after this first step of the end.
        manager._exit_was_called = True
    assert asyncio._get_running_loop() is None
    manager._exit_was_called = False
    manager.__exit__()


def test_a_look_for_processes_without_a_file_handle_is_made_up_for() -> None:
    watch = DriverWatch(silence_s=60)
    watch.expect_driver()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        watch.sample()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    watch.sample()


def run_client(erp: ErpSimulator, folder: Path, *, files: int = 0, before: str = "") -> str:
    """Run a client in its own mount namespace, where ``before`` can mount, and return what it prints."""
    client = [sys.executable, "-c", CLIENT, erp.base_url, USERNAME, PASSWORD, str(folder), str(files)]
    script = f'{before}\nexec "$@"'
    # Root may mount by itself, also where others get no namespace of users.
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    namespace = ["unshare", *user, "--mount", "sh", "-ec", script, "sh"]
    ran = subprocess.run(
        [*namespace, *client] if before else client,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize("files", [8, 12, 16, 24])
def test_too_few_file_handles_end_in_an_error_that_is_retried(
    erp: ErpSimulator, tmp_path: Path, files: int
) -> None:
    said = run_client(erp, tmp_path, files=files)
    assert said in {"browser_crashed True", "file_problem True"}
    assert [*(tmp_path / "work").glob("*")] == []


def test_a_full_disk_is_named(erp: ErpSimulator, tmp_path: Path) -> None:
    full = f"mount -t tmpfs -o size=16k tmpfs {tmp_path}; head -c 16k /dev/zero > {tmp_path}/rest || true"
    assert run_client(erp, tmp_path, before=full) == "file_problem True"


def test_a_disk_that_fills_up_during_the_download_ends_in_an_error_that_is_retried(
    erp: ErpSimulator, tmp_path: Path
) -> None:
    erp.serve_pdf(b"%PDF-1.4\n" + bytes(60_000_000) + b"%%EOF")
    said = run_client(erp, tmp_path, before=f"mount -t tmpfs -o size=40m tmpfs {tmp_path}")
    # Chromium deletes the file at once, so that the disk may have space again when the client looks.
    assert said in {"download_broken True", "file_problem True"}


def test_no_shared_memory_is_no_problem(erp: ErpSimulator, tmp_path: Path) -> None:
    assert run_client(erp, tmp_path, before="mount -t tmpfs -o size=4k tmpfs /dev/shm") == "ok"
