"""A short-lived folder for the browser's socket.

Chromium creates a socket in a folder below TMPDIR, and leaves the folder behind when it is killed. The path
of a socket is limited to about 100 characters, so it can't be in the fetch's own folder or in a long TMPDIR.
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
# Source: the shortest limit of a socket's path (macOS); Linux allows 107.
_SOCKET_PATH_CHARS = 103
# What comes after the base: this module's folder with process id and random characters, then Chromium's
# org.chromium.Chromium.a1B2c3/SingletonSocket.
_BELOW_BASE_CHARS = len(f"/{_PREFIX}4194304-12345678") + len("/org.chromium.Chromium.a1B2c3/SingletonSocket")


@contextmanager
def socket_folder() -> Iterator[Path]:
    """Yield a new folder, which is removed afterwards; remove those of processes that are gone."""
    base = _base()
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _base() -> Path:
    """Return the folder for temporary files, or ``/tmp`` if its path is too long for a socket in it."""
    base = tempfile.gettempdir()
    return Path("/tmp" if len(base) + _BELOW_BASE_CHARS > _SOCKET_PATH_CHARS else base)  # noqa: S108


def _sweep(base: Path) -> None:
    for folder in base.glob(f"{_PREFIX}*"):
        process_id = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if process_id.isdecimal() and not psutil.pid_exists(int(process_id)):
            shutil.rmtree(folder, ignore_errors=True)
