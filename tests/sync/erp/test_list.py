"""Opening the customer list, and what can prevent a complete export."""

from __future__ import annotations

import json

import pytest

from scripts.erp_simulator import world
from scripts.erp_simulator.server import ErpSimulator
from sync.erp import PagerBounds
from sync.errors import (
    ErpCertificateInvalid,
    ErpConnectionTimedOut,
    ErpPageBroken,
    ErpTimeout,
    ErpUnreachable,
    FilterNotAll,
)
from tests.scripts.erp_visitor import LIST, Visitor, drawn

from .conftest import CUSTOMER_COUNT, PASSWORD, USERNAME, Client

pytestmark = pytest.mark.usefixtures("logged_in")


def test_the_pager_bounds_the_number_of_rows(client: Client) -> None:
    assert client.fetch().pager == PagerBounds(41, 60)


@pytest.mark.parametrize("summary", ["none", "pages"])
def test_the_pager_is_read_from_numbers_and_from_words(
    erp: ErpSimulator, client: Client, summary: str
) -> None:
    erp.faults.pager_summary = summary
    assert client.fetch().pager == PagerBounds(41, 60)


def test_a_pager_that_prints_the_number_of_rows_is_exact(erp: ErpSimulator, client: Client) -> None:
    erp.faults.pager_summary = "items"
    assert client.fetch().pager == PagerBounds(CUSTOMER_COUNT, CUSTOMER_COUNT)


@pytest.mark.parametrize("fault", ["none", "cut_download"])
def test_the_export_that_a_killed_process_asked_for_is_not_taken_for_the_list(
    erp: ErpSimulator, client: Client, fault: str
) -> None:
    if fault == "cut_download":
        erp.faults.cut_download = 1
    ask_for_export(erp, client)
    world.change(erp.customers, 3, seed=2)
    client.fetch()
    assert client.content == drawn(erp.customers)
    assert erp.counters.exports_asked == 2


def ask_for_export(erp: ErpSimulator, client: Client) -> None:
    """Ask for an export with the stored session, and never fetch the file."""
    visitor = Visitor(erp)
    cookies = json.loads(client.config.state_path.read_text())["state"]["cookies"]
    visitor.cookies = {each["name"]: each["value"] for each in cookies}
    visitor.open_list()
    assert visitor.post_export().location == LIST


def test_a_filter_left_by_a_colleague_is_changed(erp: ErpSimulator, client: Client) -> None:
    erp.faults.filter_left_on = "free"
    fetched = client.fetch()
    assert [str(note) for note in fetched.notes] == ["the filter was not 'Tutti i clienti' and was changed"]
    assert fetched.pager == PagerBounds(41, 60)


def test_the_filter_is_chosen_by_text_when_its_number_drifts(erp: ErpSimulator, client: Client) -> None:
    erp.faults.filter_prefix = 9
    erp.faults.filter_left_on = "exclusive"
    assert client.fetch().pager == PagerBounds(41, 60)


def test_the_english_filter_is_known_too(erp: ErpSimulator, client: Client) -> None:
    erp.faults.english = True
    erp.faults.filter_left_on = "free"
    assert client.fetch().pager == PagerBounds(41, 60)


def test_a_filter_that_does_not_change_prevents_the_export(erp: ErpSimulator, client: Client) -> None:
    erp.faults.filter_left_on = "free"
    erp.faults.filter_stuck = True
    with pytest.raises(FilterNotAll, match="Clienti liberi"):
        client.fetch()
    assert erp.counters.exports_asked == 0


def test_the_client_never_pages_because_paging_resets_the_filter(erp: ErpSimulator, client: Client) -> None:
    erp.faults.paging_resets_filter = True
    client.fetch()
    assert erp.counters.filter_changes == 0


def test_slow_pages_and_callbacks_are_waited_for(erp: ErpSimulator, client: Client) -> None:
    erp.faults.page_delay = 0.7
    erp.faults.callback_delay = 0.4
    erp.faults.filter_left_on = "free"
    assert client.fetch().stages["list"] >= 1100


def test_a_loading_panel_that_never_disappears_ends_in_a_timeout(erp: ErpSimulator, client: Client) -> None:
    erp.faults.loading_panel_stuck = 1
    with pytest.raises(ErpTimeout, match=r"longer than 1 s"):
        client.fetch(page_timeout_s=1.0)
    client.fetch()


def test_an_error_page_is_named(erp: ErpSimulator, client: Client) -> None:
    erp.faults.list_broken = 1
    with pytest.raises(ErpPageBroken, match=r"Error\.aspx"):
        client.fetch()
    client.fetch()


def test_a_message_in_the_error_box_is_reported(erp: ErpSimulator, client: Client) -> None:
    erp.faults.error_message = 1
    with pytest.raises(ErpPageBroken, match="shows an error: "):
        client.fetch()


@pytest.mark.parametrize(("fault", "status"), [("bad_gateway", 502), ("service_unavailable", 503)])
def test_a_gateway_error_is_retryable(erp: ErpSimulator, client: Client, fault: str, status: int) -> None:
    setattr(erp.faults, fault, 1)
    with pytest.raises(ErpUnreachable, match=str(status)) as caught:
        client.fetch()
    assert caught.value.retryable
    client.fetch()
    assert erp.counters.logins == 0


