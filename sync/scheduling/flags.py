"""A flag that a process shares with the children it forks."""

from __future__ import annotations

import ctypes
import time
from multiprocessing.sharedctypes import RawValue

_POLL_S = 0.05


class SharedFlag:
    """Can be set, and never cleared.

    Without a lock, unlike ``multiprocessing.Event``: a process that is killed while it holds one, or waits
    for the event, leaves every other that asks hanging.
    """

    def __init__(self) -> None:
        self._value = RawValue(ctypes.c_bool, False)

    def set(self) -> None:
        self._value.value = True

    def is_set(self) -> bool:
        return bool(self._value.value)

    def wait(self, timeout_s: float) -> bool:
        """Return whether it is set, at the latest after the time."""
        end_s = time.monotonic() + timeout_s
        while not self.is_set() and (left_s := end_s - time.monotonic()) > 0:
            time.sleep(min(left_s, _POLL_S))
        return self.is_set()
