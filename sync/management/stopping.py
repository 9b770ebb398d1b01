"""Stop on a signal between two steps, not during one."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether a signal to stop was received.

    A second SIGTERM ends the process. Further SIGINTs change nothing, for the rest of the process: a Ctrl-C
    that is held comes thirty times a second, and must not cut off the end of the run or its result. A closed
    terminal asks to stop too, unless ``nohup`` lets the process ignore it.
    """
    stopped: list[int] = []
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    previous = {number: signal.getsignal(number) for number in numbers}
    if previous[signal.SIGHUP] == signal.SIG_IGN:
        del previous[signal.SIGHUP]

    def note(number: int, frame: FrameType | None) -> None:
        stopped.append(number)
        # Not SIGHUP: the shell and the system both say that the terminal is closed.
        if number == signal.SIGTERM:
            signal.signal(number, previous[signal.SIGTERM])

    for number in previous:
        signal.signal(number, note)
    try:
        yield lambda: bool(stopped)
    finally:
        if signal.SIGINT in stopped:
            previous[signal.SIGINT] = signal.SIG_IGN
        for number, handler in previous.items():
            signal.signal(number, handler)
