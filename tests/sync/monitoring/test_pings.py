"""A monitor outside hears of every start, success and failure, and can't touch a sync."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scripts.erp_simulator.world import generate
from sync.errors import Stopped
from sync.runs.progress import Progress
from tests.conftest import DrawList
from tests.listener import Listener
from tests.sync.scripted import fail, fail_thrice, sync
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def monitor(settings: Any) -> Iterator[Listener]:
    with Listener() as listener:
        settings.PING_URL = f"http://{listener.address}/uuid-of-the-check"
        yield listener


@pytest.fixture
def good(draw_list: DrawList) -> Path:
    return draw_list(generate(5, seed=1))


def test_a_success_is_heard_from_start_to_end(monitor: Listener, good: Path) -> None:
    sync(path=good)
    assert monitor.paths == ["/uuid-of-the-check/start", "/uuid-of-the-check"]


def test_a_failed_run_is_heard_once_whatever_its_attempts(monitor: Listener) -> None:
    fail_thrice()
    assert monitor.paths == ["/uuid-of-the-check/start", "/uuid-of-the-check/fail"]


def test_start_and_end_carry_the_run_s_own_id(monitor: Listener) -> None:
    fail()
    fail()
    ids = [parse_qs(urlsplit(target).query)["rid"][0] for target in monitor.asked]
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_an_address_with_a_query_keeps_it(monitor: Listener, settings: Any) -> None:
    settings.PING_URL += "?create=1"
    fail()
    assert monitor.paths == ["/uuid-of-the-check/start", "/uuid-of-the-check/fail"]
    assert all(parse_qs(urlsplit(target).query)["create"] == ["1"] for target in monitor.asked)


def test_a_list_that_waits_for_a_person_is_no_success(monitor: Listener, draw_list: DrawList) -> None:
    sync(path=draw_list(generate(12, seed=5)))
    assert sync(path=draw_list(generate(12, seed=5)[:4], "short.pdf")).state == "held"
    assert monitor.paths[-1] == "/uuid-of-the-check/fail"


def test_a_dry_run_is_not_heard(monitor: Listener, good: Path) -> None:
    sync(path=good, is_dry=True)
    assert monitor.asked == []


def test_who_was_asked_to_stop_has_not_failed(monitor: Listener) -> None:
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
    assert "the ping/start did not get through: ConnectionError" in caplog.messages
    assert "uuid-of-the-check" not in caplog.text


@pytest.mark.parametrize("url", ["no address", "http://[::1", "ftp://127.0.0.1/x", "http://"])
def test_a_wrong_address_does_not_fail_a_sync(url: str, settings: Any, good: Path) -> None:
    settings.PING_URL = url
    assert sync(path=good).state == "succeeded"


def test_a_monitor_in_trouble_does_not_fail_a_sync(
    monitor: Listener, good: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monitor.status = 500
    assert sync(path=good).state == "succeeded"
    assert "the ping/start did not get through: HTTPError" in caplog.messages


def test_a_sync_goes_its_way_while_the_monitor_does_not_answer(
    monitor: Listener, settings: Any, good: Path
) -> None:
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


def test_a_monitor_that_never_answers_is_given_up(
    monitor: Listener, settings: Any, good: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PING_TIMEOUT_S = 0.05
    monitor.hold()
    with caplog.at_level(logging.WARNING):
        assert sync(path=good).state == "succeeded"
    assert "the ping did not get through: ReadTimeout" in caplog.messages
