"""The simulated ERP in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from scripts.erp_simulator.server import DEFAULT_USERNAME, ErpSimulator
from tests.scripts.simulator_browser import EXPORT, FILTER, downloaded, log_in_to_list, open_list, opened
from tests.waiting import wait_until

IDLE = "!globalCallbackControl.InCallback()"
PANEL = "#ctl01"
BANNER = "Requested objects cannot be loaded"


def no_download_follows(page: Page, click: Callable[[], None]) -> bool:
    try:
        with page.expect_download(timeout=300):
            click()
    except PlaywrightTimeoutError:
        return True
    return False


def test_a_login_leads_back_to_the_list_in_italian(page: Page, erp: ErpSimulator) -> None:
    log_in_to_list(page, erp)
    assert page.url == f"{erp.base_url}/CUSTTABLE_ListView_Agent/"
    assert page.title().startswith("Clienti - ")


def test_a_rejected_login_shows_why_and_stays(page: Page, erp: ErpSimulator) -> None:
    page.goto(f"{erp.base_url}/Login.aspx")
    page.locator('input[type="password"]').fill("sbagliata")
    page.locator('input[type="password"]').press("Enter")
    expect(page.locator("#Logon_ErrorInfo")).to_contain_text("Accesso non riuscito")
    assert "/Login.aspx" in page.url


def test_the_landing_page_takes_the_announcements_address(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    page.goto(f"{erp.base_url}/Default.aspx")
    assert page.url == f"{erp.base_url}/Announcements_ListView/"


def test_an_english_browser_gets_an_english_file(browser: Browser, erp: ErpSimulator) -> None:
    with opened(browser, locale="en-US") as page:
        log_in_to_list(page, erp)
        file = downloaded(page, page.locator('a[title="Export to PDF File"]').click)
        assert file.suggested_filename == "Customers.pdf"


def test_the_export_is_a_download_of_the_page(page: Page, erp: ErpSimulator, tmp_path: Path) -> None:
    open_list(page, erp)
    file = downloaded(page, page.locator(EXPORT).click)
    file.save_as(tmp_path / "list.pdf")
    assert file.suggested_filename == "Clienti.pdf"
    assert (tmp_path / "list.pdf").read_bytes() == erp.export.pdf(erp.customers, "it")


def test_the_export_s_text_is_there_twice_and_visible_once(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    assert page.locator(EXPORT).text_content() == "Esportare inEsportare in"
    assert page.locator(EXPORT).inner_text() == "Esportare in"


@pytest.mark.parametrize(("width", "height"), [(1439, 1000), (1600, 899)])
def test_a_narrow_window_hides_the_export_even_after_a_resize(
    browser: Browser, erp: ErpSimulator, width: int, height: int
) -> None:
    with opened(browser, width=width, height=height) as page:
        open_list(page, erp)
        expect(page.locator(f"#Vertical_mainMenu_Menu_DXM8_ {EXPORT}")).to_be_hidden()
        assert page.locator(FILTER).input_value() == "Loading…"
        page.set_viewport_size({"width": 1600, "height": 1000})
        expect(page.locator(EXPORT)).to_be_hidden()


def test_a_window_just_large_enough_shows_the_export(browser: Browser, erp: ErpSimulator) -> None:
    with opened(browser, width=1440, height=900) as page:
        open_list(page, erp)
        expect(page.locator(EXPORT)).to_be_visible()


def test_the_overflow_menu_opens_and_exports(page: Page, erp: ErpSimulator) -> None:
    erp.faults.toolbar_overflow = True
    open_list(page, erp)
    page.locator("#Vertical_mainMenu_Menu_DXI8_T").click()
    assert downloaded(page, page.locator(EXPORT).click).suggested_filename == "Clienti.pdf"


def test_a_filter_is_chosen_from_the_drop_down(page: Page, erp: ErpSimulator) -> None:
    erp.faults.filter_left_on = "free"
    open_list(page, erp)
    expect(page.locator(FILTER)).to_have_value("Clienti liberi")
    page.wait_for_function(IDLE)
    page.locator(FILTER).click()
    page.locator("td.dxeListBoxItem_XafTheme", has_text="Tutti i clienti").click()
    expect(page.locator(FILTER)).to_have_value("Tutti i clienti")
    assert erp.sessions.user_state(DEFAULT_USERNAME).filter == "all"


def test_the_loading_panel_covers_the_page_while_a_callback_runs(page: Page, erp: ErpSimulator) -> None:
    erp.faults.callback_delay = 60
    open_list(page, erp)
    expect(page.locator(PANEL)).to_be_hidden()
    page.locator("#Vertical_mainMenu_Menu_DXI2_T").click()
    assert page.evaluate(IDLE) is False
    expect(page.locator(PANEL)).to_be_visible()


def test_the_loading_panel_disappears_when_the_callback_ends(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    page.locator("#Vertical_mainMenu_Menu_DXI2_T").click()
    page.wait_for_function(IDLE)
    expect(page.locator(PANEL)).to_be_hidden()
    assert erp.counters.callbacks == 1


def test_a_page_with_a_stuck_loading_panel_is_never_idle(page: Page, erp: ErpSimulator) -> None:
    erp.faults.loading_panel_stuck = 1
    open_list(page, erp)
    expect(page.locator(PANEL)).to_be_visible()
    assert page.evaluate(IDLE) is False
    page.reload()
    assert page.evaluate(IDLE) is True


def test_pages_turn_and_their_size_changes(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    page.locator('a.dxp-num[data-pager="PN2"]').click()
    expect(page.locator("tr.dxgvDataRow_XafTheme")).to_have_count(10)
    expect(page.locator(".dxp-current")).to_have_text("3")
    page.locator('[id$="DXPagerBottom_PSB"]').click()
    page.locator('[id$="DXPagerBottom_PSP"] a', has_text="50").click()
    expect(page.locator("tr.dxgvDataRow_XafTheme")).to_have_count(50)


def test_a_synthetic_click_can_be_ignored_and_a_real_one_not(page: Page, erp: ErpSimulator) -> None:
    erp.faults.synthetic_click_ignored = True
    open_list(page, erp)
    page.locator(EXPORT).dispatch_event("click")
    assert erp.counters.exports_asked == 0
    assert downloaded(page, page.locator(EXPORT).click)
    assert erp.counters.exports_asked == 1


def test_the_first_clicks_can_be_ignored(page: Page, erp: ErpSimulator) -> None:
    erp.faults.click_ignored = 1
    open_list(page, erp)
    page.locator(EXPORT).click()
    assert downloaded(page, page.locator(EXPORT).click)
    assert erp.counters.exports_asked == 1


def test_the_banner_is_shown_in_the_page_and_the_next_click_exports(page: Page, erp: ErpSimulator) -> None:
    erp.faults.banner_in_place = 1
    open_list(page, erp)
    before = page.url
    page.locator(EXPORT).click()
    expect(page.locator("#Vertical_ErrorInfo")).to_have_text(BANNER)
    assert page.url == before
    assert downloaded(page, page.locator(EXPORT).click)


def test_the_banner_by_navigation_leaves_the_list(page: Page, erp: ErpSimulator) -> None:
    erp.faults.banner_by_navigation = 1
    open_list(page, erp)
    page.locator(EXPORT).click()
    expect(page.get_by_text(BANNER)).to_be_visible()
    assert page.url == f"{erp.base_url}/Error.aspx"


def test_a_click_without_effect_leaves_the_page_unchanged(page: Page, erp: ErpSimulator) -> None:
    erp.faults.no_download = 1
    open_list(page, erp)
    assert no_download_follows(page, page.locator(EXPORT).click)
    wait_until(lambda: erp.counters.exports_asked == 1)
    assert downloaded(page, page.locator(EXPORT).click)


def test_a_cut_download_fails(page: Page, erp: ErpSimulator) -> None:
    erp.faults.cut_download = 1
    open_list(page, erp)
    assert downloaded(page, page.locator(EXPORT).click).failure() is not None


def test_a_session_that_expired_before_a_callback_leads_to_the_login(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    erp.expire_sessions()
    page.locator("#Vertical_mainMenu_Menu_DXI2_T").click()
    page.wait_for_url("**/Login.aspx?**")


def test_a_row_opens_its_customer(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    page.locator("tr.dxgvDataRow_XafTheme").nth(2).click()
    page.wait_for_url(f"**/CUSTTABLE_DetailView/{erp.customers[2].erp_id}/?mode=View")


def test_a_whole_visit_makes_no_parallel_requests(page: Page, erp: ErpSimulator) -> None:
    log_in_to_list(page, erp)
    page.locator(FILTER).click()
    page.locator("td.dxeListBoxItem_XafTheme", has_text="Clienti esclusivi").click()
    expect(page.locator(FILTER)).to_have_value("Clienti esclusivi")
    downloaded(page, page.locator(EXPORT).click)
    assert (erp.counters.parallel_requests, erp.counters.crashes) == (0, 0)
