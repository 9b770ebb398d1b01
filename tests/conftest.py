"""Shared fixtures: a simulated ERP, settings that point to it, and generated reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from scripts.erp_simulator.customer_report import draw_customers
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer, generate

DrawList = Callable[..., Path]


@pytest.fixture
def people() -> list[SimCustomer]:
    """Sixty invented customers: two pages of the grid's pager, two page groups of the report and more."""
    return generate(60, seed=3)


@pytest.fixture
def draw_list(tmp_path: Path) -> DrawList:
    """Return a function that draws a customer list and returns its path."""

    def draw(customers: list[SimCustomer], name: str = "Clienti.pdf", **options: Any) -> Path:
        path = tmp_path / name
        draw_customers(path, customers, **options)
        return path

    return draw


@pytest.fixture
def erp(people: list[SimCustomer]) -> Iterator[ErpSimulator]:
    with ErpSimulator(people) as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    """Give each test its own session state, work folder, artifacts and cache, and short waits."""
    settings.DATA_DIR = tmp_path / "data"
    settings.CACHES = {"default": _own_cache(settings.CACHES["default"], settings.DATA_DIR / "cache")}
    settings.ARTIFACTS_DIR = tmp_path / "data" / "artifacts"
    settings.SYNC_RETRY_WAIT_S = 0.01
    settings.ERP_BANNER_WAIT_S = 1.0
    settings.ERP_POLL_S = 0.02
    # Tests expect English texts, unless they request Italian.
    settings.LANGUAGE_CODE = "en"


def _own_cache(cache: dict[str, Any], folder: Path) -> dict[str, Any]:
    if cache["BACKEND"].endswith(".FileBasedCache"):
        return {**cache, "LOCATION": str(folder)}
    # Clearing the cache flushes the Redis database, so each pytest worker uses its own.
    address, _, number = str(cache["LOCATION"]).rpartition("/")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    location = f"{address}/{int(number) + worker}"
    return {**cache, "LOCATION": location, "KEY_PREFIX": f"test-{uuid4().hex[:8]}"}


@pytest.fixture
def erp_settings(erp: ErpSimulator, settings: Any) -> ErpSimulator:
    """Point the settings to the simulated ERP, and return it."""
    settings.ARCHIBALD_URL = erp.base_url
    settings.ARCHIBALD_USERNAME = erp.username
    settings.ARCHIBALD_PASSWORD = "segreta"
    return erp
