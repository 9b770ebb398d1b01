"""The REST API: the history of runs, approving and rejecting."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from customers.models import Customer
from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.errors import ErpTimeout
from sync.models import SyncRun
from sync.pipeline import run_sync
from sync.runs import lifecycle
from sync.runs.lifecycle import Attempt
from sync.sources import FileSource
from tests.api_calls import account, client_of, reader, staff
from tests.conftest import DrawList
from tests.queries import queries_of

pytestmark = pytest.mark.django_db

CLI, API, SCHEDULE = SyncRun.Trigger.CLI, SyncRun.Trigger.API, SyncRun.Trigger.SCHEDULE
LEASE_S = 45.0
RUNS = "/api/customers/sync/runs"


@pytest.fixture
def decider() -> APIClient:
    return client_of(staff("decide_run"))


@pytest.fixture
def held_run(people: list[SimCustomer], draw_list: DrawList) -> int:
    """Sync sixty customers, then a list of twenty; return the run that is held."""
    synced(draw_list, people)
    return synced(draw_list, people[:20])


def synced(draw_list: DrawList, people: list[SimCustomer]) -> int:
    run = run_sync(FileSource(draw_list(people)), sync_config(), trigger=CLI)
    assert run.run_id is not None
    return run.run_id


def ended(trigger: str = CLI, error: ErpTimeout | None = None) -> int:
    claim = lifecycle.claim(trigger, requested_by="carla", lease_s=LEASE_S)
    lifecycle.note_attempt(claim, Attempt(1, 61, {"login": 40}, error))
    if error:
        lifecycle.fail(claim, error)
    else:
        lifecycle.succeed(claim)
    return claim.run_id


def found(api: APIClient, **parameters: Any) -> list[int]:
    answer = api.get(RUNS, parameters)
    assert answer.status_code == 200, answer.json()
    return [run["id"] for run in answer.json()["results"]]


def said(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"error", "message"}
    return answer.status_code, body["error"]


def test_the_newest_run_comes_first() -> None:
    first, second = ended(), ended()
    assert found(client_of(reader())) == [second, first]


def test_a_run_shows_its_outcome() -> None:
    run_id = ended(API, ErpTimeout("the login took too long"))
    [run] = client_of(reader()).get(RUNS).json()["results"]
    assert run["id"] == run_id
    assert (run["trigger"], run["requestedBy"], run["state"]) == ("api", "carla", "failed")
    assert run["error"] == {"code": "erp_timeout", "message": "the login took too long"}
    assert run["counts"]["rows"] == 0
    assert run["createdAt"].endswith("Z")
    assert run["durationMs"] >= 0


def test_one_run_shows_its_attempts() -> None:
    run_id = ended(error=ErpTimeout("the login took too long"))
    [attempt] = client_of(reader()).get(f"{RUNS}/{run_id}").json()["attempts"]
    assert (attempt["number"], attempt["durationMs"], attempt["stages"]) == (1, 61, {"login": 40})
    assert attempt["error"] == {"code": "erp_timeout", "message": "the login took too long"}


def test_a_run_shows_its_log_and_the_names_of_its_files() -> None:
    run_id = ended()
    SyncRun.objects.filter(pk=run_id).update(log="a line", screenshot="shot.png", trace="trace.zip")
    shown = client_of(reader()).get(f"{RUNS}/{run_id}").json()
    assert (shown["log"], shown["screenshot"], shown["trace"]) == ("a line", "shot.png", "trace.zip")


@pytest.mark.parametrize("is_staff", [True, False])
def test_runs_are_read_with_their_permission_only(*, is_staff: bool) -> None:
    run_id = ended()
    without = client_of(account("view_customer", is_staff=is_staff))
    may_read = client_of(account("view_syncrun", name="rita", is_staff=is_staff))
    for path in (RUNS, f"{RUNS}/{run_id}"):
        assert said(without.get(path)) == (403, "permission_denied")
        assert may_read.get(path).status_code == 200


def test_who_decides_but_may_not_read_runs_gets_no_log_and_no_names_of_files(held_run: int) -> None:
    SyncRun.objects.filter(pk=held_run).update(log="a line", screenshot="shot.png", trace="trace.zip")
    decider = client_of(account("decide_run", is_staff=True))
    answer = decider.post(f"{RUNS}/{held_run}/reject").json()
    assert answer["state"] == "rejected"
    assert not {"log", "screenshot", "trace"} & set(answer)


def test_runs_are_filtered_by_state_and_trigger() -> None:
    api = client_of(reader())
    by_hand, failed, scheduled = ended(), ended(error=ErpTimeout("too long")), ended(SCHEDULE)
    assert found(api, state="failed") == [failed]
    assert found(api, trigger="schedule") == [scheduled]
    assert found(api, trigger=["schedule", "cli"], state="succeeded") == [scheduled, by_hand]


def test_runs_are_filtered_by_day() -> None:
    api, run_ids = client_of(reader()), [ended() for _ in range(3)]
    for day, run_id in enumerate(run_ids, start=10):
        SyncRun.objects.filter(pk=run_id).update(created_at=datetime(2026, 1, day, 12, tzinfo=UTC))
    assert found(api, createdFrom="2026-01-11", createdTo="2026-01-11") == [run_ids[1]]
    assert found(api, createdFrom="2026-01-12") == [run_ids[2]]


@pytest.mark.parametrize(
    "parameters", [{"state": "gone"}, {"trigger": "cron"}, {"createdFrom": "05/03/2026"}, {"pageSize": 501}]
)
def test_a_wrong_filter_is_refused(parameters: dict[str, Any]) -> None:
    assert said(client_of(reader()).get(RUNS, parameters)) == (400, "invalid_request")


@pytest.mark.parametrize("run_id", [4711, 10**30, "abc"])
def test_an_unknown_run_is_not_found(run_id: Any, decider: APIClient) -> None:
    assert said(decider.get(f"{RUNS}/{run_id}")) == (404, "not_found")
    assert said(decider.post(f"{RUNS}/{run_id}/approve")) == (404, "not_found")
    assert said(decider.post(f"{RUNS}/{run_id}/reject")) == (404, "not_found")


def test_the_number_of_queries_does_not_grow_with_the_runs() -> None:
    api = client_of(reader())

    def asked() -> None:
        assert api.get(RUNS).status_code == 200

    ended()
    before = queries_of(asked)
    for _ in range(10):
        ended()
    assert queries_of(asked) == before


def test_approving_a_run_applies_its_held_list(decider: APIClient, held_run: int) -> None:
    answer = decider.post(f"{RUNS}/{held_run}/approve")
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["state"], answer.json()["counts"]["missing"]) == ("succeeded", 40)
    assert Customer.objects.filter(missing_since__isnull=False).count() == 40


def test_a_list_is_applied_where_the_erp_s_password_is_not_known(
    decider: APIClient, held_run: int, settings: Any
) -> None:
    settings.ARCHIBALD_USERNAME = settings.ARCHIBALD_PASSWORD = ""
    answer = decider.post(f"{RUNS}/{held_run}/approve")
    assert (answer.status_code, answer.json()["state"]) == (200, "succeeded")


def test_a_rejected_run_changes_no_customer(decider: APIClient, held_run: int) -> None:
    answer = decider.post(f"{RUNS}/{held_run}/reject")
    assert (answer.status_code, answer.json()["state"]) == (200, "rejected")
    assert not Customer.objects.filter(missing_since__isnull=False).exists()


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_run_is_decided_on_once(decider: APIClient, held_run: int, decision: str) -> None:
    assert decider.post(f"{RUNS}/{held_run}/reject").status_code == 200
    assert said(decider.post(f"{RUNS}/{held_run}/{decision}")) == (409, "run_not_held")


def test_an_old_list_is_not_applied_over_a_newer_one(
    decider: APIClient, held_run: int, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list, people)
    assert said(decider.post(f"{RUNS}/{held_run}/approve")) == (409, "list_superseded")


def test_a_list_is_not_applied_beside_a_running_sync(decider: APIClient, held_run: int) -> None:
    lifecycle.claim(CLI, lease_s=LEASE_S)
    assert said(decider.post(f"{RUNS}/{held_run}/approve")) == (409, "sync_running")
    assert SyncRun.objects.get(pk=held_run).state == "held"


def test_an_approved_list_that_can_not_be_applied_is_held_again(decider: APIClient, held_run: int) -> None:
    held_list = SyncRun.objects.get(pk=held_run).held_list
    held_list.file = bytes(held_list.file)[:2000]
    held_list.save()
    assert said(decider.post(f"{RUNS}/{held_run}/approve")) == (409, "report_truncated")
    assert SyncRun.objects.get(pk=held_run).state == "held"


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_deciding_takes_staff_with_the_permission(held_run: int, decision: str) -> None:
    path = f"{RUNS}/{held_run}/{decision}"
    lay = reader()
    lay.user_permissions.set(staff("decide_run", name="sara").user_permissions.all())
    assert said(APIClient().post(path)) == (401, "not_authenticated")
    assert said(client_of(lay).post(path)) == (403, "permission_denied")
    assert said(client_of(staff("run_sync", "edit_schedule")).post(path)) == (403, "permission_denied")
    assert SyncRun.objects.get(pk=held_run).state == "held"
