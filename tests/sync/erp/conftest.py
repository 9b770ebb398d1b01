"""A simulated ERP for each test, a browser for each file, and a client with short waits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from scripts.erp_simulator import world
from scripts.erp_simulator.server import ErpSimulator
from sync.erp import ErpConfig, FetchedList, FetchStep, SingleLogin, fetch_customer_list
from sync.erp.browser import INCOMING, Opener, open_browser
from sync.erp.driver import DriverWatch
from tests.erp_sessions import store_session

from .shared_browser import SharedBrowser

USERNAME = "agente"
PASSWORD = "Zaffiro-e-7-lune"
CUSTOMER_COUNT = 45


@pytest.fixture
def erp() -> Iterator[ErpSimulator]:
    customers = world.generate(CUSTOMER_COUNT, seed=7)
    with ErpSimulator(customers=customers, username=USERNAME, password=PASSWORD, port=0) as simulator:
        yield simulator


@pytest.fixture
def config(erp: ErpSimulator, tmp_path: Path, driver_cache: Path) -> ErpConfig:
    return ErpConfig(
        base_url=erp.base_url,
        username=USERNAME,
        password=PASSWORD,
        state_path=tmp_path / "state" / "session.json",
        artifacts_dir=tmp_path / "artifacts",
        work_dir=tmp_path / "work",
        browser_path=os.environ.get("BROWSER_PATH", ""),
        driver_cache_dir=driver_cache,
        banner_wait_s=1.0,
        idle_s=0.02,
        further_items_s=0.5,
        navigation_wait_s=0.3,
        clear_wait_s=1.0,
    )


@pytest.fixture
def logged_in(erp: ErpSimulator, config: ErpConfig) -> None:
    """Let the first fetch begin with a session, as most do."""
    store_session(erp, config)


@pytest.fixture(scope="module")
def shared_browser(tmp_path_factory: pytest.TempPathFactory, driver_cache: Path) -> Iterator[SharedBrowser]:
    """Start one browser for a file's tests. None of them may use the database, or start another browser."""
    folder = tmp_path_factory.mktemp("browser")
    # Nothing shows that it is alive between two tests.
    watch = DriverWatch(silence_s=86_400)
    browser_path = os.environ.get("BROWSER_PATH", "")
    with open_browser(browser_path, folder, watch, driver_cache) as browser:
        yield SharedBrowser(browser, folder / INCOMING)


@pytest.fixture
def page(config: ErpConfig, shared_browser: SharedBrowser) -> Iterator[Page]:
    """An empty page."""
    with shared_browser.page(config) as page:
        yield page


@dataclass
class Client:
    """Fetches with one config and records the reported steps."""

    config: ErpConfig
    opener: Opener
    progress: list[FetchStep] = field(default_factory=list)
    content: bytes = b""

    def fetch(
        self, stop: Callable[[], bool] = lambda: False, login: SingleLogin | None = None, **changes: Any
    ) -> FetchedList:
        """Fetch once, with changes to the config, and keep the content of the file, which is deleted."""
        config = replace(self.config, **changes)
        with fetch_customer_list(
            config, self.progress.append, stop, login=login, opener=self.opener
        ) as fetched:
            self.content = fetched.path.read_bytes()
            return fetched

    @property
    def stages(self) -> list[str]:
        """The reported stages in order, without repetitions."""
        names = [each.stage for each in self.progress]
        return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]


@pytest.fixture
def client(config: ErpConfig, shared_browser: SharedBrowser) -> Client:
    return Client(config, shared_browser.open_page)
