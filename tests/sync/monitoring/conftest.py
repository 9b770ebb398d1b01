"""Customer lists for the metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.erp_simulator.world import SimCustomer, generate
from tests.conftest import DrawList


@pytest.fixture
def crowd() -> list[SimCustomer]:
    return generate(12, seed=5)


@pytest.fixture
def good(crowd: list[SimCustomer], draw_list: DrawList) -> Path:
    return draw_list(crowd)


@pytest.fixture
def short(crowd: list[SimCustomer], draw_list: DrawList) -> Path:
    """A list so short that it is held after the good one was applied."""
    return draw_list(crowd[:4], "short.pdf")
