"""Runs are read-only in the admin."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.models import SyncRun
from sync.pipeline import run_sync
from sync.sources import FileSource
from tests.conftest import DrawList
from tests.queries import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client: Client) -> Client:
    """Staff that may see runs and customers, and nothing else."""
    user = User.objects.create_user("vera", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_syncrun", "view_customer", "view_syncattempt"])
    )
    client.force_login(user)
    return client


def synced(path: Path) -> int:
    result = run_sync(FileSource(path), sync_config(), trigger=SyncRun.Trigger.CLI, requested_by="carla")
    assert result.run_id is not None
    return result.run_id


def test_a_run_is_listed_with_who_asked_for_it(
    viewer: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    page = viewer.get("/admin/sync/syncrun/").content.decode()
    assert "carla" in page


def test_a_run_shows_its_attempts_with_their_errors(
    viewer: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    run_id = synced(draw_list(people, footer=False))
    page = viewer.get(f"/admin/sync/syncrun/{run_id}/change/").content.decode()
    assert page.count("list_unproven") >= 2


def test_a_run_can_not_be_changed(viewer: Client, people: list[SimCustomer], draw_list: DrawList) -> None:
    run_id = synced(draw_list(people))
    answer = viewer.post(f"/admin/sync/syncrun/{run_id}/change/", {"state": "failed"})
    assert answer.status_code == 403
    assert SyncRun.objects.get(pk=run_id).state == "succeeded"


def test_a_superuser_can_not_add_or_delete_a_run(
    admin_client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    run_id = synced(draw_list(people))
    assert admin_client.get("/admin/sync/syncrun/add/").status_code == 403
    assert admin_client.post(f"/admin/sync/syncrun/{run_id}/delete/", {"post": "yes"}).status_code == 403
    assert SyncRun.objects.filter(pk=run_id).exists()


def test_staff_without_the_permission_sees_no_run(client: Client) -> None:
    client.force_login(User.objects.create_user("nino", is_staff=True))
    assert client.get("/admin/sync/syncrun/").status_code == 403


@pytest.mark.parametrize("model", ["django_q/schedule", "django_q/ormq", "authtoken/tokenproxy"])
def test_schedules_queues_and_tokens_have_no_admin(admin_client: Client, model: str) -> None:
    assert admin_client.get(f"/admin/{model}/").status_code == 404


def test_the_list_of_runs_makes_no_more_queries_for_more_rows(
    admin_client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    def opened() -> None:
        assert admin_client.get("/admin/sync/syncrun/").status_code == 200

    path = draw_list(people)
    synced(path)
    for_one = queries_of(opened)
    for _ in range(3):
        synced(path)
    assert queries_of(opened) == for_one
