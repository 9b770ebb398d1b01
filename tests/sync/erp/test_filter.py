"""The filter's reading on toolbars that the simulated ERP does not draw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.erp.browser import open_page
from sync.erp.filter import filter_is_all, refuse_narrow_filter
from sync.erp.page import ErpPage
from sync.errors import FilterNotAll

from .conftest import Client

TOOLBAR = """<div id="Vertical_mainMenu_Menu"><ul>
<li class="dxm-item SingleChoiceActionItemEditor"><input id="Vertical_ITCNT4_xaf_a0_Cb_I" value="Vista"></li>
<li class="dxm-item {css}"><input id="Vertical_ITCNT8_xaf_a3_Cb_I" value="{shown}"></li></ul></div>"""


@pytest.fixture
def page(client: Client, tmp_path: Path) -> Iterator[ErpPage]:
    with open_page(client.config, tmp_path) as page:
        yield ErpPage(page, client.config, lambda: False)


def test_a_filter_that_went_back_refuses_the_export(page: ErpPage) -> None:
    page.page.set_content(TOOLBAR.format(css="SingleChoiceActionItemEditor", shown="Clienti liberi"))
    with pytest.raises(FilterNotAll, match="'Vista', 'Clienti liberi'"):
        refuse_narrow_filter(page)


def test_the_filter_is_seen_at_all_beside_other_combos(page: ErpPage) -> None:
    page.page.set_content(TOOLBAR.format(css="SingleChoiceActionItemEditor", shown=" tutti i  clienti"))
    refuse_narrow_filter(page)
    assert filter_is_all(page)


def test_a_toolbar_without_combos_is_not_taken_for_all(page: ErpPage) -> None:
    page.page.set_content('<div id="Vertical_mainMenu_Menu"></div>')
    with pytest.raises(FilterNotAll, match="no filter at all"):
        refuse_narrow_filter(page)
