"""The lists that the simulated ERP gives over the year, drawn once and reused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path

from scripts.erp_simulator.customer_report import draw_customers
from scripts.erp_simulator.world import SimCustomer, add, change, generate, remove

_VERSIONS = 24
_CHANGED_CUSTOMERS = 2
# Less than the share of the active customers below which a list is held.
_SHORT_SHARE = 0.6


@dataclass(frozen=True)
class Version:
    """The customers at one time, and their report."""

    people: tuple[SimCustomer, ...]
    path: Path


class Lists:
    """Versions of a list, each of which differs from its neighbours in a few customers.

    They are gone through forwards and backwards, so that no step changes more than normal work does.
    """

    def __init__(self, folder: Path, customers: int, seed: int) -> None:
        folder.mkdir(parents=True)
        versions = [_drawn(folder / f"{n}.pdf", people) for n, people in enumerate(_years(customers, seed))]
        self._order = cycle(chain(versions, reversed(versions[1:-1])))
        self.current = next(self._order)
        self.short = _drawn(folder / "short.pdf", versions[0].people[: int(_SHORT_SHARE * customers)]).path
        self.truncated = folder / "truncated.pdf"
        whole = self.current.path.read_bytes()
        self.truncated.write_bytes(whole[: len(whole) // 2])

    def change(self) -> None:
        self.current = next(self._order)


def _years(count: int, seed: int) -> Iterator[tuple[SimCustomer, ...]]:
    people, rng = generate(count, seed=seed), random.Random(f"lists {seed}")
    yield tuple(people)
    for number in range(1, _VERSIONS):
        change(people, _CHANGED_CUSTOMERS, seed=number)
        turn = rng.random()
        if turn < 0.2:
            add(people, 1, seed=number)
        elif turn < 0.4:
            remove(people, 1, seed=number)
        yield tuple(people)


def _drawn(path: Path, people: tuple[SimCustomer, ...]) -> Version:
    draw_customers(path, people)
    return Version(people, path)
