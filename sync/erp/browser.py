"""Start a Chromium that looks like an Italian desktop browser to the ERP."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, StorageState
from playwright.sync_api import Error as PlaywrightError

from customers.erp_list.message import gettext_noop as _
from sync.erp.config import ErpConfig
from sync.erp.driver import DriverWatch, running_driver
from sync.erp.environment import browser_environment
from sync.erp.session import forget_session, load_session
from sync.erp.sockets import socket_folder
from sync.erp.translation import translated
from sync.errors import BrowserNotFound

logger = logging.getLogger(__name__)

# Source: below about 1440 x 900 at page load the export item moves into an overflow menu and stays there.
VIEWPORT_WIDTH_PX, VIEWPORT_HEIGHT_PX = 1600, 1000
# Source: the ERP answers in Italian only if both the header and the browser's locale ask for it.
LOCALE = "it-IT"
# The first one is Chromium without a window: it starts in half the time of the others.
BROWSER_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
INCOMING = "incoming"
BROWSER_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser(explicit: str = "") -> str | None:
    """Return the path of a Chromium; None means the one that Playwright installed.

    Raises: BrowserNotFound, if the configured one does not exist, or none is found.
    """
    if explicit:
        if not os.access(explicit, os.X_OK) or Path(explicit).is_dir():
            raise BrowserNotFound(
                _("BROWSER_PATH is not a program: set it to the full path of Chromium or Chrome")
            )
        return explicit
    for name in BROWSER_NAMES:
        if path := shutil.which(name):
            return path
    if _playwright_has_one():
        return None
    raise BrowserNotFound(
        _(
            "no Chromium was found: install your distribution's chromium, or run "
            "`playwright install chromium`, or set BROWSER_PATH"
        )
    )


def _playwright_has_one() -> bool:
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or str(Path.home() / ".cache" / "ms-playwright")
    return any(Path(folder).glob("chromium*/*/*"))


@contextmanager
def open_page(config: ErpConfig, folder: Path, watch: DriverWatch | None = None) -> Iterator[Page]:
    """Yield the only page of a new browser; ``folder`` gets its files, and ``INCOMING`` in it the downloads.

    The stored session is loaded, if there is one. The browser is closed afterwards; it is killed if ``watch``
    gets no sign for too long.
    """
    watch = watch or DriverWatch(config.silence_s)
    with open_browser(config.browser_path, folder, watch, config.driver_cache_dir) as browser:
        yield new_context(browser, config).new_page()


# Yields a page; its downloads appear in the folder ``INCOMING`` that is made in the given one.
Opener = Callable[[ErpConfig, Path, DriverWatch], AbstractContextManager[Page]]


@contextmanager
def open_browser(
    browser_path: str, folder: Path, watch: DriverWatch, driver_cache_dir: Path | None = None
) -> Iterator[Browser]:
    """Start a browser and close it afterwards."""
    executable = find_browser(browser_path)
    files, incoming = folder / "browser", folder / INCOMING
    for each in (files, incoming):
        each.mkdir(mode=0o700)
    with socket_folder() as sockets, running_driver(watch, files, driver_cache_dir) as playwright:
        browser = _launch(playwright, executable, incoming, sockets)
        try:
            yield browser
        finally:
            _close(browser)


def _launch(playwright: Playwright, executable: str | None, incoming: Path, sockets: Path) -> Browser:
    """Start the browser in its sandbox; without it only as root, or where the system supports none."""
    if os.geteuid() == 0:
        return _start(playwright, executable, incoming, sockets, sandbox=False)
    try:
        return _start(playwright, executable, incoming, sockets, sandbox=True)
    except PlaywrightError as exc:
        if "sandbox" not in exc.message:
            raise
        logger.warning("the browser's sandbox is not available on this system: starting without it")
        return _start(playwright, executable, incoming, sockets, sandbox=False)


def _start(
    playwright: Playwright, executable: str | None, incoming: Path, sockets: Path, *, sandbox: bool
) -> Browser:
    # The caller handles signals: Ctrl-C must not close the browser while the fetch still uses it.
    return playwright.chromium.launch(
        executable_path=executable,
        args=list(BROWSER_ARGUMENTS),
        chromium_sandbox=sandbox,
        downloads_path=incoming,
        env={**browser_environment(), "TMPDIR": str(sockets)},
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
    )


def new_context(browser: Browser, config: ErpConfig) -> BrowserContext:
    """Return a context with the stored session, or without one if the browser rejects it."""
    session = load_session(config)
    try:
        return _italian_context(browser, config, session)
    except PlaywrightError as exc:
        if session is None or not browser.is_connected():
            raise
        # No traceback: Playwright's messages contain the arguments, cookies included.
        said = translated(exc).message
        logger.warning("the browser rejected the stored session, which is deleted: %s", said)
        forget_session(config)
        return _italian_context(browser, config, None)


def _italian_context(browser: Browser, config: ErpConfig, session: StorageState | None) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": VIEWPORT_WIDTH_PX, "height": VIEWPORT_HEIGHT_PX},
        locale=LOCALE,
        extra_http_headers={"Accept-Language": LOCALE},
        ignore_https_errors=config.accept_invalid_certificate,
        accept_downloads=True,
        storage_state=session,
    )
    context.set_default_timeout(config.page_timeout_s * 1000)
    return context


def _close(browser: Browser) -> None:
    if not browser.is_connected():
        return
    try:
        browser.close()
    except PlaywrightError as exc:
        # The browser crashed while closing; the error that led here matters more.
        logger.debug("the browser did not close cleanly: %s", translated(exc).message)
