"""The REST API: what a run changed or would change, why it is held, and dry runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from customers.models import Customer
from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.models import SyncRun
from sync.pipeline import approve, run_claimed
from sync.runs import lifecycle
from sync.sources import FileSource
from tests.accounts import operator, viewer
from tests.api_calls import client_of
from tests.conftest import DrawList
from tests.queries import queries_of
from tests.sync.sync_once import kept_run, sync_file

pytestmark = pytest.mark.django_db

SYNC, RUNS = "/api/customers/sync", "/api/customers/sync/runs"


@pytest.fixture
def api() -> APIClient:
    return client_of(operator())


@pytest.fixture
def held_run(people: list[SimCustomer], draw_list: DrawList) -> SyncRun:
    """A run held because its list has 20 of 60 customers, one of them moved."""
    sync_file(draw_list(people))
    moved = [replace(people[0], city="Isernia"), *people[1:20]]
    return kept_run(sync_file(draw_list(moved, "short.pdf")))


def changes(api: APIClient, run_id: int, **parameters: Any) -> dict[str, Any]:
    answer = api.get(f"{RUNS}/{run_id}/changes", parameters)
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def test_a_held_run_has_the_reasons(api: APIClient, held_run: SyncRun) -> None:
    reasons = api.get(f"{RUNS}/{held_run.pk}").json()["reasons"]
    message = "the list has 20 customers, but 60 are active"
    assert reasons == [{"code": "list_too_short", "message": message}]


def test_a_run_that_is_not_held_has_no_reasons(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    run = kept_run(sync_file(draw_list(people)))
    assert api.get(f"{RUNS}/{run.pk}").json()["reasons"] == []


def test_the_changes_that_a_run_made_are_in_the_order_of_their_kinds_then_as_written(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people[:58]))
    moved = [replace(people[0], city="Isernia"), *people[1:57], *people[58:]]
    run = kept_run(sync_file(draw_list(moved, "second.pdf")))
    made = [(each["kind"], each["erpId"]) for each in changes(api, run.pk)["results"]]
    assert made == [
        ("missing", people[57].erp_id),
        ("new", people[58].erp_id),
        ("new", people[59].erp_id),
        ("updated", people[0].erp_id),
    ]


def test_the_changes_of_a_held_run_are_those_that_an_approval_makes(
    api: APIClient, held_run: SyncRun, people: list[SimCustomer]
) -> None:
    planned = changes(api, held_run.pk, pageSize=500)
    assert planned["count"] == 41
    [updated] = [each for each in planned["results"] if each["kind"] == "updated"]
    assert updated == {
        "erpId": people[0].erp_id,
        "name": people[0].name,
        "kind": "updated",
        "changedFields": [{"field": "city", "old": people[0].city or None, "new": "Isernia"}],
    }
    approve(held_run.pk, sync_config(), by="carla")
    made = changes(api, held_run.pk, pageSize=500)
    assert sorted(made["results"], key=str) == sorted(planned["results"], key=str)


def test_new_customers_come_with_all_fields_before_and_after_the_decision(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_MIN_CUSTOMERS = 61
    held = kept_run(sync_file(draw_list(people)))
    planned = changes(api, held.pk, pageSize=500)["results"]
    approve(held.pk, sync_config(), by="carla")
    made = changes(api, held.pk, pageSize=500)["results"]
    assert sorted(made, key=str) == sorted(planned, key=str)
    assert {"field": "name", "old": None, "new": made[0]["name"]} in made[0]["changedFields"]


def test_changes_come_in_pages(api: APIClient, held_run: SyncRun) -> None:
    pages = [changes(api, held_run.pk, page=page, pageSize=30) for page in (1, 2)]
    assert [(page["page"], page["pageCount"], len(page["results"])) for page in pages] == [
        (1, 2, 30),
        (2, 2, 11),
    ]
    assert len({each["erpId"] for page in pages for each in page["results"]}) == 41


def test_a_rejected_list_leaves_no_changes(api: APIClient, held_run: SyncRun) -> None:
    lifecycle.reject(held_run.pk, by="carla")
    assert changes(api, held_run.pk)["count"] == 0


def test_the_changes_of_an_unknown_run_are_not_found(api: APIClient) -> None:
    answer = api.get(f"{RUNS}/77/changes")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("permission", ["view_customer", "view_syncrun"])
def test_changes_take_the_permissions_for_customers_and_for_runs(held_run: SyncRun, permission: str) -> None:
    user = User.objects.create_user("lia")
    user.user_permissions.add(Permission.objects.get(codename=permission))
    assert client_of(user).get(f"{RUNS}/{held_run.pk}/changes").status_code == 403
    assert client_of(viewer()).get(f"{RUNS}/{held_run.pk}/changes").status_code == 200
    assert APIClient().get(f"{RUNS}/{held_run.pk}/changes").status_code == 401


def test_the_number_of_queries_does_not_grow_with_the_changes(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    few = kept_run(sync_file(draw_list(people[:3]))).pk
    many = kept_run(sync_file(draw_list(people))).pk
    assert queries_of(lambda: changes(api, many)) == queries_of(lambda: changes(api, few))


# --- dry runs -----------------------------------------------------------------------------------------------


def dry_run(api: APIClient, people: list[SimCustomer], draw_list: DrawList) -> int:
    answer = api.post(SYNC, {"dryRun": True})
    assert answer.status_code == 202
    run_id: int = answer.json()["runId"]
    claim = lifecycle.claim_queued(run_id, lease_s=45)
    assert claim is not None
    run_claimed(claim, FileSource(draw_list(people, "dry.pdf")), sync_config())
    return run_id


def test_a_dry_run_writes_nothing_and_shows_what_would_change(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    run_id = dry_run(api, [replace(people[0], city="Isernia"), *people[1:]], draw_list)
    run = api.get(f"{RUNS}/{run_id}").json()
    assert (run["isDry"], run["state"], run["counts"]["updated"]) == (True, "succeeded", 1)
    [change] = changes(api, run_id)["results"]
    assert (change["erpId"], change["changedFields"][0]["new"]) == (people[0].erp_id, "Isernia")
    assert not Customer.objects.filter(city="Isernia").exists()


def test_a_dry_run_says_why_its_list_would_be_held(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    run_id = dry_run(api, people[:20], draw_list)
    run = api.get(f"{RUNS}/{run_id}").json()
    assert ([each["code"] for each in run["reasons"]], run["state"]) == (["list_too_short"], "succeeded")


@pytest.mark.parametrize("body", [None, {}, {"dryRun": False}])
def test_without_dry_run_a_sync_writes(api: APIClient, body: Any) -> None:
    run_id = api.post(SYNC, body).json()["runId"]
    assert not SyncRun.objects.get(pk=run_id).is_dry


@pytest.mark.parametrize("body", [{"dryRun": "true"}, {"dryRun": 1}, {"dryRun": None}, [], 5])
def test_anything_else_is_refused_and_queues_nothing(api: APIClient, body: Any) -> None:
    answer = api.post(SYNC, body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert not SyncRun.objects.exists()
