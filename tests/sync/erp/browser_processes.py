"""The processes of a fetch: Playwright's driver, the browser and its tabs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil


def descendants(parent: int | None = None) -> dict[int, str]:
    """Return the command lines of a process's descendants (this one's, unless given) by their ids."""
    found = {}
    for each in psutil.Process(parent).children(recursive=True):
        with suppress(psutil.Error):
            if each.status() != psutil.STATUS_ZOMBIE:
                found[each.pid] = " ".join(each.cmdline())
    return found


def browsers(parent: int | None = None) -> list[int]:
    """Return Chromium's main processes, without the shell that Debian's script starts it from.

    Chromium goes on without its shell, which has the same arguments.
    """
    return [
        pid
        for pid, command in descendants(parent).items()
        if "--remote-debugging-pipe" in command and not command.startswith("/bin/sh ")
    ]


def drivers(parent: int | None = None) -> list[int]:
    return [pid for pid, command in descendants(parent).items() if "run-driver" in command]


def tabs(parent: int | None = None) -> list[int]:
    return [pid for pid, command in descendants(parent).items() if "--type=renderer" in command]


def send(pids: list[int], signal_number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal_number)


@contextmanager
def as_soon_as(found: Callable[[], list[int]], signal_number: int) -> Iterator[None]:
    """Send the signal to the processes as soon as there are any, while the body runs."""
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.005):
            if pids := found():
                send(pids, signal_number)
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
