"""The data of the chart of the last runs: how long each took, and how many customers it changed.

The template draws the SVG. Lengths are in units of its viewBox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.models import SyncRun

COUNT = 30
WIDTH, HEIGHT = 600, 100
_SLOT = WIDTH / COUNT
_BAR = 0.7 * _SLOT
_CHANGES = ("new", "updated", "removed")
# The minimum height, so that small values are visible.
_MIN_HEIGHT = 2.0


@dataclass(frozen=True)
class Bar:
    """A rectangle; ``kind`` is the run's state, or one of new, updated, removed."""

    x: float
    y: float
    height: float
    kind: str
    width: float = round(_BAR, 1)


@dataclass(frozen=True)
class Column:
    """The bars of one run."""

    run: SyncRun
    duration: Bar
    changes: tuple[Bar, ...]
    # The x coordinate of the column's centre, where a mark is drawn.
    middle: float

    @property
    def is_marked(self) -> bool:
        return self.run.state != SyncRun.State.SUCCEEDED


@dataclass(frozen=True)
class Chart:
    """Runs from old to new. ``longest_ms`` and ``most_changes`` are the maxima of the two scales."""

    columns: tuple[Column, ...]
    longest_ms: int
    most_changes: int


def chart_of(runs: Sequence[SyncRun]) -> Chart:
    """Return the chart of the last ``COUNT`` of ``runs``, which are ordered oldest first."""
    shown = runs[-COUNT:]
    longest = max([run.duration_ms or 0 for run in shown], default=0)
    most = max([sum(_changes_of(run)) for run in shown], default=0)
    first = COUNT - len(shown)
    columns = tuple(_column(run, (first + place) * _SLOT, longest, most) for place, run in enumerate(shown))
    return Chart(columns, longest, most)


def _column(run: SyncRun, left: float, longest_ms: int, most: int) -> Column:
    x = round(left + (_SLOT - _BAR) / 2, 1)
    height = _scaled(run.duration_ms or 0, longest_ms)
    duration = Bar(x, round(HEIGHT - height, 1), height, run.state)
    return Column(run, duration, _stack(run, x, most), round(left + _SLOT / 2, 1))


def _stack(run: SyncRun, x: float, most: int) -> tuple[Bar, ...]:
    bars, foot = [], float(HEIGHT)
    for kind, count in zip(_CHANGES, _changes_of(run), strict=True):
        if count:
            height = _scaled(count, most)
            foot = max(0.0, round(foot - height, 1))
            bars.append(Bar(x, foot, height, kind))
    return tuple(bars)


def _changes_of(run: SyncRun) -> tuple[int, ...]:
    """Return the counts of written changes: all 0 unless the run succeeded and was not a dry run."""
    is_written = run.state == SyncRun.State.SUCCEEDED and not run.is_dry
    return tuple(int(run.counts.get(kind, 0)) if is_written else 0 for kind in _CHANGES)


def _scaled(value: int, top: int) -> float:
    return round(max(_MIN_HEIGHT, 0.94 * HEIGHT * value / top), 1) if top and value else _MIN_HEIGHT
