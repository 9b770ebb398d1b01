"""Waiting for pages that never become idle."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from sync.erp import ErpConfig
from sync.erp.page import ErpPage
from sync.errors import ErpPageBroken, ErpTimeout


def test_waiting_for_a_page_with_an_endless_script_times_out(config: ErpConfig, page: Page) -> None:
    page.set_content("<p>Clienti</p>")
    page.evaluate("() => { setTimeout(() => { for (;;); }) }")
    with pytest.raises(ErpTimeout, match=r"the list took longer than 0\.2 s"):
        ErpPage(page, config, lambda: False).settle(0.2, "the list")


def test_a_page_that_is_busy_at_every_second_look_is_not_idle(config: ErpConfig, page: Page) -> None:
    page.set_content("<p>Clienti</p>")
    page.evaluate(
        "() => { window.globalCallbackControl = { InCallback: () => (window.busy = !window.busy) } }"
    )
    erp = ErpPage(page, replace(config, idle_s=0.1), lambda: False)
    with pytest.raises(ErpTimeout):
        erp.settle(1.0, "the list")
    page.evaluate("() => { window.globalCallbackControl = undefined }")
    assert erp.settle(60.0, "the list").idle


def test_a_hurried_page_waits_no_longer_than_all_its_waits_may_take(config: ErpConfig, page: Page) -> None:
    hurried = ErpPage(page, config, lambda: False).hurried(60, whole_timeout_s=0)
    with pytest.raises(ErpTimeout, match="the list took longer than 0 s"):
        hurried.until(lambda: None, 60, "the list")


def test_a_hurried_page_shortens_the_browser_s_own_timeouts(config: ErpConfig, page: Page) -> None:
    ErpPage(page, config, lambda: False).hurried(0.2, whole_timeout_s=60)
    with pytest.raises(PlaywrightTimeout, match="Timeout 200ms"):
        page.locator("#missing").press_sequentially("Rossi")


def test_an_address_that_answers_with_files_only_is_an_error(config: ErpConfig, page: Page) -> None:
    attached = {"Content-Disposition": 'attachment; filename="Clienti.pdf"'}
    page.route("**/*", lambda route: route.fulfill(body=b"%PDF-1.4", headers=attached))
    with pytest.raises(ErpPageBroken, match="the ERP sends a file instead of a page"):
        ErpPage(page, config, lambda: False).open(config.list_url)
