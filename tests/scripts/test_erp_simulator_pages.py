"""Details of the simulated pages that only a real browser shows: login, panel, drop-downs, keep-alive."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from scripts.erp_simulator.server import DEFAULT_USERNAME, ErpSimulator
from tests.scripts.simulator_browser import (
    EXPORT,
    FILTER,
    FILTER_ITEM,
    GRID,
    LOGIN_BUTTON,
    ROWS,
    downloaded,
    fill_login,
    grid,
    log_in,
    open_list,
)
from tests.waiting import wait_until

BUTTON_HAS_FOCUS = "document.activeElement.id === 'Logon_PopupActions_Menu_DXI0_T'"
VIEW = '[id$="_xaf_a0_Cb_I"]'


def steal_focus(page: Page) -> None:
    """Move the focus like the page's load handler, at a moment that the test chooses."""
    page.evaluate(
        "ASPxClientControl.GetControlCollection().GetByName('Logon_PopupActions_Menu')"
        ".FocusItemByIndexPath('0')"
    )
    assert page.evaluate(BUTTON_HAS_FOCUS)


# --- login --------------------------------------------------------------------------------------------


def test_the_focus_goes_to_the_login_s_button(page: Page, erp: ErpSimulator) -> None:
    page.goto(f"{erp.base_url}/Login.aspx")
    assert page.title() == "Log In"
    page.wait_for_function(BUTTON_HAS_FOCUS)


def test_keys_typed_after_the_focus_has_moved_are_lost(page: Page, erp: ErpSimulator) -> None:
    erp.faults.focus_stolen_after = 60
    page.goto(f"{erp.base_url}/Login.aspx")
    field = page.locator('input[type="text"][id*="UserName"]')
    field.click()
    page.keyboard.type("age")
    steal_focus(page)
    page.keyboard.type("nte")
    assert field.input_value() == "age"


def test_a_blank_on_the_focused_button_logs_in(page: Page, erp: ErpSimulator) -> None:
    fill_login(page, erp)
    steal_focus(page)
    page.keyboard.press(" ")
    page.locator(ROWS).first.wait_for()
    assert erp.counters.login_presses == 1


def test_the_focus_can_stay_for_longer(page: Page, erp: ErpSimulator) -> None:
    erp.faults.focus_stolen_after = 60
    page.goto(f"{erp.base_url}/Login.aspx")
    page.locator('input[type="password"]').click()
    page.keyboard.type("segreta")
    assert page.locator('input[type="password"]').input_value() == "segreta"


def test_a_silent_refusal_leaves_the_document_and_no_message(page: Page, erp: ErpSimulator) -> None:
    erp.faults.wrong_password = erp.faults.login_silent = True
    log_in(page, erp)
    wait_until(lambda: erp.counters.logins_rejected == 1)
    page.wait_for_function("!globalCallbackControl.InCallback()")
    expect(page.locator("#Logon_ErrorInfo")).to_be_empty()
    assert "/Login.aspx" in page.url


def test_a_press_on_the_login_s_button_can_post_nothing(page: Page, erp: ErpSimulator) -> None:
    erp.faults.login_ignored = 1
    log_in(page, erp)
    assert erp.counters.login_presses == 0
    page.locator(LOGIN_BUTTON).click()
    page.locator(ROWS).first.wait_for()
    assert erp.counters.login_presses == 1


def test_a_lost_response_leaves_the_page_unchanged(page: Page, erp: ErpSimulator) -> None:
    erp.faults.login_answer_lost = 1
    log_in(page, erp)
    wait_until(lambda: erp.counters.logins == 1)
    page.wait_for_function("!globalCallbackControl.InCallback()")
    assert "/Login.aspx" in page.url
    assert erp.counters.login_presses == 1


# --- panel --------------------------------------------------------------------------------------------


def test_a_panel_can_cover_a_loaded_page_and_a_press_under_it_is_lost(page: Page, erp: ErpSimulator) -> None:
    erp.faults.panel_after_load = 60
    open_list(page, erp)
    expect(page.locator("#ctl01")).to_be_visible()
    assert page.evaluate("globalCallbackControl.InCallback()") is False
    page.locator(EXPORT).click(force=True)
    page.locator(EXPORT).dispatch_event("click")
    assert erp.counters.exports_asked == 0


def test_that_panel_can_appear_late(page: Page, erp: ErpSimulator) -> None:
    erp.faults.panel_after_load, erp.faults.panel_after_load_late = 60, 0.2
    open_list(page, erp)
    expect(page.locator("#ctl01_LD")).to_be_visible()


def test_that_panel_disappears(page: Page, erp: ErpSimulator) -> None:
    erp.faults.panel_after_load = 0.1
    open_list(page, erp)
    expect(page.locator("#ctl01_LD")).to_be_hidden()
    assert downloaded(page, page.locator(EXPORT).click)


# --- drop-downs ---------------------------------------------------------------------------------------


