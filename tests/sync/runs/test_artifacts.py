"""Screenshots and traces of failures: the newest are kept, and none can hide the error that they show."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sync.errors import ErpTimeout
from sync.runs import artifacts
from tests.log_lines import logged_with_traceback


def failed_with(screenshot: Path) -> ErpTimeout:
    error = ErpTimeout("the login took too long")
    error.screenshot = screenshot
    return error


def image(folder: Path, name: str, age_s: int) -> Path:
    path = folder / name
    path.write_bytes(b"an image")
    os.utime(path, (10_000 - age_s, 10_000 - age_s))
    return path


def test_only_the_newest_files_are_kept(tmp_path: Path) -> None:
    old, older = image(tmp_path, "old.png", age_s=5), image(tmp_path, "older.png", age_s=10)
    kept = artifacts.keep(failed_with(image(tmp_path, "new.png", age_s=0)), tmp_path, count=2)
    assert kept == {"screenshot": "new.png"}
    assert (old.exists(), older.exists()) == (True, False)


def test_a_trace_is_kept_beside_its_screenshot(tmp_path: Path) -> None:
    error = failed_with(image(tmp_path, "page.png", age_s=0))
    error.trace = image(tmp_path, "page.zip", age_s=0)
    assert artifacts.keep(error, tmp_path, count=1) == {"screenshot": "page.png", "trace": "page.zip"}


def test_an_old_file_that_can_not_be_deleted_does_not_hide_the_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As on a disk that became read-only; a folder can't be deleted like a file either."""
    (tmp_path / "folder.png").mkdir()
    os.utime(tmp_path / "folder.png", (0, 0))
    kept = artifacts.keep(failed_with(image(tmp_path, "new.png", age_s=0)), tmp_path, count=1)
    assert kept == {"screenshot": "new.png"}
    [message] = logged_with_traceback(caplog, "sync.runs.artifacts")
    assert "screenshots and traces" in message


def test_a_file_outside_of_the_folder_is_not_kept(tmp_path: Path) -> None:
    error = failed_with(image(tmp_path, "page.png", age_s=0))
    assert artifacts.keep(error, tmp_path / "artifacts", count=1) == {}


@pytest.mark.parametrize("name", ["", "missing.png", "../outside.png", "subfolder"])
def test_only_the_name_of_a_file_in_the_folder_has_a_path(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "artifacts"
    (folder / "subfolder").mkdir(parents=True)
    image(tmp_path, "outside.png", age_s=0)
    inside = image(folder, "inside.png", age_s=0)
    assert artifacts.path_of(name, folder) is None
    assert artifacts.path_of("inside.png", folder) == inside


def test_all_files_and_folders_are_removed_and_counted(tmp_path: Path) -> None:
    image(tmp_path, "page.png", age_s=0)
    (tmp_path / "run-1").mkdir()
    image(tmp_path / "run-1", "page.zip", age_s=0)
    assert artifacts.remove_all(tmp_path) == 2
    assert list(tmp_path.iterdir()) == []
    assert artifacts.remove_all(tmp_path / "missing") == 0


def test_files_are_removed_once_they_are_older_than_the_days(tmp_path: Path) -> None:
    for name, age_h in (("younger.png", 365 * 24 - 1), ("older.png", 365 * 24 + 1)):
        modified_s = time.time() - age_h * 3600
        os.utime(image(tmp_path, name, age_s=0), (modified_s, modified_s))
    artifacts.remove_older(tmp_path, days=365)
    assert [path.name for path in tmp_path.iterdir()] == ["younger.png"]


def test_an_old_folder_that_can_not_be_deleted_is_logged_and_the_rest_is_removed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Links to folders are not followed."""
    (tmp_path / "elsewhere").mkdir()
    os.utime(tmp_path / "elsewhere", (0, 0))
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "link").symlink_to(tmp_path / "elsewhere")
    for number in range(20):
        image(tmp_path / "artifacts", f"{number}.png", age_s=0)
    artifacts.remove_older(tmp_path / "artifacts", days=1)
    assert (tmp_path / "elsewhere").is_dir()
    assert [path.name for path in (tmp_path / "artifacts").iterdir()] == ["link"]
    [message] = logged_with_traceback(caplog, "sync.runs.artifacts")
    assert message == "an old screenshot or trace could not be deleted"
