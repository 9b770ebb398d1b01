"""A flag that a process shares with the children it forks."""

from __future__ import annotations

import ctypes
import time
from multiprocessing.sharedctypes import RawValue

_POLL_S = 0.05


class SharedFlag:
    """Can be set, and never cleared.

    Lock-free, unlike ``multiprocessing.Event``, so a process that is killed can't block the others.
    """

    def __init__(self) -> None:
        self._value = RawValue(ctypes.c_bool, False)

    def set(self) -> None:
        self._value.value = True

    def is_set(self) -> bool:
        return bool(self._value.value)

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is set or the time is over; return whether it is set."""
        end_s = time.monotonic() + timeout_s
        while not self.is_set() and (left_s := end_s - time.monotonic()) > 0:
            time.sleep(min(left_s, _POLL_S))
        return self.is_set()
