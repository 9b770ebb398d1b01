"""A real browser for the simulated ERP."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Download, Page, sync_playwright

from scripts.erp_simulator.server import DEFAULT_PASSWORD, DEFAULT_USERNAME, ErpSimulator
from tests.erp_sessions import session_cookies

LIST = "/CUSTTABLE_ListView_Agent/"
EXPORT = 'a[title="Esportare in PDF File"]'
FILTER = '[id$="_xaf_a2_Cb_I"]'
FILTER_ITEM = '[id*="_xaf_a2_Cb_DDD_L"] td.dxeListBoxItem_XafTheme'
LOGIN_BUTTON = "#Logon_PopupActions_Menu_DXI0_T"
ROWS = "tr.dxgvDataRow_XafTheme"
GRID = 'table[id^="Vertical_v"][class~="dxgvControl_XafTheme"]'
CHROMIUMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


@contextmanager
def launched() -> Iterator[Browser]:
    found = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    arguments = ["--disable-gpu", "--no-first-run", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=arguments)
        yield chromium
        chromium.close()


@contextmanager
def opened(
    browser: Browser, *, locale: str = "it-IT", width: int = 1600, height: int = 1000
) -> Iterator[Page]:
    """Yield a page in a new context; an error in the page's scripts fails the test."""
    context = browser.new_context(locale=locale, viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(60_000)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    context.close()
    assert failures == []


def fill_login(page: Page, erp: ErpSimulator, path: str = LIST) -> None:
    """Open a page and fill in the login card that is shown instead."""
    page.goto(f"{erp.base_url}{path}")
    page.locator('input[type="text"][id*="UserName"]').fill(DEFAULT_USERNAME)
    page.locator('input[type="password"]').fill(DEFAULT_PASSWORD)


def log_in(page: Page, erp: ErpSimulator, path: str = LIST) -> None:
    fill_login(page, erp, path)
    page.locator(LOGIN_BUTTON).click()


def log_in_to_list(page: Page, erp: ErpSimulator) -> None:
    log_in(page, erp)
    _wait_for_list(page)


def open_list(page: Page, erp: ErpSimulator) -> None:
    """Open the list in a session that is logged in already."""
    page.context.add_cookies(session_cookies(erp, DEFAULT_USERNAME))
    page.goto(f"{erp.base_url}{LIST}")
    _wait_for_list(page)


def _wait_for_list(page: Page) -> None:
    page.locator(ROWS).first.wait_for()
    # The rows appear before the page's scripts have run.
    page.wait_for_load_state()


def downloaded(page: Page, click: Callable[[], None]) -> Download:
    with page.expect_download() as waiting:
        click()
    return waiting.value


def grid(page: Page, expression: str) -> object:
    """Return the value of an expression with the grid's client object as ``g``."""
    return page.evaluate(
        f"() => {{ const g = window[document.querySelector('{GRID}').id]; return {expression}; }}"
    )
