"""A run's log has only the run's own lines; of a long log, the start and the end are kept."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
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

pytestmark = pytest.mark.django_db

logger = logging.getLogger("sync.tests")


class LoggingSource:
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
    """Return the messages logged by a run whose source logs ``line_count`` lines."""
    result = run_sync(LoggingSource(line_count), sync_config(), trigger=SyncRun.Trigger.CLI)
    return messages_of(kept_log(result))


def messages_of(log: str) -> list[str]:
    return [re.sub(r"^\S+ \S+ [A-Z]+ ", "", line) for line in log.splitlines()]


def in_another_thread(text: str) -> None:
    thread = threading.Thread(target=logger.info, args=(text,))
    thread.start()
    thread.join()


def test_a_short_log_is_kept_completely() -> None:
    lines = log_of(1500)
    assert lines[:1500] == [f"line {number}" for number in range(1500)]
    assert "the column NOME is missing" in lines[1500]


def test_a_long_log_keeps_start_and_end_and_notes_the_gap() -> None:
    with RunLog() as log:
        for number in range(5000):
            logger.info("line %d", number)
    lines = messages_of(log.text)
    kept = [f"line {number}" for number in (*range(1000), *range(4000, 5000))]
    assert lines == [*kept[:1000], "(3,000 lines left out)", *kept[1000:]]


def test_the_end_of_a_long_run_is_in_its_log() -> None:
    lines = log_of(5000)
    assert len(lines) == 2001
    assert any("the column NOME is missing" in line for line in lines[-5:])


def test_each_line_of_a_traceback_counts() -> None:
    with RunLog() as log:
        for _ in range(1000):
            logger.info("one\ntwo\nthree")
    assert len(log.text.splitlines()) == 2001
    assert "(1,000 lines left out)" in log.text


def test_lines_of_other_threads_are_not_in_the_log() -> None:
    def log_in_thread(progress: Progress) -> None:
        in_another_thread("a customer is exported")

    log = kept_log(fail_thrice(on_progress=log_in_thread))
    assert "the ERP does not answer" in log
    assert "a customer is exported" not in log


def test_lines_after_the_run_are_not_in_the_log() -> None:
    with RunLog() as log:
        logger.info("first")
    logger.info("second")
    assert messages_of(log.text) == ["first"]


def test_lines_of_this_thread_without_a_context_are_in_the_log() -> None:
    """Playwright calls listeners in such a context."""
    with RunLog() as log:
        Context().run(logger.info, "a page was opened")
    assert messages_of(log.text) == ["a page was opened"]


def test_lines_about_customers_are_in_the_log_and_those_of_libraries_are_not() -> None:
    with RunLog() as log:
        for name in ("customers.services", "django.request", "sync.pipeline"):
            logging.getLogger(name).warning("by %s", name)
    assert messages_of(log.text) == ["by customers.services", "by sync.pipeline"]


def test_each_line_has_its_time_and_level() -> None:
    with RunLog() as log:
        logger.warning("low on disk")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* WARNING low on disk", log.text)


def test_two_simultaneous_runs_have_separate_logs() -> None:
    """This happens when a run takes over another one's lease in the same process."""
    with RunLog() as outer:
        logger.info("first")
        with RunLog() as inner:
            logger.info("second")
        logger.info("third")
    assert [messages_of(log.text) for log in (outer, inner)] == [["first", "third"], ["second"]]


def test_lines_of_the_runs_own_threads_are_in_the_log(settings: Any) -> None:
    """The monitor refuses connections, which the ping thread logs."""
    settings.PING_URL = "http://127.0.0.1:9/ping"

    def wait_for_the_ping(progress: Progress) -> None:
        for thread in threading.enumerate():
            if thread.name == "ping":
                thread.join()

    result = fail_thrice(on_progress=wait_for_the_ping)
    assert "ConnectionError" in kept_log(result)
