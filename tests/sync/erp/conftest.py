"""A simulated ERP for each test, and a client with short timeouts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from scripts.erp_simulator import world
from scripts.erp_simulator.server import ErpSimulator
from sync.erp import ErpConfig, FetchedList, FetchStep, fetch_customer_list

USERNAME = "agente"
PASSWORD = "Zaffiro-e-7-lune"
CUSTOMER_COUNT = 45


@pytest.fixture
def erp() -> Iterator[ErpSimulator]:
    customers = world.generate(CUSTOMER_COUNT, seed=7)
    with ErpSimulator(customers=customers, username=USERNAME, password=PASSWORD, port=0) as simulator:
        yield simulator


@pytest.fixture
def config(erp: ErpSimulator, tmp_path: Path) -> ErpConfig:
    return ErpConfig(
        base_url=erp.base_url,
        username=USERNAME,
        password=PASSWORD,
        state_path=tmp_path / "state" / "session.json",
        artifacts_dir=tmp_path / "artifacts",
        work_dir=tmp_path / "work",
        browser_path=os.environ.get("BROWSER_PATH", ""),
        page_timeout_s=10.0,
        login_timeout_s=10.0,
        export_timeout_s=10.0,
        banner_wait_s=0.5,
        poll_s=0.02,
        idle_polls=2,
    )


@dataclass
class Client:
    """Fetches with one config and records the reported steps."""

    config: ErpConfig
    progress: list[FetchStep] = field(default_factory=list)
    content: bytes = b""

    def fetch(self, stop: Callable[[], bool] = lambda: False, **changes: Any) -> FetchedList:
        """Fetch once, with changes to the config, and keep the content of the file, which is deleted."""
        with fetch_customer_list(replace(self.config, **changes), self.progress.append, stop) as fetched:
            self.content = fetched.path.read_bytes()
            return fetched

    @property
    def stages(self) -> list[str]:
        """The reported stages in order, without repetitions."""
        names = [each.stage for each in self.progress]
        return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]


@pytest.fixture
def client(config: ErpConfig) -> Client:
    return Client(config)
