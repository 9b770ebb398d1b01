"""A run's log has the run's own lines: all of a short one, the begin and the end of a long one."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sync.config import sync_config
from sync.errors import ListRefused
from sync.models import SyncRun
from sync.pipeline import run_sync
from sync.runs.log_capture import RunLog
from sync.runs.outcome import Result
from sync.runs.progress import OnProgress, Progress
from sync.sources import ListFile, Stop
from tests.sync.scripted import fail_thrice

pytestmark = pytest.mark.django_db(transaction=True)

logger = logging.getLogger("sync.tests")


class TalkativeSource:
    """Logs numbered lines, then refuses the list."""

    def __init__(self, line_count: int) -> None:
        self._line_count = line_count

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        for number in range(self._line_count):
            logger.info("line %d", number)
        raise ListRefused("column_missing", "the column NOME is missing")
        yield


def kept_log(result: Result) -> str:
    assert result.run_id is not None
    return SyncRun.objects.get(pk=result.run_id).log


def log_of(line_count: int) -> list[str]:
    """Return the log of a run whose source logs so many lines, without date, time and level."""
    result = run_sync(TalkativeSource(line_count), sync_config(), trigger=SyncRun.Trigger.CLI)
    return messages_of(kept_log(result))


def messages_of(log: str) -> list[str]:
    return [re.sub(r"^\S+ \S+ [A-Z]+ ", "", line) for line in log.splitlines()]


def in_another_thread(text: str) -> None:
    thread = threading.Thread(target=logger.info, args=(text,))
    thread.start()
    thread.join()


def test_a_short_log_is_kept_whole() -> None:
    lines = log_of(1500)
    assert lines[:1500] == [f"line {number}" for number in range(1500)]
    assert "the column NOME is missing" in lines[1500]


def test_of_a_long_log_begin_and_end_are_kept_and_the_gap_is_told() -> None:
    lines = log_of(5000)
    assert len(lines) == 2001
    assert lines[:1000] == [f"line {number}" for number in range(1000)]
    assert "attempt 1 failed: column_missing" in lines[-2]
    (left_out,) = [line for line in lines if "left out" in line]
    # Two lines of the run's own follow the source's.
    assert left_out == "(3,002 lines left out)"
    assert lines[1001] == "line 4002"


def test_a_traceback_counts_with_all_its_lines() -> None:
    with RunLog() as log:
        for _ in range(1000):
            logger.info("one\ntwo\nthree")
    assert len(log.text.splitlines()) == 2001
    assert "(1,000 lines left out)" in log.text


def test_what_other_threads_say_meanwhile_is_not_the_runs() -> None:
    def say(progress: Progress) -> None:
        in_another_thread("a customer is exported")

    log = kept_log(fail_thrice(on_progress=say))
    assert "attempt 1 failed" in log
    assert "a customer is exported" not in log


def test_two_runs_at_the_same_time_keep_apart() -> None:
    """As when one was taken over by another in the same process."""
    with RunLog() as outer:
        logger.info("first")
        with RunLog() as inner:
            logger.info("second")
        logger.info("third")
    assert [messages_of(log.text) for log in (outer, inner)] == [["first", "third"], ["second"]]


def test_what_a_thread_says_that_works_for_the_run_is_kept(settings: Any) -> None:
    """Nothing listens where the monitor should be: the thread that pings says so."""
    settings.PING_URL = "http://127.0.0.1:9/ping"

    def wait_for_the_ping(progress: Progress) -> None:
        for thread in threading.enumerate():
            if thread.name == "ping":
                thread.join()

    result = fail_thrice(on_progress=wait_for_the_ping)
    assert "the ping/start did not get through" in kept_log(result)
