"""A short-lived folder for the browser's socket.

Chromium creates a socket in a folder below TMPDIR, and leaves the folder behind when it is killed. The path
of a socket is limited to about 100 characters, so it can't be in the fetch's own folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_PREFIX = "archibald-sync-"


@contextmanager
def socket_folder() -> Iterator[Path]:
    """Yield a new folder, which is removed afterwards; remove those of processes that are gone."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        process_id = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if process_id.isdecimal() and not psutil.pid_exists(int(process_id)):
            shutil.rmtree(folder, ignore_errors=True)
