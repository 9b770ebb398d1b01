"""Customers over REST: search, order and changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from customers.erp_list.delta import compute_delta
from customers.erp_list.records import FIELD_NAMES, CustomerRecord
from customers.services import apply_delta, load_stored
from tests.api_calls import account, client_of, reader
from tests.customers.customer_lists import NOW, a_record

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def api() -> APIClient:
    return client_of(reader())


def sync(records: Sequence[CustomerRecord], run_id: int = 1, now: datetime = NOW) -> None:
    apply_delta(compute_delta(load_stored(), records), run_id=run_id, now=now)


def found(api: APIClient, **parameters: Any) -> list[str]:
    """Return the IDs of the customers that a search finds, in its order."""
    answer = api.get("/api/customers", parameters)
    assert answer.status_code == 200, answer.json()
    return [customer["erpId"] for customer in answer.json()["results"]]


def refused(api: APIClient, path: str = "/api/customers", **parameters: Any) -> tuple[int, str, str]:
    answer = api.get(path, parameters)
    body = answer.json()
    assert set(body) == {"error", "message"}
    return answer.status_code, body["error"], body["message"]


def test_a_customer_has_every_field_of_the_list_typed(api: APIClient) -> None:
    sync([a_record("98336", extra={"LINGUA:": "it"}, actual_sales=Decimal("124497.43"))])
    customer = api.get("/api/customers/98336").json()
    assert len(customer) == len(FIELD_NAMES) + 5
    assert customer["name"] == "Studio 98336"
    assert customer["actualSales"] == "124497.43"
    assert customer["lastOrderDate"] == "2026-01-18"
    assert customer["previousOrderCount1"] is None
    assert customer["extra"] == {"LINGUA:": "it"}
    assert customer["firstSeenAt"] == "2026-01-19T20:53:31Z"
    assert customer["removedAt"] is None


def test_the_exclusive_agreement_is_part_of_a_customer(api: APIClient) -> None:
    sync([a_record("50", exclusive_active="Sì", exclusive_sales_forecast=Decimal("12000.00"))])
    customer = api.get("/api/customers/50").json()
    assert (customer["exclusiveActive"], customer["exclusiveSalesForecast"]) == ("Sì", "12000.00")
    assert (customer["exclusivePeriodStart"], customer["mechanographicNumber"]) == (None, "")


def test_a_customer_is_the_same_in_the_list_and_alone(api: APIClient) -> None:
    sync([a_record("50")])
    assert api.get("/api/customers").json()["results"] == [api.get("/api/customers/50").json()]


@pytest.mark.parametrize(
    "text", ["ferlandi", "Ferlandi studio", "11122233344", "benev", "0824", "+39333", "ferlandi benevento"]
)
def test_search_finds_by_name_vat_number_city_and_phone(api: APIClient, text: str) -> None:
    sought = a_record(
        "1",
        name="Studio Dentistico Ferlandi",
        vat_number="11122233344",
        city="Benevento",
        phone="+390824000111",
        mobile="+393330001112",
    )
    sync([sought, a_record("2", phone="+39067", city="Roma")])
    assert found(api, search=text) == ["1"]


def test_every_word_of_a_search_must_be_found(api: APIClient) -> None:
    sync([a_record("1", name="Studio Ferlandi", city="Roma")])
    assert found(api, search="ferlandi milano") == []


@pytest.mark.parametrize("text", ["%", "_", "'", "\\"])
def test_a_search_takes_special_characters_literally(api: APIClient, text: str) -> None:
    sync([a_record("1", name="Studio Ferlandi"), a_record("2", name=f"Studio {text} Bravuti")])
    assert found(api, search=text) == ["2"]


def test_an_empty_search_finds_all_customers(api: APIClient) -> None:
    sync([a_record("1"), a_record("2")])
    assert found(api, search=" ") == ["1", "2"]


def test_customers_are_filtered_by_type_and_city(api: APIClient) -> None:
    sync([a_record("1", type="Debitor", city="Roma"), a_record("2", type="PotFromCon", city="Milano")])
    assert found(api, type="Debitor") == ["1"]
    assert found(api, city="milano") == ["2"]
    assert found(api, type="Debitor", city="Milano") == []


def test_the_days_of_the_last_order_are_inclusive(api: APIClient) -> None:
    days = [date(2026, 1, day) for day in (9, 10, 11, 12)]
    sync([a_record(str(day.day), last_order_date=day) for day in days])
    assert found(api, lastOrderFrom="2026-01-10", lastOrderTo="2026-01-11", ordering="erpId") == ["10", "11"]


def test_status_tells_active_missing_and_removed_customers_apart(api: APIClient) -> None:
    everybody = [a_record(str(number)) for number in range(1, 10)]
    sync(everybody)
    sync(everybody[:-1], run_id=2)
    sync(everybody[:-2], run_id=3)
    assert found(api, status="removed") == ["9"]
    assert found(api, status="missing") == ["8"]
    assert found(api, status="active") == [str(number) for number in range(1, 8)]
    assert len(found(api)) == 9


@pytest.mark.parametrize("changed", ["1", "2", "3", "4"])
def test_changed_since_finds_new_changed_missing_and_restored_customers(api: APIClient, changed: str) -> None:
    before = [a_record("1"), a_record("2"), a_record("9")]
    sync([*before, a_record("4")])
    sync(before, run_id=2)
    sync([a_record("1", city="Bari"), a_record("9"), a_record("3"), a_record("4")], run_id=3, now=LATER)
    assert changed in found(api, changedSince=LATER.isoformat())
    assert "9" not in found(api, changedSince=LATER.isoformat())


@pytest.mark.parametrize(
    ("moment", "expected"), [("0001-01-01T00:00:00+14:00", ["1"]), ("9999-12-31T23:59:59-14:00", [])]
)
def test_changed_since_may_be_any_time(api: APIClient, moment: str, expected: list[str]) -> None:
    sync([a_record("1")])
    assert found(api, changedSince=moment) == expected


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("erpId", ["9", "10", "200"]),
        ("-erpId", ["200", "10", "9"]),
        ("name", ["200", "9", "10"]),
        ("-name", ["10", "9", "200"]),
        ("lastOrderDate", ["10", "9", "200"]),
        ("-lastOrderDate", ["9", "10", "200"]),
    ],
)
def test_orderings_put_empty_values_last_and_count_ids_as_numbers(
    api: APIClient, ordering: str, expected: list[str]
) -> None:
    sync(
        [
            a_record("10", name="Zarfi", last_order_date=date(2025, 1, 1)),
            a_record("9", name="Morvani", last_order_date=date(2026, 1, 1)),
            a_record("200", name="Albrini", last_order_date=None),
        ]
    )
    assert found(api, ordering=ordering) == expected


def test_pages_hold_every_customer_once_even_with_equal_names(api: APIClient) -> None:
    sync([a_record(str(number), name="Studio Gemelli") for number in range(1, 8)])
    pages = [found(api, page=page, pageSize=3) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert len({erp_id for page in pages for erp_id in page}) == 7


def test_a_page_has_its_number_and_the_total(api: APIClient) -> None:
    sync([a_record(str(number)) for number in range(1, 8)])
    answer = api.get("/api/customers", {"page": 2, "pageSize": 3}).json()
    del answer["results"]
    assert answer == {"count": 7, "page": 2, "pageSize": 3, "pageCount": 3}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "x"),
        ("page", "-1"),
        ("page", "1.5"),
        ("page", "9" * 30),
        ("pageSize", "0"),
        ("pageSize", "501"),
        ("pageSize", "²"),
        ("status", "gone"),
        ("ordering", "password"),
        ("lastOrderFrom", "18/01/2026"),
        ("lastOrderTo", "2026-13-01"),
        ("changedSince", "yesterday"),
        ("changedSince", ""),
        ("lastOrderFrom", ""),
        ("search", "a\0b"),
        ("search", "x" * 501),
        ("search", "x " * 21),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(api: APIClient, name: str, value: str) -> None:
    status, code, message = refused(api, **{name: value})
    assert (status, code) == (400, "invalid_request")
    assert message.startswith(f"{name}: ")


def test_a_page_beyond_the_last_is_not_found(api: APIClient) -> None:
    assert refused(api, page=2) == (404, "page_not_found", "There is no page 2. The last page is 1.")


def test_changes_tell_old_and_new_values_and_the_run_newest_first(api: APIClient) -> None:
    sync([a_record("1", city="Roma", extra={"LINGUA:": "it"}), a_record("2")])
    later = a_record("1", city="Bari", vat_number="11122233344", extra={"LINGUA:": "en"})
    sync([later, a_record("2")], run_id=7, now=LATER)
    answer = api.get("/api/customers/1/changes").json()
    assert answer["count"] == 2
    assert answer["results"][0] == {
        "runId": 7,
        "changedAt": "2026-01-19T21:23:31Z",
        "kind": "updated",
        "changedFields": [
            {"field": "city", "old": "Roma", "new": "Bari"},
            {"field": "extra.LINGUA:", "old": "it", "new": "en"},
            {"field": "vatNumber", "old": None, "new": "11122233344"},
        ],
    }
    first = answer["results"][1]
    assert (first["kind"], len(first["changedFields"])) == ("new", 8)
    assert {"field": "city", "old": None, "new": "Roma"} in first["changedFields"]


@pytest.mark.parametrize("path", ["/api/customers/51", "/api/customers/51/changes", "/api/customers/abc"])
def test_an_unknown_customer_is_not_found(api: APIClient, path: str) -> None:
    sync([a_record("50")])
    assert refused(api, path)[:2] == (404, "not_found")


@pytest.mark.parametrize("path", ["/api/customers", "/api/customers/50", "/api/customers/50/changes"])
def test_without_a_login_nothing_can_be_read(path: str) -> None:
    sync([a_record("50")])
    status, code, message = refused(APIClient(), path)
    assert (status, code) == (401, "not_authenticated")
    assert "Authorization: Token" in message


@pytest.mark.parametrize("is_staff", [True, False])
def test_customers_are_read_with_their_permission_only(*, is_staff: bool) -> None:
    sync([a_record("50")])
    without = client_of(account("view_syncrun", is_staff=is_staff))
    may_read = client_of(account("view_customer", name="clara", is_staff=is_staff))
    for path in ("/api/customers", "/api/customers/50"):
        assert refused(without, path)[:2] == (403, "permission_denied")
        assert may_read.get(path).status_code == 200


@pytest.mark.parametrize("permissions", [("view_customer",), ("view_syncrun",)])
def test_changes_need_the_permissions_for_customers_and_for_runs(permissions: tuple[str, ...]) -> None:
    sync([a_record("50")])
    assert refused(client_of(account(*permissions)), "/api/customers/50/changes")[0] == 403


def test_without_the_permission_nobody_learns_which_customers_exist() -> None:
    sync([a_record("50")])
    api = client_of(account())
    assert refused(api, "/api/customers/50") == refused(api, "/api/customers/51")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_can_write_a_customer(api: APIClient, method: str) -> None:
    sync([a_record("50")])
    answer = getattr(api, method)("/api/customers/50", {"name": "Studio Falso"})
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert load_stored()["50"].record == a_record("50")


@pytest.mark.parametrize("path", ["/api/customers", "/api/customers/1/changes"])
def test_the_number_of_queries_does_not_grow_with_the_rows(api: APIClient, path: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(path).status_code == 200
        return len(captured)

    sync([a_record("1")])
    before = queries()
    for run_id in range(2, 12):
        sync([a_record(str(number), city=f"Roma {run_id}") for number in range(1, 31)], run_id=run_id)
    assert queries() == before
