"""Every start, success and failure is pinged; a failed ping does not affect the sync."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scripts.erp_simulator.world import generate
from sync.errors import Stopped
from sync.monitoring import pings
from sync.runs.progress import Progress
from tests.conftest import DrawList
from tests.listener import Listener
from tests.log_lines import logged_by
from tests.sync.scripted import fail, fail_thrice, sync
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def monitor(settings: Any) -> Iterator[Listener]:
    with Listener() as listener:
        settings.PING_URL = f"http://{listener.address}/uuid-of-the-check"
        yield listener


@pytest.fixture
def good(draw_list: DrawList) -> Path:
    return draw_list(generate(5, seed=1))


def causes(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the types of the errors for which pings failed, as logged."""
    return [line.split()[-1] for line in logged_by(caplog, pings.__name__)]


def test_a_success_pings_start_and_end(monitor: Listener, good: Path) -> None:
    sync(path=good)
    assert monitor.paths == ["/uuid-of-the-check/start", "/uuid-of-the-check"]


def test_a_failed_run_pings_fail_once_for_all_attempts(monitor: Listener) -> None:
    fail_thrice()
    assert monitor.paths == ["/uuid-of-the-check/start", "/uuid-of-the-check/fail"]


def test_start_and_end_have_the_same_run_id(monitor: Listener) -> None:
    fail()
    fail()
    ids = [parse_qs(urlsplit(target).query)["rid"][0] for target in monitor.asked]
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_the_query_of_a_url_is_kept(monitor: Listener, settings: Any) -> None:
    settings.PING_URL += "?create=1"
    fail()
    assert monitor.paths == ["/uuid-of-the-check/start", "/uuid-of-the-check/fail"]
    assert all(parse_qs(urlsplit(target).query)["create"] == ["1"] for target in monitor.asked)


def test_a_held_list_pings_fail(monitor: Listener, draw_list: DrawList) -> None:
    sync(path=draw_list(generate(12, seed=5)))
    assert sync(path=draw_list(generate(12, seed=5)[:4], "short.pdf")).state == "held"
    assert monitor.paths[-1] == "/uuid-of-the-check/fail"


def test_a_dry_run_does_not_ping(monitor: Listener, good: Path) -> None:
    sync(path=good, is_dry=True)
    assert monitor.asked == []


def test_a_stopped_run_does_not_ping_fail(monitor: Listener) -> None:
    sync(Stopped("asked to stop"))
    wait_until(lambda: monitor.paths == ["/uuid-of-the-check/start"])


def test_a_redirect_is_followed(monitor: Listener, settings: Any, good: Path) -> None:
    monitor.redirects = {"/uuid-of-the-check": "/moved"}
    sync(path=good)
    assert monitor.paths == ["/uuid-of-the-check/start", "/uuid-of-the-check", "/moved"]


def test_an_unreachable_monitor_does_not_fail_a_sync(
    settings: Any, good: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PING_URL = "http://127.0.0.1:9/uuid-of-the-check"
    assert sync(path=good).state == "succeeded"
    assert causes(caplog) == ["ConnectionError"] * 2
    assert "uuid-of-the-check" not in caplog.text


@pytest.mark.parametrize("url", ["no address", "http://[::1", "ftp://127.0.0.1/x", "http://"])
def test_an_invalid_url_does_not_fail_a_sync(url: str, settings: Any, good: Path) -> None:
    settings.PING_URL = url
    assert sync(path=good).state == "succeeded"


def test_a_server_error_of_the_monitor_does_not_fail_a_sync(
    monitor: Listener, good: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monitor.status = 500
    assert sync(path=good).state == "succeeded"
    assert causes(caplog) == ["HTTPError"] * 2


def test_a_sync_does_not_wait_for_a_slow_monitor(monitor: Listener, settings: Any, good: Path) -> None:
    settings.PING_TIMEOUT_S = 60
    monitor.hold()
    seen: list[bool] = []

    def look(progress: Progress) -> None:
        if progress.stage == "apply":
            seen.append(monitor.is_holding)
            monitor.release()

    assert sync(path=good, on_progress=look).state == "succeeded"
    assert seen == [True]
    assert monitor.paths == ["/uuid-of-the-check/start", "/uuid-of-the-check"]


def test_a_ping_without_an_answer_times_out(
    monitor: Listener, settings: Any, good: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PING_TIMEOUT_S = 0.2
    monitor.hold()
    assert sync(path=good).state == "succeeded"
    wait_until(lambda: causes(caplog) == ["ReadTimeout"] * 2)
