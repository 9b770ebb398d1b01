"""Customers in the admin: search, history, read-only."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client

from customers.erp_list.delta import compute_delta
from customers.erp_list.records import CustomerRecord
from customers.models import Customer, CustomerChange
from customers.services import apply_delta, load_stored
from tests.api_calls import account
from tests.queries import queries_of

pytestmark = pytest.mark.django_db

PAGE = "/admin/customers/customer/"


def applied(*records: CustomerRecord, run_id: int) -> None:
    delta = compute_delta(load_stored(), records)
    apply_delta(delta, run_id=run_id, now=datetime(2026, 11, run_id, 8, 30, tzinfo=UTC))


def studio(erp_id: str, name: str, city: str = "Caserta") -> CustomerRecord:
    return CustomerRecord(erp_id=erp_id, name=name, city=city, actual_sales=Decimal("12.50"))


def test_a_customer_is_found_by_a_part_of_its_name(admin_client: Client) -> None:
    applied(studio("59", "Studio Valmitavi"), studio("60", "Dental Lamboni"), run_id=1)
    page = admin_client.get(PAGE, {"q": "valmi"}).content.decode()
    assert "Studio Valmitavi" in page
    assert "Dental Lamboni" not in page


def test_removed_customers_can_be_filtered(admin_client: Client) -> None:
    both = (studio("59", "Studio Valmitavi"), studio("60", "Dental Lamboni"))
    applied(*both, run_id=1)
    applied(both[0], run_id=2)
    applied(both[0], run_id=3)
    page = admin_client.get(PAGE, {"status": "removed"}).content.decode()
    assert "Dental Lamboni" in page
    assert "Studio Valmitavi" not in page


def test_the_history_shows_old_and_new_value_and_the_run(admin_client: Client) -> None:
    applied(studio("59", "Studio Valmitavi"), run_id=1)
    applied(studio("59", "Studio Valmitavi", city="Isernia"), run_id=2)
    customer = Customer.objects.get(erp_id="59")
    page = admin_client.get(f"{PAGE}{customer.pk}/change/").content.decode()
    cells = re.search(r">sync 2</a>.*?<td>city</td>.*?>Caserta</td>.*?>Isernia</td>", page, re.DOTALL)
    assert cells is not None


def test_who_may_not_see_runs_sees_no_history(client: Client) -> None:
    applied(studio("59", "Studio Valmitavi"), run_id=1)
    applied(studio("59", "Studio Valmitavi", city="Isernia"), run_id=2)
    client.force_login(account("view_customer", is_staff=True))
    page = client.get(f"{PAGE}{Customer.objects.get(erp_id='59').pk}/change/").content.decode()
    assert "Isernia" in page
    assert "Caserta" not in page
    assert "you also need the permission to see syncs" in page


def test_a_stored_change_of_a_field_that_is_gone_is_shown_by_its_stored_name(admin_client: Client) -> None:
    applied(studio("59", "Studio Valmitavi"), run_id=1)
    CustomerChange.objects.create(
        customer_id="59",
        run_id=2,
        kind=CustomerChange.Kind.UPDATED,
        changed_at=datetime(2026, 11, 2, 8, 30, tzinfo=UTC),
        fields={"fax_number": {"old": "0823 1", "new": "0823 2"}},
        position=2,
    )
    customer = Customer.objects.get(erp_id="59")
    answer = admin_client.get(f"{PAGE}{customer.pk}/change/")
    assert answer.status_code == 200
    cells = r"<td>fax_number</td>.*?>0823 1</td>.*?>0823 2</td>"
    assert re.search(cells, answer.content.decode(), re.DOTALL) is not None


def test_html_from_the_erp_is_escaped(admin_client: Client) -> None:
    applied(studio("59", "<script>alert(1)</script>"), run_id=1)
    applied(studio("59", "<b>Studio</b>"), run_id=2)
    customer = Customer.objects.get(erp_id="59")
    page = admin_client.get(f"{PAGE}{customer.pk}/change/").content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>Studio" not in page


def test_a_superuser_can_not_change_a_customer(admin_client: Client) -> None:
    applied(studio("59", "Studio Valmitavi"), run_id=1)
    customer = Customer.objects.get(erp_id="59")
    answer = admin_client.post(f"{PAGE}{customer.pk}/change/", {"name": "Another"})
    assert answer.status_code == 403
    assert Customer.objects.get(erp_id="59").name == "Studio Valmitavi"


def test_the_list_needs_no_more_queries_for_more_rows(admin_client: Client) -> None:
    def opened() -> None:
        assert admin_client.get(PAGE).status_code == 200

    many = [studio(str(number), f"Studio {number}") for number in range(1, 40)]
    applied(*many[:2], run_id=1)
    for_two = queries_of(opened)
    applied(*many, run_id=2)
    assert queries_of(opened) == for_two
