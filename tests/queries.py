"""Count queries, to compare what a few rows and many rows need."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def queries_of(ask: Callable[[], object]) -> int:
    """Return how many queries a call makes the second time, when what it caches is cached."""
    ask()
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)
