"""All faults."""

from __future__ import annotations

from random import Random

from scripts.chaos import database_faults, erp_faults, process_faults, storage_faults
from scripts.chaos.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *process_faults.FAULTS,
    *erp_faults.FAULTS,
    *database_faults.FAULTS,
    *storage_faults.FAULTS,
)


def fault_of_round(number: int, faults: list[Fault], seed: int) -> Fault:
    """Return the fault of a round, counted from 1: all faults in a drawn order, then again in another."""
    cycle, position = divmod(number - 1, len(faults))
    return Random(f"{seed} cycle {cycle}").sample(faults, len(faults))[position]