def test_a_fetch_succeeds_after_a_refused_connection(erp: ErpSimulator, client: Client) -> None:
    erp.faults.connection_refused = 60.0
    with pytest.raises(ErpUnreachable, match="ERR_CONNECTION_REFUSED"):
        client.fetch()
    erp.faults.clear("connection_refused")
    client.fetch()
    assert erp.counters.logins == 0


def test_a_reset_connection_is_unreachable(erp: ErpSimulator, client: Client) -> None:
    erp.faults.connection_reset = -1
    with pytest.raises(ErpUnreachable, match="ERR_"):
        client.fetch()


def test_a_missing_response_ends_in_a_timeout(erp: ErpSimulator, client: Client) -> None:
    erp.faults.page_delay = 60.0
    with pytest.raises(ErpTimeout, match=r"the ERP's answer took longer than 0\.7 s"):
        client.fetch(page_timeout_s=0.7)


def test_a_certificate_for_another_name_is_refused(client: Client) -> None:
    with (
        ErpSimulator(customers=[], username=USERNAME, password=PASSWORD, port=0, https=True) as erp,
        pytest.raises(ErpCertificateInvalid, match="ARCHIBALD_ACCEPT_INVALID_CERTIFICATE") as caught,
    ):
        client.fetch(base_url=erp.base_url)
    assert not caught.value.retryable


def test_a_certificate_for_another_name_can_be_accepted(client: Client) -> None:
    with ErpSimulator(customers=[], username=USERNAME, password=PASSWORD, port=0, https=True) as erp:
        fetched = client.fetch(base_url=erp.base_url, accept_invalid_certificate=True)
    assert fetched.pager == PagerBounds(0, 0)


@pytest.mark.parametrize("number", [0, 1, 2, 26])
def test_the_grid_is_found_whatever_the_view_s_number(erp: ErpSimulator, client: Client, number: int) -> None:
    erp.faults.view_number = number
    assert client.fetch().pager == PagerBounds(41, 60)


@pytest.mark.parametrize("late_s", [0.0, 0.3])
def test_a_panel_over_the_page_is_waited_for(erp: ErpSimulator, client: Client, late_s: float) -> None:
    erp.expire_sessions()  # the login page has such a panel too
    erp.faults.panel_after_load = 2.0
    erp.faults.panel_after_load_late = late_s
    client.fetch()
    assert (erp.counters.exports_asked, erp.counters.logins) == (1, 1)


@pytest.mark.parametrize(
    ("fault", "late_s"), [("filter_list_delay", 2.5), ("filter_navigates", 0.3), ("filter_navigates", 1.2)]
)
def test_a_filter_that_opens_late_or_navigates_is_set(
    erp: ErpSimulator, client: Client, fault: str, late_s: float
) -> None:
    setattr(erp.faults, fault, late_s)
    erp.faults.filter_left_on = "free"
    assert client.fetch(further_items_s=5.0, navigation_wait_s=2.0).pager == PagerBounds(41, 60)
    assert client.content == erp.export.pdf(erp.book.shown("all"), "it")


def test_a_list_left_on_its_last_page_has_exact_bounds(erp: ErpSimulator, client: Client) -> None:
    erp.faults.page_left_on = 3
    seen = client.fetch().seen
    assert (seen["page"], seen["pages"], seen["rowsMin"], seen["rowsMax"]) == (
        3,
        3,
        CUSTOMER_COUNT,
        CUSTOMER_COUNT,
    )


def test_the_map_view_is_named_in_the_error(erp: ErpSimulator, client: Client) -> None:
    erp.faults.view_left_on = "map"
    with pytest.raises(ErpPageBroken, match="drop-down lists show: “Mappa clienti”, “Tutti i clienti”"):
        client.fetch()


@pytest.mark.parametrize("fails", [False, True])
def test_the_page_s_own_requests_do_not_count_as_responses(
    erp: ErpSimulator, client: Client, fails: bool
) -> None:
    erp.faults.keepalive_every = 0.2
    erp.faults.keepalive_fails = fails
    erp.faults.export_delay = 1.0
    erp.faults.click_ignored = 1
    client.fetch()
    assert erp.counters.keepalives > 0
    assert erp.counters.exports_asked == 1


def test_a_host_that_answers_no_connection_may_have_blocked_us(erp: ErpSimulator, client: Client) -> None:
    erp.faults.connections_time_out = True
    with pytest.raises(ErpConnectionTimedOut, match="may have blocked this one") as caught:
        client.fetch(page_timeout_s=1.0)
    assert caught.value.retryable
    erp.faults.clear("connections-time-out")
    client.fetch()
    assert erp.counters.logins == 0


def test_a_slow_page_is_not_a_blocked_host(erp: ErpSimulator, client: Client) -> None:
    erp.faults.page_delay = 60.0
    with pytest.raises(ErpTimeout, match="the ERP's answer"):
        client.fetch(page_timeout_s=0.7)


def test_what_was_seen_of_the_list_contains_no_customer(erp: ErpSimulator, client: Client) -> None:
    seen = client.fetch().seen
    assert len(seen.pop("account")) == 64
    assert seen == {
        "view": "Vista predefinita",
        "filter": "Tutti i clienti",
        "gridFilters": [],
        "page": 1,
        "pages": 3,
        "pageSize": 20,
        "rowsOnPage": 20,
        "rowsMin": 41,
        "rowsMax": 60,
    }
