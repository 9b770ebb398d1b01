"""Customer pages: search, filters, history and export."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from customers.erp_list.delta import compute_delta
from customers.erp_list.records import CustomerRecord
from customers.export import safe_text
from customers.models import Customer
from customers.services import apply_delta, load_stored
from tests.accounts import viewer
from tests.browsing import browsing
from tests.queries import queries_of

pytestmark = pytest.mark.django_db

LIST = "/admin/customers/customer/"
EXPORT = f"{LIST}export/"
VALMITAVI = CustomerRecord(
    erp_id="59",
    name="Studio Valmitavi",
    city="Caserta",
    vat_number="01234567890",
    phone="+39 081 555 0199",
    pec="studio@pec.example",
    url="https://valmitavi.example",
    type="CustFromConcess",
    last_order_date=date(2026, 1, 18),
    actual_sales=Decimal("1234.50"),
)
LAMBONI = CustomerRecord(erp_id="60", name="Niccolò Lamboni", city="Isernia", extra={"NOTE INTERNE": "gold"})


def applied(*records: CustomerRecord, run_id: int, days_ago: int = 0) -> None:
    delta = compute_delta(load_stored(), records)
    apply_delta(delta, run_id=run_id, now=timezone.now() - timedelta(days=days_ago))


def names(page: str) -> set[str]:
    return {record.name for record in (VALMITAVI, LAMBONI) if record.name in page}


def listed(client: Client, **values: str) -> set[str]:
    return names(client.get(LIST, values).content.decode())


def page_of(client: Client, erp_id: str) -> str:
    return client.get(f"{LIST}{Customer.objects.get(erp_id=erp_id).pk}/change/").content.decode()


@pytest.fixture
def seen(client: Client) -> Client:
    """A viewer, and two customers."""
    applied(VALMITAVI, LAMBONI, run_id=1, days_ago=20)
    client.force_login(viewer())
    return client


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("valmi", VALMITAVI),
        ("VALMI stud", VALMITAVI),
        ("0123456", VALMITAVI),
        ("caserta", VALMITAVI),
        ("555 0199", VALMITAVI),
        ("60", LAMBONI),
        ("NICCOLÒ", LAMBONI),
    ],
)
def test_a_customer_is_found_by(seen: Client, words: str, found: CustomerRecord) -> None:
    assert listed(seen, q=words) == {found.name}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"type": "CustFromConcess"}, {VALMITAVI.name}),
        ({"city": "Isernia"}, {LAMBONI.name}),
        ({"status": "active"}, {VALMITAVI.name, LAMBONI.name}),
        ({"status": "removed"}, set()),
        ({"last_order": "never"}, {LAMBONI.name}),
        ({"last_order": "older"}, set()),
        ({"changed": "7"}, set()),
        ({"changed": "30"}, {VALMITAVI.name, LAMBONI.name}),
    ],
)
def test_the_list_is_filtered_by(seen: Client, values: dict[str, str], found: set[str]) -> None:
    today = timezone.localdate()
    Customer.objects.filter(erp_id="59").update(last_order_date=today - timedelta(days=10))
    assert listed(seen, **values) == found


def test_a_field_has_the_erps_caption_as_its_help(seen: Client) -> None:
    assert "ERP: PARTITA IVA:" in page_of(seen, "59")


def test_the_page_links_to_the_record_in_the_erp(seen: Client, settings: object) -> None:
    settings.ARCHIBALD_URL = "https://erp.example/Archibald"  # type: ignore[attr-defined]
    assert 'href="https://erp.example/Archibald/CUSTTABLE_DetailView/59/?mode=View"' in page_of(seen, "59")


def test_phone_mail_and_web_address_are_links(seen: Client) -> None:
    page = page_of(seen, "59")
    for link in ("tel:+390815550199", "mailto:studio@pec.example", "https://valmitavi.example"):
        assert f'href="{link}"' in page


def test_an_address_that_is_not_http_is_no_link(seen: Client) -> None:
    Customer.objects.filter(erp_id="59").update(url="javascript:alert(1)")
    assert 'href="javascript' not in page_of(seen, "59")


def test_an_unknown_column_is_shown_with_its_caption(seen: Client) -> None:
    assert "NOTE INTERNE: gold" in page_of(seen, "60")


def test_the_exclusive_agreement_is_shown_if_it_is_filled(seen: Client) -> None:
    Customer.objects.filter(erp_id="60").update(exclusive_period_end=date(2027, 1, 31))
    shown, empty = page_of(seen, "60"), page_of(seen, "59")
    assert "Exclusive agreement" in shown
    assert "Jan. 31, 2027" in shown
    assert "ERP: EXCLUSIVPERIODEND" in shown
    assert "Exclusive agreement" not in empty


def test_an_export_needs_the_permission_to_view_customers(client: Client) -> None:
    client.force_login(User.objects.create_user("nino", is_staff=True))
    assert client.get(f"{EXPORT}csv/").status_code == 403


def test_an_unknown_export_format_is_not_found(seen: Client) -> None:
    assert seen.get(f"{EXPORT}exe/").status_code == 404


def test_a_csv_opens_in_an_italian_spreadsheet(seen: Client) -> None:
    text = seen.get(f"{EXPORT}csv/", {"q": "valmi"}).content.decode("utf-8-sig")
    (row,) = csv.DictReader(StringIO(text), delimiter=";")
    assert (row["name"], row["last order"], row["sales, this period"]) == (
        "Studio Valmitavi",
        "18/01/2026",
        "1234,50",
    )


def test_a_file_has_the_exclusive_agreement_too(seen: Client) -> None:
    Customer.objects.filter(erp_id="59").update(
        exclusive_active="Sì",
        exclusive_period_end=date(2027, 1, 31),
        exclusive_sales_in_period=Decimal("-360.65"),
    )
    text = seen.get(f"{EXPORT}csv/", {"q": "valmi"}).content.decode("utf-8-sig")
    (row,) = csv.DictReader(StringIO(text), delimiter=";")
    assert (row["exclusive"], row["exclusive until"], row["exclusive: sales in the period"]) == (
        "Sì",
        "31/01/2027",
        "-360,65",
    )


def test_an_xlsx_has_typed_numbers_and_dates(seen: Client) -> None:
    sheet = load_workbook(BytesIO(seen.get(f"{EXPORT}xlsx/", {"q": "valmi"}).content)).active
    headers, values = sheet.iter_rows(values_only=True)
    row = dict(zip(headers, values, strict=True))
    assert (row["ID in the ERP"], row["sales, this period"]) == ("59", 1234.5)
    assert row["last order"].date() == date(2026, 1, 18)
    assert row["phone"] == "+39 081 555 0199"
    assert row["status"] == "in the last list"


RUN_BY_A_SPREADSHEET = [
    "=1+1",
    "@SUM(A1)",
    "+cmd|'/C calc'!A0",
    "-2+3+cmd",
    "＝1+1",
    "＠SUM(A1)",
    "＋cmd",
    "－cmd",
]


@pytest.mark.parametrize("text", RUN_BY_A_SPREADSHEET)
def test_a_text_that_a_spreadsheet_would_run_is_escaped(seen: Client, text: str) -> None:
    Customer.objects.filter(erp_id="59").update(name=text)
    content = seen.get(f"{EXPORT}xlsx/").content
    cells = [cell for row in load_workbook(BytesIO(content)).active.iter_rows() for cell in row]
    assert f"'{text}" in [cell.value for cell in cells]
    assert "f" not in {cell.data_type for cell in cells}


@pytest.mark.parametrize("text", RUN_BY_A_SPREADSHEET)
@pytest.mark.parametrize("before", [" ", "\t", "\r", "\n", "\xa0", "\u200b", "\ufeff", "\x0b"])
def test_what_a_program_skips_hides_no_formula(before: str, text: str) -> None:
    assert safe_text(f"{before}{text}").startswith("'")


@pytest.mark.parametrize("text", RUN_BY_A_SPREADSHEET)
@pytest.mark.parametrize("separator", [";", ",", "\t", "|", "\n", "\r\n", '"', ", ", '";"'])
def test_a_part_that_would_become_a_cell_of_its_own_is_escaped(separator: str, text: str) -> None:
    parts = re.split(r"[;,|\"\t\r\n]", safe_text(f"Studio{separator}{text}"))
    assert parts[0] == "Studio"
    assert [part for part in parts if re.match(r"\s*[=@+＝＠＋－-]", part)] == []


@pytest.mark.parametrize(
    "text",
    [
        *("+39 081 555", "-12", "Via Roma, 1", "(081) 555", "+39 081 555, -12", "Rossi - Bianchi; C+D"),
        *("a@b.example", "a=b", ""),
    ],
)
def test_a_text_that_is_no_formula_is_unchanged(text: str) -> None:
    assert safe_text(text) == text


def test_a_control_character_does_not_break_an_xlsx(seen: Client) -> None:
    Customer.objects.filter(erp_id="59").update(name="Studio\x0bValmitavi")
    sheet = load_workbook(BytesIO(seen.get(f"{EXPORT}xlsx/", {"q": "valmi"}).content)).active
    assert "Studio\ufffdValmitavi" in [cell.value for row in sheet.iter_rows() for cell in row]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_needs_no_query_per_customer(seen: Client, kind: str) -> None:
    def exported() -> None:
        assert seen.get(f"{EXPORT}{kind}/").status_code == 200

    for_two = queries_of(exported)
    applied(*(CustomerRecord(erp_id=str(n), name=f"Studio {n}") for n in range(100, 400)), run_id=2)
    assert queries_of(exported) == for_two


def test_an_export_has_a_line_for_each_customer(seen: Client) -> None:
    applied(*(CustomerRecord(erp_id=str(n), name=f"Studio {n}") for n in range(100, 400)), run_id=2)
    assert len(seen.get(f"{EXPORT}csv/").content.splitlines()) == 303


def rows_of(page: Page) -> list[str]:
    return page.locator("#result_list tbody th").all_inner_texts()


def test_a_viewer_finds_a_customer_and_reads_its_history(live_server: LiveServer) -> None:
    applied(VALMITAVI, LAMBONI, run_id=1)
    moved = CustomerRecord(erp_id="60", name="Niccolò Lamboni", city="Campobasso")
    applied(VALMITAVI, moved, run_id=2)
    with browsing(live_server.url, viewer()) as page:
        page.goto("/admin/")
        page.get_by_role("link", name="Search the customers").click()
        page.locator("#searchbar").fill("lamb")
        page.keyboard.press("Enter")
        expect(page.locator("#result_list tbody tr")).to_have_count(1)
        page.get_by_role("link", name="Niccolò Lamboni").click()
        history = page.locator("#history tbody").first
        expect(history).to_contain_text("Isernia")
        expect(history).to_contain_text("Campobasso")
        expect(history.get_by_role("link", name="sync 2")).to_be_visible()


def test_the_filtered_list_is_downloaded_as_it_is_shown(live_server: LiveServer) -> None:
    applied(VALMITAVI, LAMBONI, run_id=1)
    with browsing(live_server.url, viewer()) as page:
        page.goto(f"{LIST}?q=lamb")
        with page.expect_download() as download:
            page.locator("#export-csv").click()
        text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert names(text) == {"Niccolò Lamboni"}
