"""The browser is found, Italian and wide enough, and always closed after a fetch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil
import pytest
from playwright.sync_api import sync_playwright

from scripts.erp_simulator.server import ErpSimulator
from sync.erp import ErpConfig, FetchStep, fetch_customer_list, find_browser
from sync.erp.browser import open_page
from sync.errors import BrowserCrashed, BrowserNotFound, Stopped
from tests.alarms import alarm_while_waiting
from tests.waiting import wait_until

from .browser_processes import browsers, descendants, drivers, send, tabs
from .conftest import PASSWORD, USERNAME, Client

PROJECT = Path(__file__).resolve().parents[3]
KILLED_CLIENT = """
import sys
from pathlib import Path
from sync.erp import ErpConfig, fetch_customer_list

base_url, username, password, folder = sys.argv[1:]
config = ErpConfig(base_url=base_url, username=username, password=password, work_dir=Path(folder),
                   state_path=Path(folder, "session.json"), artifacts_dir=Path(folder))
with fetch_customer_list(config, lambda progress: print(progress.stage, flush=True)):
    pass
"""


@pytest.fixture
def client(config: ErpConfig) -> Client:
    """A client that starts a browser for each fetch, as a sync does."""
    return Client(config, open_page)


def real_browser(explicit: str) -> str:
    if path := find_browser(explicit):
        return path
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


# Names and values as in an environment of this program, and of others on the machine.
SECRETS = {
    "ARCHIBALD_PASSWORD": "segreta-1",
    "SECRET_KEY": "segreta-2",
    "DATABASE_URL": "postgres://archibald:segreta-3@postgres/archibald",
    "SOME_TOKEN": "segreta-4",
    "https_proxy": "http://somebody:segreta-5@proxy.example:3128",
}


def test_the_browser_and_its_driver_get_no_secret(
    config: ErpConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LC_TIME", "it_IT.UTF-8")
    before = dict(os.environ)
    # Chromium overwrites what the system shows of its environment.
    program, seen = tmp_path / "chromium", tmp_path / "seen"
    program.write_text(f'#!/bin/sh\nenv > {seen}\nexec {real_browser(config.browser_path)} "$@"\n')
    program.chmod(0o755)
    with open_page(replace(config, browser_path=str(program)), tmp_path):
        (driver,) = drivers()
        given = [seen.read_text(), "\n".join(map("=".join, psutil.Process(driver).environ().items()))]
    assert dict(os.environ) == before
    for environment in given:
        assert "LC_TIME=it_IT.UTF-8" in environment
        assert "segreta" not in environment


def wait_until_gone(pids: Iterable[int]) -> None:
    wait_until(lambda: not any(_is_running(pid) for pid in pids), within_s=60)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_browser_is_italian_and_wide_enough_before_the_first_page(client: Client, tmp_path: Path) -> None:
    with open_page(client.config, tmp_path) as page:
        assert page.evaluate("[navigator.language, innerWidth, innerHeight]") == ["it-IT", 1600, 1000]


def test_the_drivers_compiled_program_is_kept(client: Client, tmp_path: Path) -> None:
    kept, folder = tmp_path / "driver", tmp_path / "fetch"
    folder.mkdir()
    with open_page(replace(client.config, driver_cache_dir=kept), folder):
        assert "NODE_COMPILE_CACHE" not in os.environ
    assert any(each.is_file() for each in kept.rglob("*"))


def test_a_configured_browser_must_exist(tmp_path: Path) -> None:
    with pytest.raises(BrowserNotFound, match="BROWSER_PATH"):
        find_browser(str(tmp_path / "chromium"))
    with pytest.raises(BrowserNotFound):
        find_browser(str(tmp_path))


def test_a_browser_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser() == str(program)


def test_playwrights_own_browser_is_the_second_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chromium_headless_shell-1200" / "chrome-linux" / "headless_shell").mkdir(parents=True)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert find_browser() is None


def test_no_browser_at_all_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with pytest.raises(BrowserNotFound, match="playwright install chromium"):
        find_browser()


def test_a_program_that_is_not_a_browser_does_not_start(client: Client) -> None:
    with pytest.raises(BrowserCrashed, match="did not start"):
        client.fetch(browser_path="/bin/false")


def test_a_browser_starts_without_its_sandbox_if_there_is_none(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    browser = tmp_path / "chromium"
    real = real_browser(client.config.browser_path)
    browser.write_text(
        f'#!/bin/sh\ncase "$*" in *--no-sandbox*) exec {real} "$@";; esac\n'
        'echo "No usable sandbox!" >&2\nexit 1\n'
    )
    browser.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with open_page(replace(client.config, browser_path=str(browser)), tmp_path) as page:
        assert page.evaluate("1 + 1") == 2
    assert "starting without it" in caplog.text


@pytest.mark.usefixtures("logged_in")
def test_no_browser_is_left_after_a_fetch(client: Client) -> None:
    client.fetch()
    assert descendants(os.getpid()) == {}


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("processes", [browsers, tabs, drivers])
def test_a_browser_that_is_killed_during_the_export_is_a_crash(
    erp: ErpSimulator, client: Client, processes: Callable[[int], list[int]]
) -> None:
    erp.faults.export_delay = 30.0

    def kill_once_asked() -> bool:
        if erp.counters.exports_asked:
            send(processes(os.getpid()), signal.SIGKILL)
        return False

    with pytest.raises(BrowserCrashed) as caught:
        client.fetch(stop=kill_once_asked)
    assert caught.value.retryable
    assert list(client.config.work_dir.iterdir()) == []
    wait_until_gone(descendants(os.getpid()))


@pytest.mark.usefixtures("logged_in")
def test_a_browser_that_is_killed_during_the_download_is_a_crash(erp: ErpSimulator, client: Client) -> None:
    erp.serve_pdf(b"%PDF-1.4\n" + bytes(40_000_000) + b"%%EOF")

    def kill_at_download(progress: FetchStep) -> None:
        if progress.stage == "download":
            send(browsers(os.getpid()), signal.SIGKILL)

    with (
        pytest.raises(BrowserCrashed),
        fetch_customer_list(client.config, kill_at_download),
    ):
        pass
    assert list(client.config.work_dir.iterdir()) == []


@pytest.mark.parametrize("fault", ["page_delay", "login_slower", "export_delay"])
def test_a_request_to_stop_ends_any_wait_at_once(erp: ErpSimulator, client: Client, fault: str) -> None:
    setattr(erp.faults, fault, 30.0)
    stage = {"page_delay": "list", "login_slower": "login", "export_delay": "export"}[fault]
    with pytest.raises(Stopped):
        client.fetch(stop=lambda: stage in client.stages)
    assert client.stages[-1] == stage
    assert list(client.config.work_dir.iterdir()) == []
    assert descendants(os.getpid()) == {}


@pytest.mark.usefixtures("logged_in")
def test_a_request_to_stop_ends_the_wait_after_the_banner(erp: ErpSimulator, client: Client) -> None:
    erp.faults.banner_in_place = 1
    with pytest.raises(Stopped):
        client.fetch(stop=lambda: erp.counters.exports_asked > 0, banner_wait_s=30.0)
    assert erp.counters.exports_asked == 1


@pytest.mark.usefixtures("logged_in")
def test_a_browser_killed_by_the_same_signal_counts_as_stopped(erp: ErpSimulator, client: Client) -> None:
    killed: list[int] = []

    def kill_then_stop() -> bool:
        """Return False while the browser is killed, then True: the handler's flag is seen a moment later."""
        if killed:
            return True
        if "list" in client.stages:
            killed.extend(browsers(os.getpid()))
            send(killed, signal.SIGKILL)
        return False

    with pytest.raises(Stopped):
        client.fetch(stop=kill_then_stop)


