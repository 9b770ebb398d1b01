"""One detail of a page differs: the error names what was expected, after at most one login."""

from __future__ import annotations

import pytest

from scripts.erp_simulator.server import ErpSimulator
from sync.errors import ErpError, ErpPageBroken, ExportNotFound, FilterNotAll

from .conftest import Client

USER_FIELD = "input[type=text][id*='UserName']"
PASSWORD_FIELD = "input[type=password]"
LOGIN_ITEM = "[id='Logon_PopupActions_Menu_DXI0_']"
TOOLBAR = "[id='Vertical_mainMenu_Menu']"
EXPORT = "a[title^='Esportare in']"
FILTER = "input[id^='Vertical_mainMenu_Menu_ITCNT7'][id$='_Cb_I']"
GRID = "table[id*='_LE_v'].dxgvControl_XafTheme"
PAGER = "[id$='_DXPagerBottom']"

# The element, the error, what it says, and how often the login button was pressed.
Case = tuple[str, type[ErpError], str, int]
NOTHING: tuple[Case, ...] = (
    (USER_FIELD, ErpPageBroken, "the login page has no user field", 0),
    (PASSWORD_FIELD, ErpPageBroken, "the login page has no password field", 0),
    (LOGIN_ITEM, ErpPageBroken, "the login page has no button 'Accedi' or 'Log In'", 0),
    (TOOLBAR, ErpPageBroken, "toolbar .* is there 0 times", 1),
    (EXPORT, ExportNotFound, "has no export .* only: Nuovo", 1),
    (FILTER, FilterNotAll, "is not 'Tutti i clienti'", 1),
    (GRID, ErpPageBroken, "has no grid .*drop-down lists show: ", 1),
    (PAGER, ErpPageBroken, "has no pager, .* rows on the page", 1),
)
TWICE: tuple[Case, ...] = (
    (USER_FIELD, ErpPageBroken, "2 of its user field", 0),
    (PASSWORD_FIELD, ErpPageBroken, "2 of its password field", 0),
    (LOGIN_ITEM, ErpPageBroken, "2 of its button", 0),
    (TOOLBAR, ErpPageBroken, "toolbar .* is there 2 times", 1),
    (EXPORT, ExportNotFound, "2 exports instead of one: Esportare in, Esportare in", 1),
    (FILTER, FilterNotAll, "more than one filter", 1),
    (GRID, ErpPageBroken, "2 grids instead of one: Vertical_v", 1),
    (PAGER, ErpPageBroken, "2 pagers instead of one: Vertical_v", 1),
)


def assert_refused(erp: ErpSimulator, client: Client, case: Case) -> None:
    _, error, says, logins = case
    with pytest.raises(error, match=says):
        client.fetch()
    assert (erp.counters.login_presses, erp.counters.exports_asked) == (logins, 0)


@pytest.mark.parametrize("case", NOTHING)
def test_a_missing_element_is_named(erp: ErpSimulator, client: Client, case: Case) -> None:
    erp.faults.page_without = case[0]
    assert_refused(erp, client, case)


@pytest.mark.parametrize("case", TWICE)
def test_a_doubled_element_is_named(erp: ErpSimulator, client: Client, case: Case) -> None:
    erp.faults.page_twice = case[0]
    assert_refused(erp, client, case)


def test_a_filter_without_its_button_is_opened_by_its_text(erp: ErpSimulator, client: Client) -> None:
    erp.faults.filter_left_on = "free"
    erp.faults.page_without = "[id*='_Cb_B-']"
    client.fetch()
    assert erp.counters.exports == 1


def test_a_page_without_a_message_box_still_tells_a_refused_login(erp: ErpSimulator, client: Client) -> None:
    erp.faults.wrong_password = True
    erp.faults.page_without = "[id='Logon_ErrorInfo']"
    with pytest.raises(ErpError, match="without a reason") as caught:
        client.fetch(silent_login_s=0.5)
    assert (caught.value.code, erp.counters.login_presses) == ("login_rejected", 1)
