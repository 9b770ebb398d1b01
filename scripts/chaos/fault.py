"""What a fault is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from scripts.chaos.database import Undo
from scripts.chaos.moments import EVERY
from scripts.chaos.world import World

# Returns how to end the fault, or None if there was nothing to strike: the sync was already over.
Strike = Callable[[World, Random], Undo | None]


@dataclass(frozen=True)
class Fault:
    """One kind of fault. ``vendor`` limits it to one kind of database.

    It lasts a drawn time within ``lasts_s``, or until ``failed_runs`` syncs in a row have failed.
    """

    name: str
    about: str
    strike: Strike
    stages: tuple[str, ...] = EVERY
    lasts_s: tuple[float, float] = (0.0, 0.0)
    vendor: str = ""
    failed_runs: int = 0

    def suits(self, vendor: str) -> bool:
        return self.vendor in {"", vendor}


def already_over() -> None:
    """End a fault that is over at once."""
