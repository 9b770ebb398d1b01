"""The export and its faults, over HTTP."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.erp_simulator.server import ErpSimulator
from tests.scripts.erp_visitor import KEEP_ALIVE, LIST, Answer, Visitor, drawn


@pytest.fixture
def erp() -> Iterator[ErpSimulator]:
    with ErpSimulator(12) as simulator:
        yield simulator


@pytest.fixture
def visitor(erp: ErpSimulator) -> Visitor:
    return Visitor(erp)


def exported(visitor: Visitor) -> Answer:
    visitor.open_list()
    return visitor.export()


def test_the_export_is_the_report_of_all_customers(erp: ErpSimulator, visitor: Visitor) -> None:
    answer = exported(visitor)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Clienti.pdf"'
    assert answer.body == drawn(erp.customers)
    assert erp.counters.exports == 1


def test_an_export_is_a_post_a_redirect_and_a_get(erp: ErpSimulator, visitor: Visitor) -> None:
    visitor.open_list()
    answer = visitor.post_export()
    assert (answer.status, answer.location) == (302, LIST)
    assert erp.counters.exports == 0
    assert visitor.get(LIST).body == drawn(erp.customers)
    assert visitor.get(LIST).headers["Content-Type"] == "text/html; charset=utf-8"


def test_another_request_between_the_two_discards_the_export(erp: ErpSimulator, visitor: Visitor) -> None:
    visitor.open_list()
    visitor.post_export()
    visitor.get("/Archibald/Default.aspx")
    assert visitor.get(LIST).headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_keep_alive_between_the_two_does_not(erp: ErpSimulator, visitor: Visitor) -> None:
    visitor.open_list()
    visitor.post_export()
    visitor.post(KEEP_ALIVE, {})
    assert visitor.get(LIST).headers["Content-Type"] == "application/pdf"


def test_an_english_export_has_another_name_and_content(erp: ErpSimulator) -> None:
    answer = exported(Visitor(erp, language="en-US", locale="en-US"))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Customers.pdf"'
    assert answer.body == drawn(erp.customers, culture="en")


def test_the_export_holds_what_the_filter_shows(erp: ErpSimulator, visitor: Visitor) -> None:
    customers = [
        replace(each, type="PotFromCon" if position % 3 else "Debitor")
        for position, each in enumerate(erp.customers)
    ]
    erp.customers = customers
    visitor.open_list()
    visitor.choose_filter("Exclusive_Customers")
    assert visitor.export().body == drawn(customers[::3])


def test_a_colleague_can_change_the_filter_before_the_click(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.customers = [
        replace(each, type="Debitor" if position else "PotFromCon")
        for position, each in enumerate(erp.customers)
    ]
    visitor.open_list()
    erp.faults.filter_changed_before_export = "free"
    assert visitor.page.count("dxgvDataRow_XafTheme") == 12
    assert visitor.export().body == drawn(erp.customers[:1])


def test_a_changed_customer_is_in_the_next_export(erp: ErpSimulator, visitor: Visitor) -> None:
    before = exported(visitor).body
    with erp.lock:
        erp.customers[0] = replace(erp.customers[0], city="Montefinto")
    after = visitor.export().body
    assert after != before
    assert after == drawn(erp.customers)


@pytest.mark.parametrize(
    ("fault", "parameters"),
    [
        ("pages-per-group=9", {"pages_per_group": 9}),
        ("pages-per-group=7", {"pages_per_group": 7}),
        ("pages-per-group=10", {"pages_per_group": 10}),
        ("extra-columns=6", {"extra_columns": 6}),
        ("identifier-style=comma", {"identifier_style": "comma"}),
        ("identifier-style=dot", {"identifier_style": "dot"}),
        ("no-footer", {"footer": False}),
        ("extra-columns-named", {"named_columns": True, "pages_per_group": None}),
        (
            "columns-hidden=2",
            {"hidden_fields": ("external_account_number", "our_account_number"), "pages_per_group": None},
        ),
        ("negative-style=brackets", {"negative_style": "brackets"}),
        ("negative-style=trailing", {"negative_style": "trailing"}),
    ],
)
def test_the_report_can_be_drawn_otherwise(
    erp: ErpSimulator, visitor: Visitor, fault: str, parameters: dict[str, object]
) -> None:
    erp.faults.set_from_text(fault)
    assert exported(visitor).body == drawn(erp.customers, **parameters)


def test_the_report_can_have_no_rows(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.no_rows = True
    assert exported(visitor).body == drawn([])


def test_the_report_can_lack_rows_that_the_grid_shows(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.rows_lost = 2
    answer = exported(visitor)
    assert visitor.page.count("dxgvDataRow_XafTheme") == 12
    assert answer.body == drawn(erp.customers[:10])


def test_customers_missing_from_the_list_are_missing_from_the_export(
    erp: ErpSimulator, visitor: Visitor
) -> None:
    erp.faults.customers_missing = 1
    assert exported(visitor).body == drawn(erp.customers[1:])


def test_a_given_file_is_sent_instead(erp: ErpSimulator, visitor: Visitor, tmp_path: Path) -> None:
    given = tmp_path / "given.pdf"
    given.write_bytes(b"%PDF-1.4 given %%EOF")
    erp.serve_pdf(given)
    assert exported(visitor).body == b"%PDF-1.4 given %%EOF"
    erp.serve_pdf(None)
    assert visitor.export().body == drawn(erp.customers)


def test_an_export_can_take_long(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.export_delay = 0.1
    visitor.open_list()
    began_s = time.monotonic()
    visitor.export()
    assert time.monotonic() - began_s >= 0.1


def test_a_session_can_expire_between_the_list_and_the_export(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.session_expires_before_export = 1
    assert "Login.aspx" in exported(visitor).location
    assert exported(visitor).body.startswith(b"%PDF")


def test_the_banner_can_be_shown_in_place(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.banner_in_place = 1
    page = visitor.open_list()
    assert '"asksBeforeExport": true' in page
    assert visitor.callback("c0:6") == {"generalError": "Requested objects cannot be loaded"}
    assert visitor.callback("c0:6") == {"postBack": True}


def test_the_banner_can_be_shown_on_another_page(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.banner_by_navigation = 1
    answer = exported(visitor)
    assert answer.location == "/Archibald/Error.aspx"
    assert "Requested objects cannot be loaded" in visitor.get(answer.location).text
    assert exported(visitor).body.startswith(b"%PDF")


def test_a_click_can_be_accepted_without_a_download(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.no_download = 1
    answer = exported(visitor)
    assert (answer.status, answer.body) == (204, b"")


def test_the_file_can_be_empty(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.empty_file = 1
    answer = exported(visitor)
    assert (answer.headers["Content-Disposition"], answer.body) == (
        'attachment; filename="Clienti.pdf"',
        b"",
    )


def test_the_file_can_be_truncated_in_a_valid_response(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.truncated_file = 1
    whole = drawn(erp.customers)
    assert exported(visitor).body == whole[: len(whole) // 2]


def test_a_page_can_be_sent_instead_of_a_file(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.html_instead_of_pdf = 1
    answer = exported(visitor)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Content-Disposition" not in answer.headers


def test_a_page_can_be_sent_under_the_file_s_name(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.html_as_pdf = 1
    answer = exported(visitor)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_the_connection_can_be_cut_in_the_middle_of_the_file(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.cut_download = 1
    visitor.open_list()
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        visitor.export()
    assert visitor.export().body == drawn(erp.customers)


def test_the_download_can_stall_in_the_middle_of_the_file(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.download_stalls = 0.5
    visitor.open_list()
    started_s = time.monotonic()
    assert visitor.export().body == drawn(erp.customers)
    assert time.monotonic() - started_s >= 0.5


def test_a_disabled_export_says_so(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.export_disabled = True
    page = visitor.open_list()
    assert 'class="dxm-item dropDownExport dxm-disabled' in page
    assert 'aria-disabled="true" data-action="export"' in page


def test_the_export_can_be_missing_from_the_toolbar(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.faults.export_missing = True
    page = visitor.open_list()
    assert "Esportare" not in page
    assert "Free_Customers" in page
    visitor.choose_filter("Free_Customers")
    assert 'value="Clienti liberi"' in visitor.get(LIST).text


def test_the_same_customers_are_drawn_once(erp: ErpSimulator, visitor: Visitor) -> None:
    erp.prepare()
    first = erp.export.pdf(erp.customers, "it")
    assert erp.export.pdf(list(erp.customers), "it") is first
