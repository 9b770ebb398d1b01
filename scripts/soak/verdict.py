"""Judge what was measured: what may be no larger in the last months than in the first ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

# Medians of this many measurements are compared, so that one busy moment decides nothing.
_COMPARED = 3
_TIMES_MIN = 2 * _COMPARED


@dataclass(frozen=True)
class Measurement:
    """What was measured after a run, by figure; ``agree`` tells whether the cached counters are right."""

    run: int
    figures: Mapping[str, float]
    agree: bool


@dataclass(frozen=True)
class Limit:
    """How far a figure may grow: by this factor and that much more.

    A figure ``from_retention`` grows until the first runs are old enough to be removed. ``min_count`` is how
    many measurements it takes to judge it.
    """

    factor: float = 1.0
    more: float = 0.0
    from_retention: bool = False
    min_count: int = 2

    def bound(self, first: float) -> float:
        return first * self.factor + self.more


_ROWS = Limit(1.1, 20, from_retention=True)
_TIME = Limit(1.5, 10, min_count=_TIMES_MIN)
_LIMITS = {
    "memory": Limit(1.1, 16),
    "handles": Limit(more=4),
    "threads": Limit(more=2),
    "processes": Limit(),
    "database": Limit(1.15, 2, from_retention=True),
    "run": _TIME,
    "rows: queued tasks": Limit(),
    "rows: failed tasks": Limit(),
    # The product keeps the last 200.
    "rows: finished tasks": Limit(more=200),
    "rows: customers": Limit(1.2, 5),
    # Evidence of 20 failures is kept, of each two files.
    "files: artifacts": Limit(more=40),
}
# Kept for ever: what changed for a customer, and when.
EXPECTED = {"history", "rows: customers' changes"}


def limit_of(figure: str) -> Limit | None:
    """Return the limit of a figure; None if it is expected to grow."""
    if figure in EXPECTED:
        return None
    if figure.startswith("page: "):
        return _TIME
    default = Limit(more=5) if figure.startswith("files: ") else _ROWS
    return _LIMITS.get(figure, default)


@dataclass(frozen=True)
class Verdict:
    """What is said of each figure, and whether something is wrong."""

    words: Mapping[str, str] = field(default_factory=dict)
    wrong: Sequence[str] = ()

    @property
    def is_good(self) -> bool:
        return not self.wrong


def judge(measured: Sequence[Measurement], *, retention_run: int) -> Verdict:
    """Judge every figure; ``retention_run`` is the run at which old runs begin to be removed."""
    words, wrong = {}, []
    for figure in measured[-1].figures if measured else ():
        words[figure], grew = _judged(figure, measured, retention_run)
        wrong += grew
    wrong += [f"after run {each.run:,} the cached counters were wrong" for each in measured if not each.agree]
    return Verdict(words, wrong)


def _judged(figure: str, measured: Sequence[Measurement], retention_run: int) -> tuple[str, list[str]]:
    """Return a word on a figure for the table, and what is wrong with it, if anything."""
    limit = limit_of(figure)
    if limit is None:
        return "kept for ever", []
    values = [each.figures[figure] for each in measured if _counts(limit, each, retention_run)]
    if len(values) < limit.min_count:
        return "not judged", []
    first, last = _ends(values)
    if last <= limit.bound(first):
        return "ok", []
    text = f"{figure} grew from {first:,.1f} to {last:,.1f}; the limit is {limit.bound(first):,.1f}"
    return "GREW", [text]


def _counts(limit: Limit, each: Measurement, retention_run: int) -> bool:
    return not limit.from_retention or each.run > retention_run


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Return the medians of the first and the last values."""
    count = max(1, min(_COMPARED, len(values) // 2))
    return median(values[:count]), median(values[-count:])