@pytest.mark.usefixtures("logged_in")
def test_an_alarm_during_a_wait_leaves_no_browser_and_no_folder(erp: ErpSimulator, client: Client) -> None:
    """The task queue's time limit raises a SystemExit out of a signal handler."""
    erp.faults.export_delay = 600.0

    def time_is_up(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit

    before = signal.signal(signal.SIGALRM, time_is_up)
    try:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(alarm_while_waiting, lambda: erp.counters.exports_asked == 1)
            with pytest.raises(SystemExit):
                client.fetch()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert list(client.config.work_dir.iterdir()) == []
    assert descendants(os.getpid()) == {}


@pytest.mark.parametrize("fatal", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_client_that_is_killed_leaves_no_browser(
    erp: ErpSimulator, tmp_path: Path, fatal: signal.Signals
) -> None:
    erp.faults.export_delay = 30.0
    arguments = [sys.executable, "-c", KILLED_CLIENT, erp.base_url, USERNAME, PASSWORD, str(tmp_path)]
    with subprocess.Popen(
        arguments, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as client:
        assert client.stdout is not None
        assert "export\n" in iter(client.stdout.readline, "")
        left = list(descendants(client.pid))
        assert left
        client.send_signal(fatal)
    wait_until_gone(left)


@pytest.mark.usefixtures("logged_in")
def test_an_old_folder_of_a_killed_fetch_is_deleted(client: Client) -> None:
    old, new = client.config.work_dir / "fetch-old", client.config.work_dir / "fetch-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    client.fetch()
    assert not old.exists()
    assert new.exists()


def test_an_error_raised_by_the_caller_is_not_translated(client: Client) -> None:
    def fail(_progress: FetchStep) -> NoReturn:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), fetch_customer_list(client.config, fail):
        pass
    assert list(client.config.work_dir.iterdir()) == []
