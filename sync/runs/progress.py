"""The progress of a sync."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """The current stage, and how much of it is done; ``total`` is 0 if unknown."""

    stage: str
    done: int = 0
    total: int = 0


OnProgress = Callable[[Progress], None]
