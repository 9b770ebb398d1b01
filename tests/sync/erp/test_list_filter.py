"""Reading the filter on toolbars that the simulated ERP does not render."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from sync.erp import ErpConfig
from sync.erp.list_filter import refuse_narrow_filter, select_all
from sync.erp.list_state import ListState, read_list
from sync.erp.page import ErpPage
from sync.errors import FilterNotAll

ITEM = """<li class="dxm-item {css}">
<input id="Vertical_mainMenu_Menu_ITCNT{n}_xaf_a0_Cb_I" value="{shown}"></li>"""
# A drop-down list that works: it opens, and a choice sets its text.
WORKING_ITEM = """<li class="dxm-item SingleChoiceActionItemEditor">
<input id="{prefix}_I" value="{shown}">
<span id="{prefix}_B-1" onclick="document.getElementById('{prefix}_DDD_PW-1').hidden = false">open</span>
<div id="{prefix}_DDD_PW-1" hidden><table>{rows}</table></div></li>"""
WORKING_ROW = """<tr><td id="{prefix}_DDD_L_LBI{n}T0"
onclick="document.getElementById('{prefix}_I').value = this.innerText">{text}</td></tr>"""
PAGE = """<div id="Vertical_mainMenu_Menu"><ul>{items}</ul></div>
<table id="Vertical_v3_77_LE_v3"><tr><td>Clienti</td></tr></table>"""


@pytest.fixture
def toolbar(config: ErpConfig, page: Page) -> ErpPage:
    return ErpPage(page, config, lambda: False)


def list_with(toolbar: ErpPage, *shown: str, css: str = "SingleChoiceActionItemEditor") -> ListState:
    items = "".join(ITEM.format(css=css, n=n, shown=text) for n, text in enumerate(shown, start=4))
    toolbar.page.set_content(PAGE.format(items=items))
    return read_list(toolbar)


def test_a_hidden_filter_is_not_taken_for_the_list_s(toolbar: ErpPage) -> None:
    state = list_with(toolbar, "Clienti liberi", "Tutti i clienti")
    toolbar.page.locator("input").first.evaluate("(input) => { input.closest('li').style.display = 'none'; }")
    assert not state.filter_is_all
    refuse_narrow_filter(read_list(toolbar))
    toolbar.page.locator("input").last.evaluate("(input) => { input.closest('li').style.display = 'none'; }")
    with pytest.raises(FilterNotAll):
        refuse_narrow_filter(read_list(toolbar))


def test_a_filter_that_changed_back_prevents_the_export(toolbar: ErpPage) -> None:
    with pytest.raises(FilterNotAll, match="'Vista', 'Clienti liberi'"):
        refuse_narrow_filter(list_with(toolbar, "Vista", "Clienti liberi"))


@pytest.mark.parametrize("css", ["SingleChoiceActionItemEditor", "of-a-later-release"])
def test_the_filter_is_seen_at_all_beside_other_lists(toolbar: ErpPage, css: str) -> None:
    refuse_narrow_filter(list_with(toolbar, "Vista", " tutti i  clienti", css=css))


def test_a_view_that_is_named_like_the_filter_hides_no_narrow_filter(toolbar: ErpPage) -> None:
    with pytest.raises(FilterNotAll, match="more than one filter"):
        refuse_narrow_filter(list_with(toolbar, "Tutti i clienti", "Clienti liberi"))


def test_two_filters_that_show_all_are_rejected(toolbar: ErpPage) -> None:
    with pytest.raises(FilterNotAll, match="more than one filter"):
        refuse_narrow_filter(list_with(toolbar, "Tutti i clienti", "Tutti i clienti"))


def test_a_toolbar_without_drop_down_lists_is_not_taken_for_all(toolbar: ErpPage) -> None:
    with pytest.raises(FilterNotAll, match="no drop-down list at all"):
        refuse_narrow_filter(list_with(toolbar))


def test_an_unknown_filter_is_not_taken_for_all(toolbar: ErpPage) -> None:
    with pytest.raises(FilterNotAll, match="'Clienti nuovi'"):
        refuse_narrow_filter(list_with(toolbar, "Vista", "Clienti nuovi"))


def working_list(toolbar: ErpPage, *lists: tuple[str, ...]) -> ListState:
    """Show a toolbar with these drop-down lists; the first text of each is the one that is chosen."""
    items = []
    for number, texts in enumerate(lists, start=4):
        prefix = f"Vertical_mainMenu_Menu_ITCNT{number}_xaf_a0_Cb"
        rows = "".join(WORKING_ROW.format(prefix=prefix, n=n, text=each) for n, each in enumerate(texts))
        items.append(WORKING_ITEM.format(prefix=prefix, shown=texts[0], rows=rows))
    toolbar.page.set_content(PAGE.format(items="".join(items)))
    return read_list(toolbar)


def test_a_view_that_is_named_like_all_customers_is_not_chosen(toolbar: ErpPage) -> None:
    state = working_list(toolbar, ("Vista", "Tutti i clienti", "Mappa clienti"))
    with pytest.raises(FilterNotAll):
        select_all(toolbar, state, lambda: read_list(toolbar))
    assert [each.text for each in read_list(toolbar).combos] == ["Vista"]


def test_a_filter_with_an_unknown_choice_is_found_by_its_items(toolbar: ErpPage) -> None:
    state = working_list(
        toolbar, ("Vista", "Tutti i clienti"), ("Clienti nuovi", "Tutti i clienti", "Clienti liberi")
    )
    chosen = select_all(toolbar, state, lambda: read_list(toolbar))
    assert [each.text for each in chosen.combos] == ["Vista", "Tutti i clienti"]
