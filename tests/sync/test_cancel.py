"""A running sync is cancelled from another process: it writes nothing, and ends as stopped."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from rest_framework.test import APIClient

from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.errors import NotRunning, Stopped
from sync.models import Alert, HeldList, SyncRun
from sync.monitoring.metrics import from_history, metrics
from sync.pipeline import approve
from sync.runs import lifecycle
from sync.runs.progress import Progress
from tests.accounts import operator, viewer
from tests.api_calls import client_of, staff
from tests.conftest import DrawList
from tests.processes import command, environment
from tests.sync.management.clusters import processes_of
from tests.sync.management.stages import held_in
from tests.sync.sync_once import kept_run, sync_file
from tests.waiting import WAIT_S, wait_until

CANCEL, PANEL, BUTTON = "/api/customers/sync/cancel", "/admin/sync/now/", "/admin/sync/now/cancel/"
LEASE_S = 45.0


def cancel_when_compared(progress: Progress) -> None:
    if progress.stage == "compare":
        lifecycle.cancel(by="carla", lease_s=LEASE_S)


@contextmanager
def foreground_sync() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command("runsync"), env=environment(SYNC_HEARTBEAT_S="0.5"), stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stage", ["export", "read"])
def test_a_cancelled_sync_ends_soon_and_leaves_no_browser(
    stage: str, erp_settings: ErpSimulator, settings: Any, tmp_path: Path
) -> None:
    with held_in(stage, erp_settings, tmp_path) as wait_for_stage, foreground_sync() as process:
        wait_for_stage()
        answer = client_of(staff("run_sync")).post(CANCEL)
        process.wait(WAIT_S)
    run = SyncRun.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"runId": run.pk})
    assert (run.state, run.error_code) == ("failed", "stopped")
    assert run.error_message == "the sync was cancelled by sergio; nothing was written"
    assert not Customer.objects.exists()
    wait_until(lambda: processes_of(settings.DATA_DIR) == [])


@pytest.mark.django_db
@pytest.mark.parametrize("is_dry", [False, True])
def test_a_sync_that_is_cancelled_just_before_it_writes_writes_nothing(
    people: list[SimCustomer], draw_list: DrawList, is_dry: bool
) -> None:
    result = sync_file(draw_list(people), on_progress=cancel_when_compared, is_dry=is_dry)
    assert isinstance(result.error, Stopped)
    assert (result.state, Customer.objects.count()) == ("failed", 0)


@pytest.mark.django_db
def test_a_list_that_would_be_held_is_not_kept_when_it_is_cancelled(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    assert sync_file(draw_list(people[:9]), on_progress=cancel_when_compared).state == "failed"
    assert not HeldList.objects.exists()


@pytest.mark.django_db
def test_an_approval_that_is_cancelled_waits_for_a_decision_again(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    held = kept_run(sync_file(draw_list(people[:9])))

    assert approve(held.pk, sync_config(), by="dora", on_progress=cancel_when_compared).state == "held"
    assert approve(held.pk, sync_config(), by="dora").state == "succeeded"


@pytest.mark.django_db
def test_a_cancelled_sync_is_no_failed_one(people: list[SimCustomer], draw_list: DrawList) -> None:
    sync_file(draw_list(people))
    before = metrics()
    for _ in range(3):
        assert sync_file(draw_list(people), on_progress=cancel_when_compared).state == "failed"
    assert metrics() == from_history().as_json() == before
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_nothing_is_cancelled_where_no_sync_runs() -> None:
    api = client_of(staff("run_sync"))
    lifecycle.queue(SyncRun.Trigger.API, lease_s=LEASE_S, queue_s=60)
    answer = api.post(CANCEL)
    assert (answer.status_code, answer.json()["error"]) == (409, "sync_not_running")
    assert SyncRun.objects.get().state == "queued"


@pytest.mark.django_db
def test_a_run_whose_process_died_can_not_be_cancelled() -> None:
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    SyncRun.objects.update(heartbeat_at=Now() - timedelta(seconds=LEASE_S + 1))
    with pytest.raises(NotRunning):
        lifecycle.cancel(by="carla", lease_s=LEASE_S)
    assert SyncRun.objects.get().state == "abandoned"


@pytest.mark.django_db
def test_cancelling_takes_staff_with_the_permission_to_sync() -> None:
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert APIClient().post(CANCEL).status_code == 401
    assert client_of(staff("edit_schedule", "decide_run")).post(CANCEL).status_code == 403


@pytest.mark.django_db
def test_the_button_on_the_sync_page_cancels_the_running_sync(client: Client) -> None:
    client.force_login(operator())
    assert "sync-cancel" not in client.get(PANEL).content.decode()
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert "sync-cancel" in client.get(PANEL).content.decode()
    shown = client.post(BUTTON, follow=True).content.decode()
    assert "The sync is being cancelled" in shown
    assert SyncRun.objects.get().cancelled_by == "oreste"


@pytest.mark.django_db
def test_a_viewer_can_not_cancel(client: Client) -> None:
    client.force_login(viewer())
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert "sync-cancel" not in client.get(PANEL).content.decode()
    assert client.post(BUTTON).status_code == 403
