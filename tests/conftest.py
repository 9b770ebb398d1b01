"""Shared fixtures: a simulated ERP, settings that point to it, and generated reports."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import TransactionTestCase

from scripts.erp_simulator.customer_report import draw_customers
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer, generate
from sync.config import sync_config
from tests.committed_rows import delete_committed_rows
from tests.erp_sessions import store_session
from tests.shared_browser import shared_browser

DrawList = Callable[..., Path]
_PEOPLE = generate(60, seed=3)
_SYNC = Path(__file__).parent / "sync"
# Their tests kill or count the children of this process.
_WITHOUT_SHARED_BROWSER = (_SYNC / "erp", _SYNC / "report" / "test_isolated.py")

# Without a mark or one of these fixtures, pytest-django lets no test use the database.
_DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "shared_cluster"}
# What a module imports that uses the cache, or runs a command that does.
_CACHE_NAMES = {"cache", "caches", "call_command", "manage"}
# They use both, but ask who may call what, what a person is told and what is made of the ERP's lists: neither
# the database nor the cache changes that.
_SAME_WITH_ANY_STORE = (
    "archibald/test_api_fuzz_roles.py",
    "sync/management/test_runsync_explain.py",
    "sync/management/test_runsync_lists.py",
    "sync/management/test_runsync_shown.py",
    "sync/test_error_codes.py",
)

# .ci/run does not collect these folders on PostgreSQL and Redis.
_WITHOUT_STORES = ("sync/erp/", "sync/report/")

# The files that take longest, which begin first: a worker that is left alone with one would be waited for.
_LONGEST = (
    "archibald/test_api_fuzz.py",
    "sync/report/test_report_exports.py",
    "sync/management",
    "sync/erp/test_driver.py",
    "sync/erp",
    "sync/test_pipeline.py",
    "archibald/test_api_fuzz_roles.py",
    "scripts/test_chaos.py",
    "scripts/test_run_demo.py",
    "scripts/test_make_pictures.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files, and mark the tests whose outcome the database or the cache can change.

    CI runs those on PostgreSQL and Redis too. They use one of them, here or in another process.
    """
    for item in items:
        if isinstance(item, pytest.Function) and _uses_stores(item):
            item.add_marker("stores")
    items.sort(key=_begins_at)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if _place_of(item).startswith(_WITHOUT_STORES) and item.get_closest_marker("stores"):
        pytest.fail("this test uses the database or the cache: move it to another folder")


def pytest_configure() -> None:
    """Look for garbage less often: most of what collecting the tests makes stays."""
    gc.set_threshold(50_000)


def pytest_collection_finish() -> None:
    """Do not look for garbage among the program and thousands of tests."""
    gc.freeze()


def _begins_at(item: pytest.Item) -> int:
    """Return where a test's file is in the order; the sort keeps the order of those that have no place."""
    path = _place_of(item)
    places = (place for place, longest in enumerate(_LONGEST) if path.startswith(longest))
    return next(places, len(_LONGEST))


def _place_of(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).as_posix()


def _uses_stores(item: pytest.Function) -> bool:
    if _place_of(item) in _SAME_WITH_ANY_STORE:
        return False
    uses_database = item.get_closest_marker("django_db") or _DATABASE_FIXTURES & set(item.fixturenames)
    return bool(uses_database or _CACHE_NAMES & set(vars(item.module)))


@pytest.fixture
def people() -> list[SimCustomer]:
    """Sixty invented customers: two pages of the grid's pager, two page groups of the report and more."""
    return list(_PEOPLE)


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


@pytest.fixture(scope="session")
def driver_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the browser's driver keeps its compiled program, for all tests of this process."""
    return tmp_path_factory.mktemp("driver")


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path, driver_cache: Path) -> None:
    # Beside the test's own folder, which some tests expect to be empty.
    folder = tmp_path.with_name(f"{tmp_path.name}-data")
    for name, value in own_settings(settings.CACHES["default"], folder, driver_cache).items():
        setattr(settings, name, value)


def own_settings(cache: dict[str, Any], folder: Path, driver_cache: Path) -> dict[str, Any]:
    """Make a folder; return settings with session, work, artifacts and cache in it, and short waits."""
    folder.mkdir(mode=0o700)
    (folder / "driver").symlink_to(driver_cache)
    return {
        "DATA_DIR": folder,
        "CACHES": {"default": _own_cache(cache, folder / "cache")},
        "ARTIFACTS_DIR": folder / "artifacts",
        "SYNC_RETRY_WAIT_S": 0.01,
        "ERP_BANNER_WAIT_S": 1.0,
        # The program's own takes a third of a second for each password.
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        # Tests expect English texts, unless they request Italian.
        "LANGUAGE_CODE": "en",
    }


@pytest.fixture(autouse=True)
def _no_heartbeat_without_commits(request: pytest.FixtureRequest, settings: Any) -> None:
    """Let runs have a heartbeat only in tests that commit.

    The heartbeat writes with its own connection, which does not see the rows of a test's open transaction.
    """
    marker = request.node.get_closest_marker("django_db")
    commits = bool({"live_server", "transactional_db"} & set(request.fixturenames))
    if marker and not commits and not marker.kwargs.get("transaction"):
        settings.SYNC_HEARTBEAT_S = settings.SYNC_PROGRESS_S = 3600.0


@pytest.fixture(scope="session", autouse=True)
def _own_way_to_empty_tables() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", delete_committed_rows)
        yield


@pytest.fixture(scope="session", autouse=True)
def _sighup_is_not_ignored() -> Iterator[None]:
    """Let SIGHUP end what the tests start, also if the tests themselves run with nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="session", autouse=True)
def _no_browser_left() -> Iterator[None]:
    yield
    shared_browser.close()


@pytest.fixture(scope="module", autouse=True)
def _no_shared_browser_among_the_children(request: pytest.FixtureRequest) -> None:
    """Close the shared browser for tests that would kill it, or take it for one of their own.

    Before the file's own browser is started: two drivers in one thread get in each other's way.
    """
    if any(request.path.is_relative_to(each) for each in _WITHOUT_SHARED_BROWSER):
        shared_browser.close()


def _own_cache(cache: dict[str, Any], folder: Path) -> dict[str, Any]:
    if cache["BACKEND"].endswith(".JsonFileCache"):
        return {**cache, "LOCATION": str(folder)}
    # Clearing the cache flushes the Redis database, so each pytest worker uses its own.
    address, _, number = str(cache["LOCATION"]).rpartition("/")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    location = f"{address}/{int(number) + worker}"
    return {**cache, "LOCATION": location, "KEY_PREFIX": f"test-{uuid4().hex[:8]}"}


@pytest.fixture
def erp_settings(erp: ErpSimulator, settings: Any) -> ErpSimulator:
    """Point the settings to the simulated ERP, with a session in it, and return it."""
    for name, value in account_of(erp).items():
        setattr(settings, name, value)
    store_session(erp, sync_config().erp)
    return erp


def account_of(erp: ErpSimulator) -> dict[str, Any]:
    """Return the settings of a simulated ERP's address and account."""
    return {
        "ARCHIBALD_URL": erp.base_url,
        "ARCHIBALD_USERNAME": erp.username,
        "ARCHIBALD_PASSWORD": "segreta",
    }
