"""Private folders for what must not outlive its use: exports, and the browser's files."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "fetch-"
_LEFTOVER_AFTER_S = 6 * 3600


@contextmanager
def private_folder(work_dir: Path) -> Iterator[Path]:
    """Yield a new folder that only this user can enter, and delete it afterwards.

    Folders that killed processes left behind are deleted first.
    """
    work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    remove_leftovers(work_dir, _LEFTOVER_AFTER_S)
    folder = Path(tempfile.mkdtemp(dir=work_dir, prefix=_PREFIX))  # of mode 0700
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(work_dir: Path, older_than_s: float = 0.0) -> int:
    """Delete the folders that are older than this; return how many."""
    removed = 0
    for folder in work_dir.glob(f"{_PREFIX}*"):
        try:
            age_s = time.time() - folder.stat().st_mtime
        except FileNotFoundError:
            continue
        # One of the future is from before the clock was set back.
        if abs(age_s) > older_than_s:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
