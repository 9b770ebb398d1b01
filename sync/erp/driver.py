"""Run Playwright's driver, a Node.js process; kill it and its browser if they hang, and leave nothing behind.

A call of Playwright's sync API waits for the driver without a limit of its own: if the driver stops
answering, the call never returns. So a thread watches the time since the last sign of progress.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import psutil
from playwright.sync_api import Playwright, sync_playwright

from customers.erp_list.message import gettext_noop as _
from sync.erp.environment import without_secrets
from sync.errors import BrowserCrashed

_DRIVER_ARGUMENT = "run-driver"
# The message of Playwright's exception.
_DRIVER_ENDED = "Connection closed while reading from the driver"
_SAMPLE_S = 0.5
# The silence that is allowed after a request to stop.
_STOPPING_SILENCE_S = 10.0
# How long the processes may take to end by themselves once the driver is gone.
_END_S = 5.0
_END_POLL_S = 0.01
# Drivers are started one at a time, so that each watch knows its own.
_starting = Lock()


class DriverWatch:
    """Kills the driver and its browser after ``silence_s`` seconds without a sign."""

    def __init__(self, silence_s: float, stop: Callable[[], bool] = lambda: False) -> None:
        self.silence_s = silence_s
        self.has_killed = False
        self._stop = stop
        self._over = Event()
        self._last_s = time.monotonic()
        self._others: set[psutil.Process] | None = None
        self._driver: psutil.Process | None = None
        self._processes: set[psutil.Process] = set()

    def sign(self) -> None:
        """Show that the thread with the browser is alive."""
        self._last_s = time.monotonic()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while the body runs; afterwards no process of the driver is left."""
        self.sign()
        thread = Thread(target=self._watch, name="driver-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            self._end_rest()

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLE_S):
            self.sample()
            limit_s = min(self.silence_s, _STOPPING_SILENCE_S) if self._stop() else self.silence_s
            if time.monotonic() - self._last_s > limit_s:
                self.has_killed = True
                _kill(self._processes)

    def expect_driver(self) -> None:
        """The next driver among this process's children is the one to watch."""
        self._others = set(_drivers())

    def sample(self) -> None:
        """Note the driver and what it has started: once it is dead, its children are no longer known."""
        if self._others is None:
            return
        # An OSError if no file handle is left: the next sample may get one.
        with suppress(psutil.Error, OSError):
            self._driver = self._driver or next(iter(set(_drivers()) - self._others), None)
            if self._driver is not None:
                self._processes |= {self._driver, *self._driver.children(recursive=True)}

    def _end_rest(self) -> None:
        alive = _alive_after(self._processes, _END_S)
        _kill(alive)
        _alive_after(alive, _END_S)


@contextmanager
def running_driver(watch: DriverWatch, folder: Path, cache_dir: Path | None = None) -> Iterator[Playwright]:
    """Yield Playwright; the browser's profile and temporary files are kept in ``folder``.

    The driver's compiled program is kept in ``cache_dir``: with it, the driver starts a fifth sooner.

    Raises: BrowserCrashed, if the driver does not start.
    """
    with watch.watching(), _running_loop_kept(), ExitStack() as ended:
        # The driver keeps its files in the folder: one that is killed leaves them behind.
        wanted = {"TMPDIR": str(folder)}
        if cache_dir is not None:
            wanted["NODE_COMPILE_CACHE"] = str(cache_dir)
        with _starting, without_secrets(**wanted):
            watch.expect_driver()
            try:
                playwright = ended.enter_context(sync_playwright())
            except Exception as exc:
                # Playwright raises a bare Exception if the driver dies while it starts, an OSError if no
                # file handles are left, and its own Error if Node.js is missing.
                raise BrowserCrashed(_("the browser's driver did not start")) from exc
            finally:
                watch.sample()
        # Playwright runs its loop in this thread.
        asyncio.get_running_loop().set_exception_handler(_log_unless_driver_ended)
        ended.callback(_forget_ended_loop)
        yield playwright


@contextmanager
def _running_loop_kept() -> Iterator[None]:
    """Restore which loop counts as running in this thread, whatever ends the body.

    Playwright's loop still counts as running if the exception of a signal handler, such as the task queue's
    time limit, interrupts its end. Django's ORM, which records the end of a run, would refuse the thread.
    """
    before = asyncio._get_running_loop()
    try:
        yield
    finally:
        asyncio._set_running_loop(before)


def _forget_ended_loop() -> None:
    """Let Playwright end after such an exception has ended its loop: it runs the loop once more then."""
    loop = asyncio._get_running_loop()
    if loop is not None and not loop.is_running():
        asyncio._set_running_loop(None)


def _log_unless_driver_ended(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what asyncio tells, unless it is the end of the driver, which whoever used it has told already.

    The end is found when the driver is read from, or first when it is written to.
    """
    error = context.get("exception")
    if not isinstance(error, BrokenPipeError) and _DRIVER_ENDED not in str(error):
        loop.default_exception_handler(context)


def _drivers() -> list[psutil.Process]:
    """Return the drivers among this process's children."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if _DRIVER_ARGUMENT in child.cmdline():
                found.append(child)
    return found


def _alive_after(processes: set[psutil.Process], within_s: float) -> set[psutil.Process]:
    """Wait until the processes have ended; return those that have not."""
    end_s = time.monotonic() + within_s
    while (alive := set(filter(_is_alive, processes))) and time.monotonic() < end_s:
        time.sleep(_END_POLL_S)
    return alive


def _is_alive(process: psutil.Process) -> bool:
    """Tell whether a process runs: one that has ended remains as a zombie until its parent looks."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _kill(processes: set[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
