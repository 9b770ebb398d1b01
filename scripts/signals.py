"""End a program in order, whatever ends it."""

from __future__ import annotations

import signal
from types import FrameType


def end_on_signals() -> None:
    """Let SIGTERM and a closed terminal raise KeyboardInterrupt, as Ctrl-C does.

    Only once: a second signal must not cut the end short. SIGINT counts even if a shell started the program
    in the background with SIGINT ignored; with ``nohup``, a closed terminal stays ignored.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)

    def end(number: int, frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, end)
