"""The change feed over REST: every change once, in the order of the commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from customers.erp_list.delta import compute_delta
from customers.erp_list.records import FIELD_NAMES, CustomerRecord
from customers.services import apply_delta, erase_customer, load_stored
from tests.accounts import viewer
from tests.api_calls import client_of
from tests.customers.customer_lists import NOW, a_record, numbered
from tests.customers.feed_copy import Copy, apply_entry, camel_case, empty_customer
from tests.queries import queries_of

pytestmark = pytest.mark.django_db

FEED = "/api/customers/changes"
EMPTY = empty_customer(dict.fromkeys(map(camel_case, FIELD_NAMES)))


@pytest.fixture
def api() -> APIClient:
    return client_of(viewer())


def sync(records: Sequence[CustomerRecord], run_id: int, now: datetime | None = None) -> None:
    now = now or NOW + timedelta(minutes=run_id)
    apply_delta(compute_delta(load_stored(), records), run_id=run_id, now=now)


def pages(api: APIClient, address: str = FEED) -> Iterator[dict[str, Any]]:
    """Yield the pages until there is no more."""
    has_more = True
    while has_more:
        answer = api.get(address)
        assert answer.status_code == 200, answer.json()
        yield answer.json()
        address, has_more = answer.json()["next"], answer.json()["hasMore"]


def entries(api: APIClient, address: str = FEED) -> list[dict[str, Any]]:
    return [entry for page in pages(api, address) for entry in page["results"]]


def copied(found: Sequence[dict[str, Any]]) -> Copy:
    copy: Copy = {}
    for entry in found:
        apply_entry(copy, entry, EMPTY)
    return copy


def all_customers(api: APIClient) -> Copy:
    return {each["erpId"]: each for each in api.get("/api/customers?pageSize=500").json()["results"]}


def refused(api: APIClient, **parameters: str) -> tuple[int, str]:
    answer = api.get(FEED, parameters)
    return answer.status_code, answer.json()["error"]


def test_a_new_customer_comes_with_all_its_fields(api: APIClient) -> None:
    sync([a_record("50", vat_number="01234567890", extra={"LINGUA:": "it"})], run_id=7)
    assert api.get(FEED).json()["results"] == [
        {
            "runId": 7,
            "erpId": "50",
            "kind": "new",
            "changedAt": "2026-01-19T21:00:31Z",
            "changedFields": [
                {"field": "actualOrderCount", "old": None, "new": "2"},
                {"field": "actualSales", "old": None, "new": "38.15"},
                {"field": "city", "old": None, "new": "Napoli"},
                {"field": "erpId", "old": None, "new": "50"},
                {"field": "extra.LINGUA:", "old": None, "new": "it"},
                {"field": "lastOrderDate", "old": None, "new": "2026-01-18"},
                {"field": "name", "old": None, "new": "Studio 50"},
                {"field": "phone", "old": None, "new": "+39081000050"},
                {"field": "vatNumber", "old": None, "new": "01234567890"},
            ],
        }
    ]


def test_a_change_has_the_old_and_the_new_values(api: APIClient) -> None:
    sync([a_record("50")], run_id=1)
    sync([a_record("50", city="", actual_sales=Decimal("1234.50"))], run_id=2)
    last = entries(api)[-1]
    assert (last["runId"], last["kind"]) == (2, "updated")
    assert last["changedFields"] == [
        {"field": "actualSales", "old": "38.15", "new": "1234.50"},
        {"field": "city", "old": "Napoli", "new": None},
    ]


def test_a_copy_made_from_the_feed_alone_equals_the_customers(api: APIClient) -> None:
    sync([a_record("1", extra={"LINGUA:": "it"}), a_record("2"), a_record("3"), a_record("4")], run_id=1)
    sync([a_record("1", extra={"LINGUA:": "en"}), a_record("2", last_order_date=None)], run_id=2)
    sync([a_record("1", extra={"LINGUA:": "en"}), a_record("2", city="Bari"), a_record("5")], run_id=3)
    sync([a_record("1", extra={}), a_record("2", phone=""), a_record("4", city="Lecce")], run_id=4)
    found = entries(api, f"{FEED}?pageSize=3")
    assert {entry["kind"] for entry in found} == {"new", "updated", "missing", "removed", "restored"}
    assert copied(found) == all_customers(api)


def test_pages_cut_the_feed_without_loss_or_repetition(api: APIClient) -> None:
    sync(numbered(7), run_id=1)
    found = list(pages(api, f"{FEED}?pageSize=3"))
    assert [len(page["results"]) for page in found] == [3, 3, 1]
    assert [page["hasMore"] for page in found] == [True, True, False]
    assert len({entry["erpId"] for page in found for entry in page["results"]}) == 7


def test_next_gives_what_was_committed_since(api: APIClient) -> None:
    sync(numbered(3), run_id=1)
    end = list(pages(api))[-1]["next"]
    assert api.get(end).json() == {"results": [], "next": end, "hasMore": False}
    sync([*numbered(2), a_record("3", city="Bari")], run_id=2)
    assert [(entry["runId"], entry["erpId"]) for entry in entries(api, end)] == [(2, "3")]


def test_a_change_whose_time_is_earlier_than_the_last_request_is_not_lost(api: APIClient) -> None:
    """The time of a change is taken before its commit, so a recipe by time would miss it."""
    sync(numbered(3), run_id=1)
    end = list(pages(api))[-1]["next"]
    sync([*numbered(2), a_record("3", city="Bari")], run_id=2, now=NOW - timedelta(hours=1))
    assert [entry["erpId"] for entry in entries(api, end)] == ["3"]


def test_an_erased_customer_leaves_nothing_but_its_id(api: APIClient) -> None:
    sync(numbered(3), run_id=1)
    copy = copied(entries(api))
    end = list(pages(api))[-1]["next"]
    assert erase_customer("2", now=NOW)
    [erased] = entries(api, end)
    assert erased == {
        "runId": None,
        "erpId": "2",
        "kind": "erased",
        "changedAt": "2026-01-19T20:53:31Z",
        "changedFields": [],
    }
    apply_entry(copy, erased, EMPTY)
    assert copy == all_customers(api) == copied(entries(api))
    assert [entry["kind"] for entry in entries(api) if entry["erpId"] == "2"] == ["erased"]


def test_an_erased_customer_that_is_in_a_later_list_is_new_again(api: APIClient) -> None:
    sync(numbered(3), run_id=1)
    erase_customer("2", now=NOW)
    sync(numbered(3), run_id=2)
    assert [entry["kind"] for entry in entries(api) if entry["erpId"] == "2"] == ["erased", "new"]
    assert copied(entries(api)) == all_customers(api)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("after", ""),
        ("after", "-1"),
        ("after", "1.0"),
        ("after", " 1"),
        ("after", "٣"),
        ("after", "abc"),
        ("after", str(2**63)),
        ("after", "9" * 40),
        ("pageSize", "0"),
        ("pageSize", "501"),
        ("pageSize", "x"),
    ],
)
def test_any_other_cursor_or_page_size_is_refused(api: APIClient, name: str, value: str) -> None:
    sync(numbered(3), run_id=1)
    assert refused(api, **{name: value}) == (400, "invalid_request")


def test_a_cursor_ahead_of_the_feed_is_refused(api: APIClient) -> None:
    """After a backup was restored, a reader that goes on would miss the changes up to its cursor."""
    sync(numbered(3), run_id=1)
    assert refused(api, after="4") == (409, "unknown_cursor")


def test_the_feed_takes_the_permission_to_see_customers() -> None:
    assert client_of(User.objects.create_user("lia")).get(FEED).status_code == 403
    assert APIClient().get(FEED).status_code == 401


def test_the_number_of_queries_does_not_grow_with_the_changes(api: APIClient) -> None:
    sync(numbered(3), run_id=1)
    few = queries_of(lambda: api.get(f"{FEED}?pageSize=500"))
    sync(numbered(60), run_id=2)
    erase_customer("9", now=NOW)
    assert queries_of(lambda: api.get(f"{FEED}?pageSize=500")) == few
