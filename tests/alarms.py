"""Raise an exception in a wait, as the task queue's time limit does: out of the handler of SIGALRM."""

from __future__ import annotations

import os
import selectors
import signal
import sys
import threading
from collections.abc import Callable

from tests.waiting import wait_until


def alarm_while_waiting(is_time: Callable[[], bool]) -> None:
    """Send one SIGALRM once it is time and the main thread's event loop waits; for another thread.

    Between two waits an exception may end up anywhere, for example in a coroutine that nobody awaits yet.
    """
    wait_until(lambda: is_time() and _main_thread_waits())
    os.kill(os.getpid(), signal.SIGALRM)


def _main_thread_waits() -> bool:
    frame = sys._current_frames()[threading.main_thread().ident or 0]
    return frame.f_code.co_filename == selectors.__file__
