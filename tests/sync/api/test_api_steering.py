"""The REST API: sync now, status, schedule, metrics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django_q.models import OrmQ
from rest_framework.test import APIClient

from sync.config import sync_config
from sync.errors import ErpTimeout, LoginRejected
from sync.models import SyncRun
from sync.monitoring import suspension
from sync.monitoring.metrics import metrics
from sync.runs import lifecycle
from sync.runs.lifecycle import Claim
from sync.scheduling.schedule import current_schedule
from tests.api_calls import account, client_of, reader, staff
from tests.no_cache import NO_CACHE

pytestmark = pytest.mark.django_db

LEASE_S = 45.0
SYNC, STATUS = "/api/customers/sync", "/api/customers/sync/status"
FREQUENCY, START, STOP, RESUME = (
    "/api/admin/sync/" + call for call in ("frequency", "start", "stop", "resume")
)


@pytest.fixture
def steering() -> APIClient:
    return client_of(staff("run_sync", "edit_schedule", "decide_run"))


@pytest.fixture
def reading() -> APIClient:
    return client_of(reader())


def said(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"error", "message"}
    return answer.status_code, body["error"]


def running() -> Claim:
    return lifecycle.claim(SyncRun.Trigger.CLI, requested_by="carla", lease_s=LEASE_S)


# --- sync now ---------------------------------------------------------------------------------------------


def test_a_sync_is_queued_at_once_for_the_cluster(steering: APIClient) -> None:
    answer = steering.post(SYNC)
    run = SyncRun.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"runId": run.pk, "state": "queued"})
    assert (run.trigger, run.requested_by, run.state) == ("api", "sergio", "queued")
    assert OrmQ.objects.count() == 1


def test_a_second_sync_is_refused_while_one_is_queued(steering: APIClient) -> None:
    steering.post(SYNC)
    assert said(steering.post(SYNC)) == (409, "sync_running")
    assert SyncRun.objects.count() == 1


def test_a_second_sync_is_refused_while_one_runs(steering: APIClient) -> None:
    running()
    assert said(steering.post(SYNC)) == (409, "sync_running")


# --- the status -------------------------------------------------------------------------------------------


def test_the_status_is_idle_and_shows_the_next_sync(reading: APIClient) -> None:
    status = reading.get(STATUS).json()
    assert (status["state"], status["runId"], status["percent"]) == ("idle", None, None)
    assert parse_datetime(status["nextRun"]) == current_schedule().next_run


def test_the_status_follows_a_run_from_queued_to_done(steering: APIClient) -> None:
    run_id = steering.post(SYNC).json()["runId"]
    queued = steering.get(STATUS).json()
    assert (queued["state"], queued["runId"], queued["trigger"]) == ("queued", run_id, "api")
    assert (queued["requestedBy"], queued["startedAt"]) == ("sergio", None)
    claim = lifecycle.claim_queued(run_id, lease_s=LEASE_S)
    assert claim is not None
    lifecycle.beat(claim, stage="read", done=64, total=256)
    status = steering.get(STATUS).json()
    assert (status["state"], status["runId"], status["stage"]) == ("running", run_id, "read")
    assert (status["done"], status["total"], status["percent"]) == (64, 256, 25)
    assert status["message"] == "reading the report"
    assert status["startedAt"].endswith("Z")
    lifecycle.succeed(claim)
    assert steering.get(STATUS).json()["state"] == "idle"


def test_the_percentage_is_unknown_where_the_total_is(reading: APIClient) -> None:
    lifecycle.beat(running(), stage="download", done=100_000, total=0)
    status = reading.get(STATUS).json()
    assert (status["done"], status["percent"]) == (100_000, None)


def test_more_than_was_announced_is_a_hundred_per_cent(reading: APIClient) -> None:
    lifecycle.beat(running(), stage="download", done=300, total=100)
    assert reading.get(STATUS).json()["percent"] == 100


def test_a_run_whose_process_died_is_not_shown_as_running(reading: APIClient) -> None:
    running()
    SyncRun.objects.update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))
    assert reading.get(STATUS).json()["state"] == "idle"


def test_a_running_sync_is_shown_before_a_queued_one(reading: APIClient) -> None:
    lifecycle.queue(SyncRun.Trigger.API, lease_s=LEASE_S, queue_s=60)
    claim = running()
    assert reading.get(STATUS).json()["runId"] == claim.run_id


def test_the_status_says_why_scheduled_runs_are_suspended(reading: APIClient) -> None:
    claim, refusal = running(), LoginRejected("the ERP refuses the account")
    lifecycle.fail(claim, refusal)
    suspension.suspend(claim.run_id, refusal, sync_config())
    assert reading.get(STATUS).json()["suspended"] == "the ERP refuses the account"


# --- the schedule -----------------------------------------------------------------------------------------


def test_a_changed_interval_counts_from_now(steering: APIClient) -> None:
    before = timezone.now()
    answer = steering.post(FREQUENCY, {"intervalMinutes": 15})
    assert answer.status_code == 200
    assert answer.json()["intervalMinutes"] == current_schedule().interval_minutes == 15
    next_run = parse_datetime(answer.json()["nextRun"])
    assert next_run is not None
    # The API's times are in milliseconds.
    earliest, latest = before - timedelta(milliseconds=1), timezone.now()
    assert earliest <= next_run - timedelta(minutes=15) <= latest


@pytest.mark.parametrize("minutes", [5, 1440, 15.0])
def test_an_interval_may_be_five_minutes_to_a_day(steering: APIClient, minutes: float) -> None:
    assert steering.post(FREQUENCY, {"intervalMinutes": minutes}).json()["intervalMinutes"] == minutes


@pytest.mark.parametrize(
    "body",
    [
        {"intervalMinutes": 4},
        {"intervalMinutes": 1441},
        {"intervalMinutes": -15},
        {"intervalMinutes": 15.5},
        {"intervalMinutes": 1e300},
        {"intervalMinutes": "15"},
        {"intervalMinutes": True},
        {"intervalMinutes": None},
        {"intervalMinutes": [15]},
        {"intervalMinutes": {}},
        {"interval_minutes": 15},
        {},
        [],
        15,
        None,
    ],
)
def test_any_other_interval_is_refused_and_nothing_changes(steering: APIClient, body: Any) -> None:
    before = reading_of(steering)
    assert said(steering.post(FREQUENCY, body)) == (400, "invalid_interval")
    assert reading_of(steering) == before


def test_a_refused_interval_is_answered_with_what_to_send(steering: APIClient) -> None:
    assert steering.post(FREQUENCY, {"intervalMinutes": 4}).json() == {
        "error": "invalid_interval",
        "message": "intervalMinutes: Enter a whole number of minutes, from 5 to 1440 (one day).",
    }


def test_a_refused_interval_is_told_in_italian_too(steering: APIClient) -> None:
    answer = steering.post(FREQUENCY, {"intervalMinutes": 4}, headers={"Accept-Language": "it"})
    assert answer.json()["message"].startswith("intervalMinutes: Inserisci un numero intero di minuti")


def reading_of(api: APIClient) -> dict[str, Any]:
    answer: dict[str, Any] = api.get(FREQUENCY).json()
    return answer


@pytest.mark.parametrize(
    "body", ["{", "", "NaN", '{"intervalMinutes": 1e999}', '{"intervalMinutes": Infinity}']
)
def test_what_is_not_json_is_refused(steering: APIClient, body: str) -> None:
    status, code = said(steering.generic("POST", FREQUENCY, body, content_type="application/json"))
    assert status == 400
    assert code in {"parse_error", "invalid_interval"}


def test_a_form_is_refused(steering: APIClient) -> None:
    answer = steering.generic("POST", FREQUENCY, "intervalMinutes=15", "application/x-www-form-urlencoded")
    assert said(answer) == (415, "unsupported_media_type")


def test_the_schedule_is_turned_off_and_on(steering: APIClient) -> None:
    assert steering.post(STOP).json()["enabled"] is False
    assert steering.get(STATUS).json()["nextRun"] is None
    assert steering.post(START).json()["enabled"] is True
    assert current_schedule().enabled


def test_a_suspension_is_ended(steering: APIClient) -> None:
    claim, refusal = running(), LoginRejected("the ERP refuses the account")
    lifecycle.fail(claim, refusal)
    suspension.suspend(claim.run_id, refusal, sync_config())
    assert [steering.post(RESUME).status_code for _ in range(2)] == [200, 200]
    assert steering.get(STATUS).json()["suspended"] is None


# --- permissions ----------------------------------------------------------------------------------------


STEERING_CALLS = [
    (SYNC, "run_sync"),
    (FREQUENCY, "edit_schedule"),
    (START, "edit_schedule"),
    (STOP, "edit_schedule"),
    (RESUME, "edit_schedule"),
]


@pytest.mark.parametrize(("path", "permission"), STEERING_CALLS)
def test_steering_takes_staff_with_the_permission(path: str, permission: str) -> None:
    others = {"run_sync", "edit_schedule", "decide_run"} - {permission}
    lay = reader()
    lay.user_permissions.set(staff(permission, name="sara").user_permissions.all())
    body = {"intervalMinutes": 15}
    assert said(APIClient().post(path, body)) == (401, "not_authenticated")
    assert said(client_of(lay).post(path, body)) == (403, "permission_denied")
    assert said(client_of(staff(*others)).post(path, body)) == (403, "permission_denied")
    assert client_of(staff(permission, name="stella")).post(path, body).status_code in {200, 202}


@pytest.mark.parametrize("path", [STATUS, FREQUENCY, "/api/customers/sync/metrics"])
def test_the_state_of_syncs_is_read_with_the_permission_for_runs(path: str) -> None:
    assert said(APIClient().get(path)) == (401, "not_authenticated")
    assert said(client_of(account("view_customer")).get(path)) == (403, "permission_denied")
    assert client_of(account("view_syncrun", name="rita")).get(path).status_code == 200


def test_the_token_of_an_inactive_user_is_refused() -> None:
    user = staff("run_sync")
    api = client_of(user)
    user.is_active = False
    user.save()
    assert said(api.get(STATUS)) == (401, "authentication_failed")


def test_steering_is_limited_per_person_and_reading_is_not(settings: Any) -> None:
    settings.API_STEERING_RATE = "2/minute"
    hasty, calm = client_of(staff("edit_schedule")), client_of(staff("edit_schedule", name="stella"))
    assert [hasty.post(START).status_code for _ in range(2)] == [200, 200]
    refusal = hasty.post(START)
    assert said(refusal) == (429, "throttled")
    assert 0 < int(refusal["Retry-After"]) <= 60
    assert hasty.get(FREQUENCY).status_code == 200
    assert calm.post(START).status_code == 200


def test_steering_works_while_the_cache_is_unreachable(steering: APIClient, settings: Any) -> None:
    settings.CACHES = NO_CACHE
    assert steering.post(STOP).status_code == 200


# --- the counters -----------------------------------------------------------------------------------------


def test_the_metrics_have_the_documented_keys(reading: APIClient) -> None:
    assert reading.get("/api/customers/sync/metrics").json() == {
        "lastSyncTime": None,
        "lastResult": None,
        "totalSyncs": 0,
        "consecutiveFailures": 0,
        "averageDuration": 0,
        "health": "healthy",
    }


def test_the_counters_take_no_query_besides_the_login(reading: APIClient) -> None:
    claim = running()
    lifecycle.fail(claim, ErpTimeout("too long"))
    cache.clear()
    metrics()
    with CaptureQueriesContext(connection) as queries:
        answer = reading.get("/api/customers/sync/metrics")
    assert answer.status_code == 200
    login = ("access_apitoken", "auth_permission")
    assert [query["sql"] for query in queries if not any(table in query["sql"] for table in login)] == []
