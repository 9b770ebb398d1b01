"""Wait for a condition that other processes bring about."""

from __future__ import annotations

import time
from collections.abc import Callable

POLL_S = 0.01


def until(condition: Callable[[], bool], within_s: float, *, poll_s: float = POLL_S) -> bool:
    """Return whether the condition came true within the time."""
    end_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end_s:
            return False
        time.sleep(poll_s)
    return True
