"""Wait for something that another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

# Far more than anything takes, even on a busy machine: only a test that fails waits so long.
WAIT_S = 120.0


def wait_until(condition: Callable[[], bool], within_s: float = WAIT_S) -> None:
    """Return when the condition is true; fail the test if it is not within the time.

    Give a time only where it is what the test is about.
    """
    end = time.monotonic() + within_s
    pause = 0.001
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"it did not come true within {within_s:g} s")
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
