"""The REST API with a real cluster: queue a sync and poll its status until it ends."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from sync.scheduling import schedule
from tests.api_calls import client_of, staff
from tests.sync.management.clusters import NEVER, cluster
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

STATUS = "/api/customers/sync/status"


@pytest.fixture
def steering() -> APIClient:
    return client_of(staff("run_sync", "edit_schedule"))


def test_a_sync_is_followed_from_queued_to_done(erp_settings: ErpSimulator, steering: APIClient) -> None:
    erp_settings.faults.export_delay = 1.5
    seen: list[dict[str, Any]] = []

    def is_over() -> bool:
        seen.append(steering.get(STATUS).json())
        return bool(seen[-1]["state"] == "idle")

    schedule.set_enabled(False)
    run_id = steering.post("/api/customers/sync").json()["runId"]
    assert steering.get(STATUS).json()["state"] == "queued"
    with cluster():
        wait_until(is_over)
    run = steering.get(f"/api/customers/sync/runs/{run_id}").json()
    assert (run["state"], run["trigger"], run["counts"]["new"]) == ("succeeded", "api", 60)
    assert {status["runId"] for status in seen[:-1]} == {run_id}
    assert {"queued", "running"} <= {status["state"] for status in seen}
    assert "export" in {status["stage"] for status in seen}
    assert steering.get("/api/customers").json()["count"] == Customer.objects.count() == 60
    counters = steering.get("/api/customers/sync/metrics").json()
    assert (counters["totalSyncs"], counters["lastResult"]["newCustomers"]) == (1, 60)


def test_the_process_is_ready_while_a_cluster_is_up(erp_settings: ErpSimulator, client: Any) -> None:
    assert client.get("/healthz/ready").status_code == 503
    with cluster(SYNC_STARTUP_DELAY_S=NEVER):
        wait_until(lambda: client.get("/healthz/ready").status_code == 200)
