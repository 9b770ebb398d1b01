"""Look at processes in /proc."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A living process; ``command`` is its command line."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"{self.pid} ({self.command[:70]})"


def children_of(pid: int) -> list[int]:
    """Return the children of all threads of a process; none if it has ended."""
    found: list[int] = []
    # The process, or one of its threads, may end at any moment.
    with suppress(OSError):
        for path in _PROC.glob(f"{pid}/task/*/children"):
            with suppress(OSError):
                found += [int(child) for child in path.read_text().split()]
    return found


def descendants_of(pid: int) -> list[int]:
    found = children_of(pid)
    return found + [each for child in found for each in descendants_of(child)]


def command_of(pid: int) -> str:
    """Return the command line; empty if the process has ended or is a zombie."""
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    return bool(command_of(pid))


def processes_of(data_dir: Path) -> list[Process]:
    """Return the living processes whose settings name this data folder, and their descendants."""
    marked = [int(entry.parent.name) for entry in _PROC.glob("[0-9]*/environ") if _names(entry, data_dir)]
    pids = {pid for each in marked for pid in (each, *descendants_of(each))} - {os.getpid()}
    return [Process(pid, command) for pid in sorted(pids) if (command := command_of(pid))]


def _names(environ: Path, data_dir: Path) -> bool:
    try:
        return f"ARCHIBALD_DATA_DIR={data_dir}\0".encode() in environ.read_bytes()
    except OSError:
        return False


def send(pid: int | None, number: signal.Signals) -> bool:
    """Send a signal; return False if there is no such process any more."""
    if pid is None:
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
