"""The grid's filters that a user left: how they are shown, applied, cleared and set."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from scripts.erp_simulator.grid_filters import LEFT_EXPRESSION, LEFT_TEXT, GridFilters
from scripts.erp_simulator.server import DEFAULT_USERNAME, ErpSimulator
from scripts.erp_simulator.world import SimCustomer
from tests.scripts.erp_visitor import Visitor
from tests.scripts.simulator_browser import FILTER, ROWS, grid, open_list

NULL_TEXT = "Inserire testo di ricerca"
SEARCH = '[id="Vertical_SearchAC_Menu_ITCNT0_xaf_a1_Ed_I"]'
CITY_EDITOR = '[id$="_DXFREditorcol12_I"]'
KINDS = ("row", "search", "bar", "header")


def filters(erp: ErpSimulator) -> GridFilters:
    return erp.sessions.user_state(DEFAULT_USERNAME).grid_filters


def exported(erp: ErpSimulator, visitor: Visitor, customers: list[SimCustomer]) -> bool:
    return visitor.export().body == erp.export.pdf(customers, "it")


@pytest.mark.parametrize("kind", KINDS)
def test_a_left_filter_narrows_list_and_export_and_the_combo_says_all(erp: ErpSimulator, kind: str) -> None:
    erp.faults.grid_filter_left = kind
    visitor = Visitor(erp)
    text = visitor.open_list()
    left = erp.book.listed(erp.sessions.user_state(DEFAULT_USERNAME))
    assert len(left) == 14
    assert text.count('class="dxgvDataRow_XafTheme"') == 14
    assert "Pagina 1 di 1<" in text
    assert 'value="Tutti i clienti"' in text
    assert exported(erp, visitor, left)


@pytest.mark.parametrize("kind", KINDS)
def test_clearing_brings_all_customers_back(erp: ErpSimulator, kind: str) -> None:
    erp.faults.grid_filter_left = kind
    visitor = Visitor(erp)
    visitor.open_list()
    visitor.grid_command("CLEARFILTER")
    assert erp.counters.grid_filters_cleared == 1
    assert exported(erp, visitor, erp.customers)


@pytest.mark.parametrize("kind", KINDS)
def test_a_filter_can_be_set_after_the_list_was_sent(erp: ErpSimulator, kind: str) -> None:
    visitor = Visitor(erp)
    assert LEFT_EXPRESSION not in visitor.open_list()
    erp.faults.grid_filter_left_before_export = kind
    visitor.export()
    assert filters(erp).texts()


def test_how_much_is_left_can_be_chosen(erp: ErpSimulator) -> None:
    erp.faults.grid_filter_left, erp.faults.grid_filter_share = "row", 0.8
    Visitor(erp).open_list()
    assert len(erp.book.listed(erp.sessions.user_state(DEFAULT_USERNAME))) == 40


def test_clearing_can_have_no_effect(erp: ErpSimulator) -> None:
    erp.faults.grid_filter_left, erp.faults.clear_filter_ignored = "row", True
    visitor = Visitor(erp)
    visitor.open_list()
    visitor.grid_command("CLEARFILTER")
    assert filters(erp).row == {"city": LEFT_TEXT}
    assert erp.counters.grid_filters_cleared == 0


@pytest.mark.parametrize("press", [True, False])
def test_a_search_can_survive_clearing_until_it_is_emptied(
    page: Page, erp: ErpSimulator, press: bool
) -> None:
    erp.faults.grid_filter_left, erp.faults.search_survives_clear = "search", True
    open_list(page, erp)
    grid(page, "g.ClearFilter()")
    page.wait_for_function("g => !window[g].InCallback()", arg=grid(page, "g.name"))
    expect(page.locator(SEARCH)).to_have_value(LEFT_TEXT)
    if press:
        page.locator('[id="Vertical_SearchAC_Menu_ITCNT0_xaf_a1_Ed_B-100"]').click()
    else:
        page.locator(SEARCH).fill("")
        page.locator(SEARCH).press("Enter")
    expect(page.locator(ROWS)).to_have_count(20)
    assert filters(erp).search == ""


def test_an_empty_search_box_holds_its_null_text(page: Page, erp: ErpSimulator) -> None:
    erp.faults.search_box = True
    open_list(page, erp)
    expect(page.locator(SEARCH)).to_have_value(NULL_TEXT)
    expect(page.locator(SEARCH)).to_have_class("dxeEditArea_XafTheme dxeEditAreaSys dxh0")
    page.locator(SEARCH).focus()
    expect(page.locator(SEARCH)).to_have_value("")


def test_the_customers_list_has_no_search_box_by_itself(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    assert "Vertical_SearchAC_Menu" not in visitor.open_list()
    assert NULL_TEXT in visitor.get("/Archibald/SALESTABLE_ListView_Agent/").text


def test_a_left_row_shows_in_its_editor_and_clears_in_the_page(page: Page, erp: ErpSimulator) -> None:
    erp.faults.grid_filter_left = "row"
    open_list(page, erp)
    expect(page.locator(CITY_EDITOR)).to_have_value(LEFT_TEXT)
    expect(page.locator(FILTER)).to_have_value("Tutti i clienti")
    assert grid(page, "g.pageRowCount") == 14
    grid(page, "g.ClearFilter()")
    expect(page.locator(ROWS)).to_have_count(20)
    expect(page.locator(CITY_EDITOR)).to_have_value("")


def test_a_left_bar_shows_its_expression_and_its_link_clears(page: Page, erp: ErpSimulator) -> None:
    erp.faults.grid_filter_left = "bar"
    open_list(page, erp)
    expect(page.locator('[id$="_DXFilterBar"]')).to_contain_text(LEFT_EXPRESSION)
    page.locator('[id$="_DXFilterBarClear"]').click()
    expect(page.locator('[id$="_DXFilterBar"]')).to_have_count(0)
    expect(page.locator(ROWS)).to_have_count(20)


def test_a_left_header_filter_shows_as_an_active_funnel(page: Page, erp: ErpSimulator) -> None:
    active = ".dxGridView_gvHeaderFilterActive_XafTheme"
    erp.faults.grid_filter_left = "header"
    open_list(page, erp)
    expect(page.locator(f'[id$="_col12"] {active}')).to_have_count(1)
    grid(page, "g.ClearFilter()")
    expect(page.locator(active)).to_have_count(0)


@pytest.mark.parametrize(
    ("call", "field", "value"),
    [
        (f"g.AutoFilterByColumn(12, '{LEFT_TEXT}')", "row", {"city": LEFT_TEXT}),
        (f"g.AutoFilterByColumn(g.GetColumnByField('city'), '{LEFT_TEXT}')", "row", {"city": LEFT_TEXT}),
        (f'g.ApplyFilter("{LEFT_EXPRESSION}")', "bar", LEFT_EXPRESSION),
    ],
)
def test_the_client_object_restores_a_user_s_filter(
    page: Page, erp: ErpSimulator, call: str, field: str, value: object
) -> None:
    open_list(page, erp)
    grid(page, call)
    expect(page.locator(ROWS)).to_have_count(14)
    assert getattr(filters(erp), field) == value
    assert erp.counters.grid_filters_set == 1


def test_a_search_is_typed_and_entered(page: Page, erp: ErpSimulator) -> None:
    erp.faults.search_box = True
    open_list(page, erp)
    page.locator(SEARCH).fill(erp.customers[7].name)
    page.locator(SEARCH).press("Enter")
    expect(page.locator(ROWS)).to_have_count(1)
    assert erp.counters.grid_filters_set == 1


def test_other_texts_narrow_by_what_they_say() -> None:
    customers = [SimCustomer("1", city="Roma"), SimCustomer("2", city="Milano")]
    found = GridFilters(row={"city": "mil"}).narrowed(customers, 0.5)
    assert [each.erp_id for each in found] == ["2"]
    found = GridFilters(bar="[CITTÀ] = 'Roma'").narrowed(customers, 0.5)
    assert [each.erp_id for each in found] == ["1"]
    assert GridFilters(bar="IsThisYear([DATA])").narrowed(customers, 0.5) == customers
