"""Screenshots and traces of failures: the newest are kept, and none can hide the error that they show."""

from __future__ import annotations

import os
from pathlib import Path

from sync.errors import ErpTimeout
from sync.runs import artifacts


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


def test_an_old_file_that_can_not_be_deleted_does_not_hide_the_error(tmp_path: Path) -> None:
    """As on a disk that became read-only; a folder can't be deleted like a file either."""
    (tmp_path / "folder.png").mkdir()
    os.utime(tmp_path / "folder.png", (0, 0))
    kept = artifacts.keep(failed_with(image(tmp_path, "new.png", age_s=0)), tmp_path, count=1)
    assert kept == {"screenshot": "new.png"}
