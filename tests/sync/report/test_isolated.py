"""Reports are read in a child process, which a hostile file can't leave or exhaust."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import cast

import psutil
import pytest

from sync.errors import NoReport, ReportLayoutBroken, ReportTooLarge, ReportUnreadable
from sync.report import Limits, Reading, read_isolated
from sync.report.isolated import ReaderKilled
from sync.report.reader import read_report
from tests.sync.report.changed_files import edited
from tests.sync.report.drawn_reports import Drawn, ledger
from tests.sync.report.hostile_files import HOSTILE, many_rectangles, write
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report that takes much longer to read than it takes to stop the child."""
    return ledger(tmp_path_factory.mktemp("large") / "large.pdf", 5000).path


def test_a_report_is_the_same_as_in_this_process(drawn: Drawn) -> None:
    assert read_isolated(drawn.path) == read_report(drawn.path)


def test_a_report_without_a_footer_has_none(tmp_path: Path) -> None:
    drawn = ledger(tmp_path / "a.pdf", 5, footer=False)
    assert read_isolated(drawn.path).footer is None


def test_the_progress_is_reported(drawn: Drawn) -> None:
    seen: list[tuple[int, int]] = []
    read_isolated(drawn.path, on_page=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)


def test_a_refusal_is_that_of_this_process(drawn: Drawn, tmp_path: Path) -> None:
    path = edited(drawn, tmp_path / "a.pdf", lambda pdf: pdf.pages[1].Contents.write(b" "))
    with pytest.raises(NoReport) as here:
        read_report(path)
    with pytest.raises(NoReport) as there:
        read_isolated(path)
    assert (there.value.text, there.value.page) == (here.value.text, here.value.page)


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(ReportUnreadable, match="No such file or directory"):
        read_isolated(tmp_path / "none.pdf")


def test_the_limits_hold_there(drawn: Drawn) -> None:
    with pytest.raises(ReportTooLarge, match="3 pages, more than the 2 allowed"):
        read_isolated(drawn.path, limits=Limits(max_pages=2))


def test_a_second_reading_is_in_the_log(
    drawn: Drawn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = edited(drawn, tmp_path / "a.pdf", lambda pdf: pdf.pages[1].Contents.write(b" "))
    with caplog.at_level(logging.WARNING), pytest.raises(NoReport):
        read_isolated(path)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert all(record.name.startswith("sync.report") for record in caplog.records)


def test_the_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIBALD_PASSWORD", "segreta")
    before = psutil.Process().children()
    with Reading() as reading:
        reading.prepare()
        (child,) = set(psutil.Process().children()) - set(before)
        # The system shows no environment while it puts the program into the new process.
        wait_until(lambda: "PATH" in child.environ())
        assert "ARCHIBALD_PASSWORD" not in child.environ()


class Interrupted(Exception):
    """What a signal's handler raises."""


def test_no_child_is_left_when_reading_is_interrupted(drawn: Drawn) -> None:
    def stop(done: int, total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        read_isolated(drawn.path, on_page=stop)
    assert not [child for child in psutil.Process().children() if "sync.report.child" in child.cmdline()]


def test_a_child_that_is_killed_is_told_from_a_file_that_crashes_it(large: Path) -> None:
    def kill(done: int, total: int) -> None:
        for child in psutil.Process().children():
            child.kill()

    def crash(done: int, total: int) -> None:
        for child in psutil.Process().children():
            child.send_signal(signal.SIGSEGV)

    with pytest.raises(ReaderKilled):
        read_isolated(large, on_page=kill)
    with pytest.raises(ReportUnreadable, match=r"the process that read the file crashed \(status -11\)"):
        read_isolated(large, on_page=crash)


def test_a_child_that_is_killed_before_it_gets_the_file_is_told(drawn: Drawn) -> None:
    with Reading() as reading:
        reading.prepare()
        [child] = psutil.Process().children()
        child.kill()
        wait_until(lambda: child.status() == psutil.STATUS_ZOMBIE)
        reading.begin(drawn.path)
        with pytest.raises(ReaderKilled):
            reading.report()


def test_what_a_child_said_before_it_crashed_is_in_the_log(
    drawn: Drawn, caplog: pytest.LogCaptureFixture
) -> None:
    limits = Limits(max_bytes=cast(int, "not a number"))
    with pytest.raises(ReportUnreadable, match=r"crashed \(status 1\)"):
        read_isolated(drawn.path, limits=limits)
    assert "Traceback" in caplog.text
    assert "TypeError" in caplog.text


def test_a_report_is_read_from_any_working_directory(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_isolated(drawn.path).rows == drawn.table.rows


@pytest.mark.parametrize("make", HOSTILE)
def test_a_hostile_file_is_refused(make: Callable[[], bytes], tmp_path: Path) -> None:
    path = write(make, tmp_path)
    with pytest.raises((ReportTooLarge, ReportUnreadable, NoReport, ReportLayoutBroken)) as caught:
        read_isolated(path)
    assert "crashed" not in caught.value.message


def test_a_page_with_too_much_on_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportTooLarge) as caught:
        read_isolated(write(many_rectangles, tmp_path))
    assert caught.value.page == 1


def test_a_child_that_does_not_answer_can_be_given_up(large: Path) -> None:
    waited: list[bool] = []

    def pause(done: int, total: int) -> None:
        for child in psutil.Process().children():
            child.suspend()

    def wait_twice() -> None:
        waited.append(True)
        if len(waited) == 2:
            raise Interrupted

    with Reading() as reading:
        reading.begin(large)
        with pytest.raises(Interrupted):
            reading.report(pause, wait_twice)
    assert psutil.Process().children() == []


def test_a_child_that_is_silent_for_too_long_is_killed(large: Path) -> None:
    def pause(done: int, total: int) -> None:
        for child in psutil.Process().children():
            child.suspend()

    with Reading(silent_s=1.0) as reading:
        reading.begin(large)
        with pytest.raises(ReaderKilled):
            reading.report(pause)
    assert psutil.Process().children() == []


def test_a_child_that_gets_nothing_to_read_ends(drawn: Drawn) -> None:
    with Reading() as reading:
        reading.prepare()
    assert psutil.Process().children() == []
