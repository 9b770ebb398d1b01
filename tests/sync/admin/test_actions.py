"""Who did what, from where, and with how many customers, over the pages, REST and commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from customers.actions import COMMAND_ACCOUNT, action_of
from scripts.erp_simulator.world import SimCustomer
from sync import tasks
from sync.config import sync_config
from sync.errors import LoginRejected
from sync.models import SyncRun
from sync.monitoring import suspension
from sync.runs import lifecycle
from sync.scheduling.schedule import ensure_schedule
from tests.accounts import operator, superuser, viewer
from tests.api_calls import client_of
from tests.conftest import DrawList
from tests.staff_pages import held, synced

pytestmark = pytest.mark.django_db

ADDRESS = "192.0.2.7"
LIST = "/admin/admin/logentry/"
Lists = tuple[list[SimCustomer], DrawList]


@pytest.fixture
def lists(people: list[SimCustomer], draw_list: DrawList) -> Lists:
    return people, draw_list


def said() -> list[tuple[str, str, str]]:
    """Return account, origin and text of all entries, oldest first."""
    entries = LogEntry.objects.order_by("pk").select_related("user")
    return [(entry.user.get_username(), *_shown(entry)) for entry in entries]


def _shown(entry: LogEntry) -> tuple[str, str]:
    action = action_of(entry)
    return action.origin, action.text


def held_run(lists: Lists) -> int:
    people, draw_list = lists
    synced(draw_list(people))
    return held(people, draw_list)


def suspended() -> None:
    claim = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=45.0)
    error = LoginRejected("the ERP refuses user or password")
    lifecycle.fail(claim, error)
    suspension.suspend(claim.run_id, error, sync_config())


@pytest.fixture
def page(client: Client) -> Callable[..., Any]:
    """Return a function that posts a form as the operator."""
    client.force_login(operator())
    return lambda path, **form: client.post(f"/admin/sync/{path}", form, REMOTE_ADDR=ADDRESS)


@pytest.fixture
def call() -> Callable[..., Any]:
    """Return a function that posts JSON as the operator, with a token."""
    programs = client_of(operator())
    return lambda path, **body: programs.post(f"/api/{path}", body, format="json", REMOTE_ADDR=ADDRESS)


def test_the_schedule_page_records_interval_and_off(page: Callable[..., Any]) -> None:
    page("schedule/", interval=45)
    assert said() == [
        ("oreste", ADDRESS, "changed the interval from 30 to 45 minutes"),
        ("oreste", ADDRESS, "turned automatic syncs off"),
    ]


def test_saving_an_unchanged_schedule_records_nothing(page: Callable[..., Any]) -> None:
    page("schedule/", interval=30, enabled="on")
    assert said() == []


def test_rest_records_interval_off_and_on(call: Callable[..., Any]) -> None:
    call("admin/sync/frequency", intervalMinutes=15)
    call("admin/sync/stop")
    call("admin/sync/start")
    assert [text for _who, _origin, text in said()] == [
        "changed the interval from 30 to 15 minutes",
        "turned automatic syncs off",
        "turned automatic syncs on",
    ]
    assert {who[:2] for who in said()} == {("oreste", ADDRESS)}


def test_a_refused_interval_records_nothing(call: Callable[..., Any]) -> None:
    assert call("admin/sync/frequency", intervalMinutes=1).status_code == 400
    assert said() == []


@pytest.mark.parametrize("door", ["page", "call"])
def test_sync_now_is_recorded(door: str, request: pytest.FixtureRequest) -> None:
    ensure_schedule()
    request.getfixturevalue(door)("now/start/" if door == "page" else "customers/sync")
    assert said() == [("oreste", ADDRESS, f"started sync {SyncRun.objects.get().pk}")]


@pytest.mark.parametrize("decision", ["approve", "reject"])
@pytest.mark.parametrize("door", ["page", "call"])
def test_a_decision_is_recorded(
    door: str, decision: str, lists: Lists, request: pytest.FixtureRequest
) -> None:
    run_id = held_run(lists)
    path = f"syncrun/{run_id}/{decision}/" if door == "page" else f"customers/sync/runs/{run_id}/{decision}"
    request.getfixturevalue(door)(path)
    verb = {"approve": "approved", "reject": "rejected"}[decision]
    assert said() == [("oreste", ADDRESS, f"{verb} the list of sync {run_id}")]


def test_resuming_is_recorded(page: Callable[..., Any]) -> None:
    suspended()
    page("now/resume/")
    page("now/resume/")
    assert said() == [("oreste", ADDRESS, "resumed the scheduled syncs")]


def test_a_download_is_recorded_with_its_filter_and_number_and_without_its_search(
    client: Client, lists: Lists
) -> None:
    people, draw_list = lists
    synced(draw_list(people))
    client.force_login(viewer())
    path = "/admin/customers/customer/export/xlsx/"
    client.get(path, {"q": people[0].name, "status": "active"}, REMOTE_ADDR=ADDRESS)
    assert said() == [("vera", ADDRESS, "downloaded customers as xlsx, 1 in all (status=active, a search)")]
    entry = LogEntry.objects.get()
    assert people[0].name not in entry.change_message + entry.object_repr


@pytest.mark.parametrize("path", ["/admin/customers/customer/export/csv/", "/api/customers/export"])
def test_a_filter_by_a_city_that_no_customer_has_is_recorded_without_it(
    path: str, client: Client, lists: Lists
) -> None:
    people, draw_list = lists
    synced(draw_list(people))
    client.force_login(viewer())
    client.get(path, {"city": people[0].city})
    client.get(path, {"city": people[0].name})
    assert [text.partition("(")[2] for _, _, text in said()] == [f"city={people[0].city})", "city)"]


def test_the_id_at_which_a_download_begins_is_not_recorded(client: Client, lists: Lists) -> None:
    people, draw_list = lists
    synced(draw_list(people))
    client.force_login(viewer())
    client.get("/api/customers/export", {"after": "832"})
    assert "832" not in LogEntry.objects.get().change_message


def test_a_download_of_all_customers_says_so(client: Client, lists: Lists) -> None:
    people, draw_list = lists
    synced(draw_list(people))
    client.force_login(viewer())
    client.get("/admin/customers/customer/export/csv/", REMOTE_ADDR=ADDRESS)
    assert said() == [("vera", ADDRESS, "downloaded customers as csv, 60 in all (all customers)")]


@pytest.mark.parametrize("path", ["/admin/customers/customer/export/csv/", "/api/customers/export"])
def test_asking_for_the_headers_of_a_download_is_no_download(path: str, client: Client, lists: Lists) -> None:
    people, draw_list = lists
    synced(draw_list(people))
    client.force_login(viewer())
    answer = client.head(path)
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/csv")
    assert said() == []


def test_a_dry_run_over_rest_is_recorded_as_one(call: Callable[..., Any]) -> None:
    ensure_schedule()
    call("customers/sync", dryRun=True)
    assert said() == [("oreste", ADDRESS, f"started dry run {SyncRun.objects.get().pk}")]


def test_a_dry_run_of_the_command_is_recorded_as_one(lists: Lists) -> None:
    people, draw_list = lists
    call_command("runsync", pdf=draw_list(people), dry_run=True)
    assert [text for _who, _origin, text in said()] == [f"started dry run {SyncRun.objects.get().pk}"]


def test_commands_are_recorded_with_the_account_of_the_system(
    lists: Lists, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOGNAME", "carla")
    people, draw_list = lists
    call_command("runsync", pdf=draw_list(people))
    run_id = held(people, draw_list)
    call_command("runsync", approve=run_id)
    viewer()
    call_command("createapitoken", "vera", "--renew")
    call_command("createapitoken", "vera", "--renew")
    first = SyncRun.objects.order_by("pk")[0].pk
    assert said() == [
        (COMMAND_ACCOUNT, "carla", f"started sync {first}"),
        (COMMAND_ACCOUNT, "carla", f"approved the list of sync {run_id}"),
        (COMMAND_ACCOUNT, "carla", "made a token for vera"),
        (COMMAND_ACCOUNT, "carla", "revoked a token of vera"),
        (COMMAND_ACCOUNT, "carla", "made a token for vera"),
    ]
    account = User.objects.get(username=COMMAND_ACCOUNT)
    assert (account.is_active, account.has_usable_password()) == (False, False)


def test_superusers_see_the_actions_in_their_language(client: Client, page: Callable[..., Any]) -> None:
    page("schedule/", interval=1440)
    client.force_login(superuser())
    shown = client.get(LIST, headers={"Accept-Language": "en"}).content.decode()
    for text in ("oreste", ADDRESS, "changed the interval from 30 to 1,440 minutes"):
        assert text in shown


@pytest.mark.parametrize(
    ("asked", "count"),
    [({"kind": "interval"}, 1), ({"kind": "export"}, 0), ({"done": "7"}, 2), ({"kind": "made up"}, 2)],
)
def test_the_actions_are_filtered_by_kind_and_time(
    client: Client, page: Callable[..., Any], asked: dict[str, str], count: int
) -> None:
    page("schedule/", interval=45)
    client.force_login(superuser())
    assert client.get(LIST, asked).content.decode().count(ADDRESS) == count


def test_the_actions_are_filtered_by_account(client: Client, page: Callable[..., Any]) -> None:
    page("schedule/", interval=45)
    other = superuser()
    client.force_login(other)
    client.post("/admin/sync/now/start/")
    shown = client.get(LIST, {"user__id__exact": other.pk}).content.decode()
    assert (shown.count(ADDRESS), "started sync" in shown) == (0, True)


@pytest.mark.parametrize("who", [viewer, operator])
def test_nobody_else_sees_the_actions(client: Client, who: Callable[[], User]) -> None:
    person = who()
    person.user_permissions.set(_log_permissions())
    client.force_login(person)
    assert client.get(LIST).status_code == 403
    assert LIST not in client.get("/admin/").content.decode()


def _log_permissions() -> Any:
    return Permission.objects.filter(content_type__app_label="admin")


def test_an_account_with_actions_can_not_be_deleted_in_the_pages(
    client: Client, page: Callable[..., Any]
) -> None:
    page("schedule/", interval=45)
    person = User.objects.get(username="oreste")
    client.force_login(superuser())
    assert client.post(f"/admin/auth/user/{person.pk}/delete/", {"post": "yes"}).status_code == 403
    assert len(said()) == 2


def test_old_actions_are_removed_at_night(page: Callable[..., Any]) -> None:
    page("schedule/", interval=45)
    newest = LogEntry.objects.latest("pk")
    old = LogEntry.objects.exclude(pk=newest.pk)
    old.update(action_time=timezone.now() - timedelta(days=366))
    newest.action_time = timezone.now() - timedelta(days=364)
    newest.save()
    tasks.remove_old_runs()
    assert list(LogEntry.objects.values_list("pk", flat=True)) == [newest.pk]
