"""The clock that durations are measured with."""

from __future__ import annotations

import time

from django.db import connection


def now_ms() -> float:
    """Return milliseconds of processor time with SQLite, which works in this process, else of real time.

    Other programs on the machine must not look like growth; a server's work is only seen by waiting for it.
    """
    now_s = time.process_time() if connection.vendor == "sqlite" else time.perf_counter()
    return 1000 * now_s
