"""ETags: a client asks again without cost, and reads pages of one state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from customers.erp_list.delta import compute_delta
from customers.erp_list.records import CustomerRecord
from customers.services import apply_delta, erase_customer, load_stored
from tests.accounts import viewer
from tests.api_calls import client_of
from tests.customers.customer_lists import NOW, a_record, numbered

pytestmark = pytest.mark.django_db

LIST, ONE, CHANGES, EXPORT = (f"/api/customers{end}" for end in ("", "/1", "/1/changes", "/export"))
ADDRESSES = [LIST, f"{LIST}?search=studio&page=1", ONE, CHANGES, EXPORT]


@pytest.fixture
def api() -> APIClient:
    sync(numbered(3), run_id=1)
    return client_of(viewer())


def sync(records: list[CustomerRecord], run_id: int) -> None:
    apply_delta(compute_delta(load_stored(), records), run_id=run_id, now=NOW + timedelta(minutes=run_id))


def asked(api: APIClient, address: str, **conditions: str) -> Any:
    return api.get(address, headers={name.replace("_", "-"): value for name, value in conditions.items()})


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_is_not_sent_again_while_nothing_has_changed(api: APIClient, address: str) -> None:
    etag = api.get(address)["ETag"]
    again = asked(api, address, If_None_Match=f'"other", W/{etag}')
    assert (again.status_code, again.getvalue(), again["ETag"]) == (304, b"", etag)
    assert asked(api, address, If_None_Match=etag).status_code == 304


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_is_sent_again_when_the_customer_has_changed(api: APIClient, address: str) -> None:
    etag = api.get(address)["ETag"]
    sync([a_record("1", city="Bari"), *numbered(3)[1:]], run_id=2)
    again = asked(api, address, If_None_Match=etag)
    assert again.status_code == 200
    assert again["ETag"] != etag


@pytest.mark.parametrize("kind", ["missing", "erased", "restored"])
def test_every_kind_of_change_changes_the_list_s_etag(api: APIClient, kind: str) -> None:
    if kind == "restored":
        sync(numbered(2), run_id=2)
    etag = api.get(LIST)["ETag"]
    if kind == "erased":
        erase_customer("3", now=NOW)
    else:
        sync(numbered(3 if kind == "restored" else 2), run_id=3)
    assert asked(api, LIST, If_None_Match=etag).status_code == 200


def test_another_customer_s_change_leaves_an_answer_valid(api: APIClient) -> None:
    etag = api.get(ONE)["ETag"]
    sync([*numbered(2), a_record("3", city="Bari")], run_id=2)
    assert asked(api, ONE, If_None_Match=etag).status_code == 304


@pytest.mark.parametrize("address", [LIST, EXPORT])
def test_no_customer_is_queried_for_an_answer_that_is_still_valid(api: APIClient, address: str) -> None:
    etag = api.get(address)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        asked(api, address, If_None_Match=etag)
    assert [query["sql"] for query in queries if "customers_customer" in query["sql"]] == []


@pytest.mark.parametrize("condition", ["*", '"0"'])
def test_an_unknown_customer_is_not_found_whatever_the_condition(api: APIClient, condition: str) -> None:
    assert asked(api, f"{LIST}/77", If_None_Match=condition).status_code == 404


@pytest.mark.parametrize("wrong", ["page=0", "pageSize=x", "status=gone", "lastOrderTo=never"])
def test_a_wrong_parameter_is_refused_whatever_the_condition(api: APIClient, wrong: str) -> None:
    assert asked(api, f"{LIST}?{wrong}", If_None_Match="*").status_code == 400


def test_pages_of_one_state_are_read_until_the_customers_change(api: APIClient) -> None:
    etag = api.get(f"{LIST}?pageSize=2")["ETag"]
    assert asked(api, f"{LIST}?pageSize=2&page=2", If_Match=etag).status_code == 200
    sync([a_record("1", name="Zeta"), *numbered(3)[1:]], run_id=2)
    refused = asked(api, f"{LIST}?pageSize=2&page=2", If_Match=etag)
    assert (refused.status_code, refused.json()["error"]) == (412, "customers_changed")


def landing_before(part: str) -> Any:
    """Let a sync land once, before the first query with this part."""
    landed: list[bool] = []

    def land(execute: Any, sql: str, *rest: Any) -> Any:
        if part in sql and not landed:
            landed.append(True)
            sync([a_record("1", city="Bari"), *numbered(3)[1:]], run_id=2)
        return execute(sql, *rest)

    return connection.execute_wrapper(land)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_answer_is_of_a_later_state_than_the_condition(api: APIClient, address: str) -> None:
    etag = api.get(address)["ETag"]
    with landing_before("COUNT(" if address == CHANGES else 'FROM "customers_customer"'):
        answer = asked(api, address, If_Match=etag)
    assert (answer.status_code, answer.json()["error"]) == (412, "customers_changed")


def test_a_sync_before_the_export_is_read_changes_no_line(api: APIClient) -> None:
    etag = api.get(EXPORT)["ETag"]
    answer = asked(api, EXPORT, If_Match=etag)
    sync([a_record("1", city="Bari"), *numbered(3)[1:]], run_id=2)
    assert b"Bari" not in answer.getvalue()


def test_a_condition_opens_nothing_without_the_permission(api: APIClient) -> None:
    etag = api.get(EXPORT)["ETag"]
    nobody = client_of(User.objects.create_user("lia"))
    assert asked(nobody, EXPORT, If_None_Match=etag).status_code == 403
    assert asked(APIClient(), LIST, If_None_Match=etag).status_code == 401