def test_a_drop_down_s_list_appears_late_after_a_placeholder(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    assert page.locator(FILTER_ITEM).count() == 0
    page.locator('[id$="_xaf_a2_Cb_B-1"]').click()
    expect(page.locator(FILTER_ITEM)).to_have_count(4)
    first = page.locator('[id*="_xaf_a2_Cb_DDD_L"] tr').first
    assert (first.get_attribute("id") or "").endswith("_DDD_L_LBI-1")
    expect(first).to_be_hidden()
    expect(page.locator('[id$="_xaf_a2_Cb_B-100"]')).to_be_hidden()
    expect(page.locator(f"{FILTER_ITEM}.dxeListBoxItemSelected_XafTheme")).to_have_text("Tutti i clienti")


def test_a_list_is_created_again_after_a_choice(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    page.locator(FILTER).click()
    page.locator(FILTER_ITEM, has_text="Clienti liberi").click()
    wait_until(lambda: erp.counters.filter_changes == 1)
    expect(page.locator(FILTER_ITEM)).to_have_count(0)
    page.locator(FILTER).click()
    expect(page.locator(f"{FILTER_ITEM}.dxeListBoxItemSelected_XafTheme")).to_have_text("Clienti liberi")


def test_a_list_can_take_longer_to_appear(page: Page, erp: ErpSimulator) -> None:
    erp.faults.filter_list_delay = 60
    open_list(page, erp)
    page.locator(FILTER).click()
    expect(page.locator('[id$="_xaf_a2_Cb_DDD_PW-1"]')).to_be_visible()
    assert page.locator(FILTER_ITEM).count() == 0


def test_a_chosen_filter_can_reload_the_list_after_its_callback(page: Page, erp: ErpSimulator) -> None:
    erp.faults.filter_navigates = 0.05
    open_list(page, erp)
    before = page.locator(GRID).get_attribute("id") or ""
    page.locator(FILTER).click()
    page.locator(FILTER_ITEM, has_text="Clienti liberi").click()
    wait_until(lambda: erp.counters.list_views == 2)
    expect(page.locator(GRID)).not_to_have_id(before)
    expect(page.locator(FILTER)).to_have_value("Clienti liberi")


def test_the_default_view_brings_the_grid_back_from_a_map(page: Page, erp: ErpSimulator) -> None:
    erp.faults.view_left_on = "map"
    log_in(page, erp)
    expect(page.locator(VIEW)).to_have_value("Mappa clienti")
    page.wait_for_load_state()
    assert page.locator(GRID).count() == page.locator(EXPORT).count() == 0
    page.locator(VIEW).click()
    page.get_by_text("Vista predefinita").click()
    expect(page.locator(ROWS)).to_have_count(20)
    assert grid(page, "g.GetPageCount()") == 3
    assert downloaded(page, page.locator(EXPORT).click)


# --- others -------------------------------------------------------------------------------------------


def test_the_loop_over_the_controls_ends_with_the_first_true(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    names = page.evaluate(
        "() => { const n = []; ASPxClientControl.GetControlCollection()"
        ".ForEachControl(c => { n.push(c.name); return n.length === 2; }); return n; }"
    )
    assert len(names) == 2
    assert page.evaluate("ASPxClientControl.GetControlCollection().elements") is None


def test_the_grid_s_client_object_knows_its_pages(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    grid(page, "g.GotoPage(2)")
    expect(page.locator("b.dxp-num.dxp-current")).to_have_text("3")
    assert grid(page, "[g.pageIndex, g.pageCount, g.pageRowCount, g.pageRowSize]") == [2, 3, 10, 20]
    assert grid(page, "ASPxClientControl.GetControlCollection().GetByName(g.name) === g") is True


def test_the_page_keeps_its_session_alive_by_itself(page: Page, erp: ErpSimulator) -> None:
    erp.faults.keepalive_every, erp.faults.page_delay = 0.02, 0.2
    open_list(page, erp)
    page.reload()
    wait_until(lambda: erp.counters.keepalives > 3)
    assert erp.counters.parallel_requests == 0


def test_an_element_can_be_missing_or_doubled(page: Page, erp: ErpSimulator) -> None:
    erp.faults.page_without, erp.faults.page_twice = 'input[type="password"]', '[id$="_DXI0_T"]'
    page.goto(f"{erp.base_url}/Login.aspx")
    expect(page.locator('input[type="password"]')).to_have_count(0)
    expect(page.locator('[id="Logon_PopupActions_Menu_DXI0_T"]')).to_have_count(2)


def test_a_missing_element_stays_missing_when_the_grid_is_redrawn(page: Page, erp: ErpSimulator) -> None:
    open_list(page, erp)
    erp.faults.page_without = '[id*="DXPagerBottom"]'
    page.reload()
    before = page.locator(ROWS).first.text_content() or ""
    grid(page, "g.GotoPage(1)")
    expect(page.locator(ROWS).first).not_to_have_text(re.compile(re.escape(before)))
    expect(page.locator('[id*="DXPagerBottom"]')).to_have_count(0)


def test_a_page_that_a_person_left_is_remembered(page: Page, erp: ErpSimulator) -> None:
    erp.faults.page_left_on = 3
    open_list(page, erp)
    expect(page.locator("b.dxp-current")).to_have_text("3")
    assert erp.sessions.user_state(DEFAULT_USERNAME).page_index == 2
