"""All customers over REST while syncs land: by a walk along the IDs, and as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from customers.erp_list.delta import compute_delta
from customers.erp_list.records import FIELD_NAMES, CustomerRecord
from customers.services import apply_delta, load_stored
from tests.accounts import viewer
from tests.api_calls import client_of
from tests.customers.customer_lists import NOW, a_record, numbered
from tests.queries import queries_of

pytestmark = pytest.mark.django_db

LIST, EXPORT = "/api/customers", "/api/customers/export"


@pytest.fixture
def api() -> APIClient:
    return client_of(viewer())


def sync(records: Sequence[CustomerRecord], run_id: int) -> None:
    apply_delta(compute_delta(load_stored(), records), run_id=run_id, now=NOW + timedelta(minutes=run_id))


def exported(api: APIClient, **parameters: str) -> list[dict[str, str]]:
    answer = api.get(EXPORT, parameters)
    assert answer.status_code == 200
    return list(csv.DictReader(answer.getvalue().decode().splitlines()))


# --- the walk -----------------------------------------------------------------------------------------------


def renamed(run_id: int) -> list[CustomerRecord]:
    """Return the customers with names that put them into another order, without some, and with new ones."""
    records = [
        a_record(str(number), name=f"Studio {(number * 7 + run_id * 13) % 40:02}") for number in range(5, 41)
    ]
    return [each for each in records if int(each.erp_id) % 9 != run_id % 9] + [a_record(str(run_id % 5))]


def test_a_walk_along_the_ids_loses_no_customer_while_syncs_land(api: APIClient) -> None:
    sync(renamed(1), run_id=1)
    before = {erp_id for erp_id, _ in load_stored().items()}
    seen: list[str] = []
    run_id, after = 2, "0"
    while results := api.get(f"{LIST}?after={after}&pageSize=5").json()["results"]:
        seen += [each["erpId"] for each in results]
        after = seen[-1]
        sync(renamed(run_id), run_id)
        run_id += 1
    assert run_id > 7
    assert before <= set(seen)
    assert len(set(seen)) == len(seen)


def test_ids_are_ordered_as_numbers(api: APIClient) -> None:
    sync([a_record(erp_id) for erp_id in ("9", "10", "101", "99")], run_id=1)
    found = api.get(LIST, {"after": "9", "ordering": "-name"}).json()["results"]
    assert [each["erpId"] for each in found] == ["10", "99", "101"]


def test_a_walk_keeps_to_the_filters(api: APIClient) -> None:
    sync([a_record("1", city="Bari"), a_record("2"), a_record("3", city="Bari")], run_id=1)
    found = api.get(LIST, {"after": "1", "city": "bari"}).json()["results"]
    assert [each["erpId"] for each in found] == ["3"]


@pytest.mark.parametrize("after", ["abc", "-1", "1.0", "9" * 21, "٣"])
def test_what_is_no_id_is_refused(api: APIClient, after: str) -> None:
    answer = api.get(LIST, {"after": after})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


# --- CSV ----------------------------------------------------------------------------------------------------


def test_the_export_has_every_key_and_value_of_the_json(api: APIClient) -> None:
    sync([a_record("50", name='Studio "D’Àngelo", Figli', actual_sales=Decimal("1234.50"))], run_id=1)
    [row] = exported(api)
    customer = api.get(f"{LIST}/50").json()
    assert list(row) == list(customer)
    assert len(row) == len(FIELD_NAMES) + 5
    assert row == {key: "" if value in (None, {}) else str(value) for key, value in customer.items()}


def test_the_export_takes_the_filters_and_the_order_of_the_list(api: APIClient) -> None:
    sync([a_record("1", city="Bari"), a_record("2"), a_record("3", city="Bari")], run_id=1)
    found = exported(api, city="bari", ordering="-erpId", format="csv")
    assert [row["erpId"] for row in found] == ["3", "1"]


def test_a_text_that_looks_like_a_formula_is_not_run_by_a_spreadsheet(api: APIClient) -> None:
    sync([a_record("1", name="=1+1", phone="+39 06 12")], run_id=1)
    [row] = exported(api)
    assert (row["name"], row["phone"]) == ("'=1+1", "+39 06 12")


def test_an_unknown_column_that_looks_like_a_formula_is_not_run_by_a_spreadsheet(api: APIClient) -> None:
    sync([a_record("1", extra={"=NOTA": "@SUM(1)", "LINGUA": "it"})], run_id=1)
    [row] = exported(api)
    assert json.loads(row["extra"]) == {"'=NOTA": "'@SUM(1)", "LINGUA": "it"}


def test_the_export_is_streamed_with_one_query_for_all_customers(api: APIClient) -> None:
    sync(numbered(3), run_id=1)
    few = queries_of(lambda: exported(api))
    sync(numbered(1200), run_id=2)
    answer: Any = api.get(EXPORT)
    assert answer.streaming
    assert len(list(answer.streaming_content)) == 4
    assert queries_of(lambda: exported(api)) == few


@pytest.mark.parametrize(("name", "value"), [("format", "xml"), ("city", "x" * 501), ("status", "gone")])
def test_a_wrong_parameter_is_refused(api: APIClient, name: str, value: str) -> None:
    answer = api.get(EXPORT, {name: value})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(("accept", "status"), [("text/csv", 200), ("*/*", 200), ("image/png", 406)])
def test_the_export_is_csv(api: APIClient, accept: str, status: int) -> None:
    answer = api.get(EXPORT, headers={"Accept": accept})
    assert answer.status_code == status
    assert answer["Content-Type"].split(";")[0] == ("text/csv" if status == 200 else "application/json")


def test_the_export_takes_the_permission_to_see_customers() -> None:
    assert client_of(User.objects.create_user("lia")).get(EXPORT).status_code == 403
    assert APIClient().get(EXPORT).status_code == 401
