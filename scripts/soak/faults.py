"""What goes wrong over the year, drawn from a seed."""

from __future__ import annotations

import random
from enum import Enum

# How many scheduled runs in a row meet an ERP that is down.
_OUTAGE_RUNS = (2, 6)


class Fault(Enum):
    """What one scheduled run meets."""

    NONE = "none"
    UNREACHABLE_ONCE = "the ERP does not answer once"
    OUTAGE = "the ERP does not answer for hours"
    TRUNCATED = "the first file lacks its end"
    HELD_APPROVED = "a short list is held and approved"
    HELD_REJECTED = "a short list is held and rejected"
    HELD_TOO_LONG = "a short list is held until a newer one was applied"
    DEAD_PROCESS = "the process dies"
    LOGIN_REJECTED = "the login is rejected, which suspends the schedule"
    CACHE_EMPTIED = "the cache is emptied"


_ONE_IN_RUNS = {
    Fault.UNREACHABLE_ONCE: 50,
    Fault.OUTAGE: 600,
    Fault.TRUNCATED: 150,
    Fault.HELD_APPROVED: 800,
    Fault.HELD_REJECTED: 800,
    Fault.HELD_TOO_LONG: 1500,
    Fault.DEAD_PROCESS: 400,
    Fault.LOGIN_REJECTED: 1500,
    Fault.CACHE_EMPTIED: 300,
}


class Faults:
    """The faults in order; equal seeds give equal faults."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"faults {seed}")
        self._outage_runs = 0

    def next(self) -> Fault:
        if self._outage_runs:
            self._outage_runs -= 1
            return Fault.OUTAGE
        fault = self._drawn()
        if fault is Fault.OUTAGE:
            self._outage_runs = self._rng.randint(*_OUTAGE_RUNS) - 1
        return fault

    def _drawn(self) -> Fault:
        draw = self._rng.random()
        for fault, runs in _ONE_IN_RUNS.items():
            draw -= 1 / runs
            if draw < 0:
                return fault
        return Fault.NONE
