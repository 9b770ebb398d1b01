"""The lists of the admin take from an address only what their filters and their search offer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from customers.erp_list.delta import compute_delta
from customers.erp_list.records import CustomerRecord
from customers.services import apply_delta
from tests.accounts import superuser, viewer

pytestmark = pytest.mark.django_db

CUSTOMERS, RUNS, USERS = "/admin/customers/customer/", "/admin/sync/syncrun/", "/admin/auth/user/"
EXPORT = f"{CUSTOMERS}export/csv/"
MANY_WORDS = "a " * 21


KINDS = ((59, "Debitor"), (60, "PotFromCon"))


@pytest.fixture
def client(client: Client) -> Client:
    """A superuser, and a customer of each type."""
    records = [CustomerRecord(erp_id=f"{number}", name=f"Studio {kind}", type=kind) for number, kind in KINDS]
    apply_delta(compute_delta({}, records), run_id=1, now=datetime(2026, 11, 1, tzinfo=UTC))
    client.force_login(superuser())
    return client


def listed(client: Client, path: str = CUSTOMERS, **values: Any) -> list[str]:
    answer = client.get(path, values)
    assert answer.status_code == 200
    return [str(row) for row in answer.context["cl"].result_list]


def admin_lists(user: User) -> list[str]:
    # The URLs register the admins.
    request = RequestFactory().get(reverse("admin:index"))
    request.user = user
    return [model["admin_url"] for app in admin.site.get_app_list(request) for model in app["models"]]


def test_no_list_takes_a_regular_expression(client: Client) -> None:
    lists = admin_lists(superuser("susanna"))
    assert {CUSTOMERS, RUNS, USERS, "/admin/auth/group/"} <= set(lists)
    taken = [path for path in lists if client.get(path, {"pk__regex": "^(.|.)*~$"}).status_code != 400]
    assert taken == []


@pytest.mark.parametrize(
    ("path", "lookup"),
    [
        (CUSTOMERS, "name__regex"),
        (CUSTOMERS, "name__iregex"),
        (CUSTOMERS, "type__regex"),
        (CUSTOMERS, "type__contains"),
        (CUSTOMERS, "name"),
        (CUSTOMERS, "changes__run_id"),
        (CUSTOMERS, "extra__anything"),
        (EXPORT, "name__regex"),
        (RUNS, "log__regex"),
        (RUNS, "created_at__year"),
        (RUNS, "state__startswith"),
        (USERS, "password__startswith"),
        (USERS, "groups__name__regex"),
    ],
)
def test_other_lookups_than_those_of_the_filters_are_refused(client: Client, path: str, lookup: str) -> None:
    answer = client.get(path, {lookup: "a"})
    assert answer.status_code == 400
    assert "use the filters and the search of the page" in answer.content.decode()


@pytest.mark.parametrize("lookup", ["type", "type__exact", "type__in"])
def test_a_filter_of_the_page_can_be_in_an_address(client: Client, lookup: str) -> None:
    assert listed(client, **{lookup: "Debitor"}) == ["Studio Debitor (59)"]


def test_several_values_of_a_filter_can_be_in_an_address(client: Client) -> None:
    assert len(listed(client, type=["Debitor", "PotFromCon"])) == 2
    assert len(listed(client, type__isnull="True")) == 0


@pytest.mark.parametrize("values", [{"is_superuser__exact": "1"}, {"groups__isnull": "True"}])
def test_the_filters_of_accounts_work(client: Client, values: dict[str, str]) -> None:
    viewer()
    assert listed(client, USERS, **values) == ["sara"]


def test_accounts_are_filtered_by_group(client: Client) -> None:
    group = viewer().groups.get()
    assert listed(client, USERS, groups__id__exact=group.pk) == ["vera"]


@pytest.mark.parametrize("path", [CUSTOMERS, EXPORT])
def test_too_many_values_of_filters_are_refused(client: Client, path: str) -> None:
    assert client.get(path, {"type": [f"{number}" for number in range(999)]}).status_code == 400


@pytest.mark.parametrize("lookup", ["type", "city", "status"])
def test_a_null_character_in_a_filter_is_refused(client: Client, lookup: str) -> None:
    assert client.get(CUSTOMERS, {lookup: "a\0b"}).status_code == 400


@pytest.mark.parametrize("path", [CUSTOMERS, USERS])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MANY_WORDS, "Search for 20 words or fewer."),
        ("a " * 2000, "Ensure this value has at most 500 characters"),
        ("a\0b", "Null characters are not allowed."),
    ],
)
def test_a_search_that_is_too_long_or_not_text_is_refused_with_a_message(
    client: Client, path: str, text: str, message: str
) -> None:
    answer = client.get(path, {"q": text})
    assert answer.status_code == 200
    assert message in answer.content.decode()


def test_the_longest_search_that_is_allowed_finds_customers(client: Client) -> None:
    assert listed(client, q=" ".join(["studio", *["Debitor"] * 19])) == ["Studio Debitor (59)"]
    assert listed(client, q=" ".join("àèìòùáéíóúâêîôûäëïöü")) == []


def test_a_refused_search_downloads_nothing(client: Client) -> None:
    answer = client.get(EXPORT, {"q": MANY_WORDS}, follow=True)
    assert answer.redirect_chain == [(CUSTOMERS, 302)]
    assert "Search for 20 words or fewer." in answer.content.decode()


def test_the_admin_s_autocompletion_is_off(client: Client) -> None:
    asked = {"app_label": "customers", "model_name": "customerchange", "field_name": "customer", "term": "a"}
    assert client.get("/admin/autocomplete/", asked).status_code == 404
