"""The report of explain: enough to fix the client, and nothing confidential."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.erp_simulator.server import ErpSimulator
from sync.erp import ErpConfig, Explanation, explain
from sync.errors import ErpNotConfigured, Stopped

from .conftest import PASSWORD, USERNAME, Client

STEPS = (
    "The redirect to the login",
    "The login page",
    "The login, once",
    "The customer list",
    "The filter of the toolbar",
)
FURTHER_STEPS = ("Filters of the grid", "The pager", "The export")

Explained = Callable[[], Explanation]


@pytest.fixture
def explained(client: Client) -> Explained:
    return lambda: explain(client.config, lambda step: None, opener=client.opener)


def test_every_step_says_what_was_looked_for_and_found(erp: ErpSimulator, explained: Explained) -> None:
    explanation = explained()
    assert explanation.error is None
    for number, step in enumerate(STEPS + FURTHER_STEPS, start=1):
        assert f"## {number}. {step}\n" in explanation.text
    for found in (
        "Logon_PopupActions_Menu_DXI0_T",
        "POST /Archibald/Login.aspx: 200 text/plain",
        "found grids: Vertical_v1_",
        "Vertical_mainMenu_Menu_ITCNT7_xaf_a2_Cb_I: “Tutti i clienti”",
        "Clienti liberi",
        "PagerBounds(min_rows=41, max_rows=60)",
        "a sync would press: Vertical_mainMenu_Menu_DXI6_T",
        "GET /Archibald/CUSTTABLE_ListView_Agent/: 200 application/pdf",
    ):
        assert found in explanation.text


def test_it_logs_in_once_and_changes_nothing(erp: ErpSimulator, client: Client, explained: Explained) -> None:
    erp.faults.filter_left_on = "free"
    explanation = explained()
    assert explanation.error is None
    assert erp.counters.login_presses == 1
    assert erp.counters.filter_changes == erp.counters.exports_asked == 0
    assert "a sync would: choose “Tutti i clienti”" in explanation.text
    assert "not pressed: the list does not show all customers" in explanation.text
    assert erp.sessions.user_state(USERNAME).filter == "free"


def test_the_next_sync_uses_its_session(erp: ErpSimulator, client: Client, explained: Explained) -> None:
    explained()
    client.fetch()
    assert erp.counters.logins == 1


def test_no_customer_and_no_secret_is_in_the_report(
    erp: ErpSimulator, client: Client, explained: Explained
) -> None:
    erp.faults.grid_filter_left = "row"
    text = explained().text
    assert "the filter row of column" in text
    (left,) = erp.sessions.user_state(USERNAME).grid_filters.row.values()
    cookies = json.loads(client.config.state_path.read_text())["state"]["cookies"]
    tickets = [each["value"] for each in cookies if each["name"] in ("Login", "ASP.NET_SessionId")]
    assert len(tickets) == 2
    for secret in (PASSWORD, USERNAME, left, *tickets):
        assert secret not in text
    for customer in erp.customers[:20]:
        assert customer.name.strip() not in text
        assert f"“{customer.erp_id}”" not in text


@pytest.mark.parametrize(
    ("without", "says"),
    [
        ("[id='Logon_PopupActions_Menu_DXI0_']", "erp_page_broken: the login page has no button"),
        ("table[id*='_LE_v'].dxgvControl_XafTheme", "erp_page_broken: the customer list has no grid"),
        ("a[title^='Esportare in']", "export_not_found: the toolbar has no export"),
    ],
)
def test_a_failed_step_is_reported_with_the_page(
    erp: ErpSimulator, explained: Explained, without: str, says: str
) -> None:
    erp.faults.page_without = without
    explanation = explained()
    assert explanation.error is not None
    assert "## The page where it ended\n" in explanation.text
    assert f"**ended here**: {says}" in explanation.text
    assert "#__VIEWSTATE" in explanation.text.partition("## The page where it ended")[2]


def test_a_rejected_login_is_reported_and_not_tried_again(erp: ErpSimulator, explained: Explained) -> None:
    erp.faults.wrong_password = True
    explanation = explained()
    assert "**ended here**: login_rejected" in explanation.text
    assert erp.counters.login_presses == 1


def test_a_stopped_explain_reports_the_steps_so_far(erp: ErpSimulator, client: Client) -> None:
    steps: list[str] = []
    explanation = explain(client.config, steps.append, lambda: len(steps) > 4, opener=client.opener)
    assert isinstance(explanation.error, Stopped)
    assert "found grids: Vertical_v1_" in explanation.text
    assert "**ended here**: stopped" in explanation.text


def test_a_list_replaced_by_a_banner_is_opened_again(erp: ErpSimulator, explained: Explained) -> None:
    erp.faults.banner_by_navigation = 1
    assert explained().error is None


def test_a_session_that_cannot_be_saved_does_not_end_the_report(client: Client, explained: Explained) -> None:
    client.config.state_path.parent.write_text("a file where the folder should be")
    explanation = explained()
    assert explanation.error is None
    assert "the session: could not be kept for the next sync" in explanation.text


def test_without_an_account_there_is_no_report(config: ErpConfig) -> None:
    with pytest.raises(ErpNotConfigured):
        explain(replace(config, password=""), lambda step: None)


def test_no_file_of_the_export_is_left(client: Client, explained: Explained, tmp_path: Path) -> None:
    explained()
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["session.json"]
