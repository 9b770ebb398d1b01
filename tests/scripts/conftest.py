"""A simulated ERP and a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.erp_simulator.server import ErpSimulator
from tests.scripts.simulator_browser import launched, opened


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    """Let a busy machine take its time; Playwright's own limit is 5 s."""
    expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture
def erp() -> Iterator[ErpSimulator]:
    with ErpSimulator(50) as simulator:
        yield simulator


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as visible:
        yield visible
