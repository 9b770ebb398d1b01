"""The grid's own filters are cleared and restored afterwards, or the list is rejected."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from scripts.erp_simulator.server import ErpSimulator
from sync.erp import ErpConfig, PagerBounds
from sync.erp.grid_filter import set_filters
from sync.erp.list_state import GridFilters, RowFilter, read_list
from sync.erp.page import ErpPage
from sync.errors import ErpPageBroken, GridFiltered

from .conftest import CUSTOMER_COUNT, USERNAME, Client

pytestmark = pytest.mark.usefixtures("logged_in")

PLACES = ("row", "search", "bar", "header")
GRID_WITH_SEARCH = """<div id="Vertical_mainMenu_Menu"></div>
<table id="Vertical_v2_77_LE_v2"><tr><td><input id="Vertical_v2_77_LE_v2_DXSE_I"></td></tr></table>"""
WHOLE_LIST = PagerBounds(41, 60)


def export_of_all(erp: ErpSimulator) -> bytes:
    return erp.export.pdf(erp.book.shown("all"), "it")


@pytest.mark.parametrize("share", [0.28, 0.8])
@pytest.mark.parametrize("place", PLACES)
def test_a_filter_left_in_the_grid_is_cleared(
    erp: ErpSimulator, client: Client, place: str, share: float
) -> None:
    erp.faults.grid_filter_share = share
    erp.faults.grid_filter_left = place
    fetched = client.fetch()
    assert client.content == export_of_all(erp)
    assert fetched.pager == WHOLE_LIST
    (where,) = fetched.seen["gridFilters"]
    assert set(where) == {"text", "params"}
    assert "had filters in the ERP, which were cleared" in str(fetched.notes[0])
    assert erp.counters.logins == 0


@pytest.mark.parametrize("place", ["row", "bar", "header"])
def test_a_filter_that_cannot_be_cleared_is_an_error(erp: ErpSimulator, client: Client, place: str) -> None:
    erp.faults.grid_filter_left = place
    erp.faults.clear_filter_ignored = True
    with pytest.raises(GridFiltered, match="can't be cleared") as caught:
        client.fetch()
    assert not caught.value.retryable
    assert (erp.counters.exports_asked, erp.counters.logins) == (0, 0)


def test_a_search_that_survives_clearing_is_emptied(erp: ErpSimulator, client: Client) -> None:
    erp.faults.grid_filter_left = "search"
    erp.faults.search_survives_clear = True
    assert client.fetch().pager == WHOLE_LIST
    assert client.content == export_of_all(erp)


def test_an_empty_search_box_with_its_hint_is_not_a_filter(erp: ErpSimulator, client: Client) -> None:
    erp.faults.search_box = True
    assert client.fetch().notes == ()
    assert erp.counters.grid_filters_cleared == 0


def test_a_message_about_a_filter_does_not_contain_its_value(erp: ErpSimulator, client: Client) -> None:
    erp.faults.grid_filter_left = "row"
    erp.faults.clear_filter_ignored = True
    with pytest.raises(GridFiltered, match=r"the filter row of column “\S+”") as caught:
        client.fetch()
    (left,) = erp.sessions.user_state(USERNAME).grid_filters.row.values()
    assert left not in caught.value.message


@pytest.mark.parametrize("place", ["row", "search"])
def test_the_users_grid_filter_is_restored(erp: ErpSimulator, client: Client, place: str) -> None:
    erp.faults.grid_filter_left = place
    fetched = client.fetch()
    assert erp.counters.grid_filters_set == 1
    assert len(fetched.notes) == 1
    assert client.fetch().seen["gridFilters"] != []


def test_a_grid_filter_whose_condition_is_not_on_the_page_is_not_restored(
    erp: ErpSimulator, client: Client
) -> None:
    erp.faults.grid_filter_left = "bar"
    assert str(client.fetch().notes[-1]) == "not all filters that were set in the ERP could be restored"


def test_the_users_filter_and_page_size_are_restored(erp: ErpSimulator, client: Client) -> None:
    erp.faults.page_size_left = 10
    erp.faults.filter_left_on = "free"
    client.fetch()
    state = erp.sessions.user_state(USERNAME)
    assert (state.filter, state.page_size) == ("free", 10)
    assert client.content == export_of_all(erp)


def test_a_filter_is_restored_after_a_failure_too(erp: ErpSimulator, client: Client) -> None:
    erp.faults.filter_left_on = "free"
    erp.faults.no_download = -1
    with pytest.raises(Exception, match="no file came"):
        client.fetch(export_timeout_s=0.5)
    assert erp.sessions.user_state(USERNAME).filter == "free"


def test_a_sync_succeeds_if_a_filter_cannot_be_restored(erp: ErpSimulator, client: Client) -> None:
    erp.faults.filter_left_on = "free"

    def break_the_list_afterwards() -> bool:
        if erp.counters.exports:
            erp.faults.list_broken = -1
        return False

    fetched = client.fetch(stop=break_the_list_afterwards)
    assert client.content == export_of_all(erp)
    assert str(fetched.notes[-1]) == "not all filters that were set in the ERP could be restored"


def test_a_filter_that_a_colleague_sets_in_between_is_bounded_by_the_pager(
    erp: ErpSimulator, client: Client
) -> None:
    erp.faults.grid_filter_left_before_export = "row"
    fetched = client.fetch()
    assert client.content != export_of_all(erp)
    assert fetched.pager.min_rows > round(CUSTOMER_COUNT * 0.28)


def test_a_search_box_within_the_grid_is_found_by_its_current_id(config: ErpConfig, page: Page) -> None:
    page.set_content(GRID_WITH_SEARCH)
    erp = ErpPage(page, config, lambda: False)
    left = GridFilters(search=(("Vertical_v1_11_LE_v1_DXSE_I", "Rossi"),))
    assert set_filters(erp, read_list(erp), left)
    assert page.locator("input").input_value() == "Rossi"


def test_no_filter_at_all_is_false() -> None:
    assert not GridFilters()
    assert GridFilters(headers=("CITTÀ",))


@pytest.mark.parametrize(
    ("column", "caption", "place"),
    [
        (3, "CITTÀ", "the filter row of column “CITTÀ”"),
        (3, "", "the filter row of column “3”"),
        (None, "", "the filter row"),
    ],
)
def test_a_filter_is_named_by_what_is_known_of_its_column(
    column: int | None, caption: str, place: str
) -> None:
    filters = GridFilters(row=(RowFilter(column, caption, "Rossi"),))
    assert [str(each) for each in filters.descriptions] == [place]


def test_a_pager_and_a_grid_that_contradict_each_other_are_refused(erp: ErpSimulator, client: Client) -> None:
    erp.faults.pager_hidden = True
    with pytest.raises(ErpPageBroken, match="the grid has no pager"):
        client.fetch()
