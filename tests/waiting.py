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
    start = time.monotonic()
    while not condition():
        waited_s = time.monotonic() - start
        if waited_s > within_s:
            pytest.fail(f"it did not come true within {within_s:g} s")
        # Looking costs time of a processor, which those waited for need.
        time.sleep(min(0.001 + waited_s / 10, 0.2))
