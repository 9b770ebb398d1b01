"""The schedule page: permissions, validation, and that changes take effect."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from sync.config import sync_config
from sync.errors import LoginRejected
from sync.monitoring import suspension
from sync.scheduling.schedule import current_schedule, set_enabled
from tests.accounts import operator, viewer
from tests.api_calls import client_of
from tests.browsing import browsing, in_database
from tests.sync.scripted import fail

pytestmark = pytest.mark.django_db

PAGE = "/admin/sync/schedule/"


def saved(client: Client, **values: str) -> str:
    return client.post(PAGE, values, follow=True).content.decode()


def test_a_viewer_sees_the_schedule_and_no_form(client: Client) -> None:
    client.force_login(viewer())
    page = client.get(PAGE).content.decode()
    assert "Minutes between two syncs" in page
    assert 'id="schedule-form"' not in page


def test_a_viewer_can_not_post_a_change(client: Client) -> None:
    client.force_login(viewer())
    assert client.post(PAGE, {"interval": "15", "enabled": "on"}).status_code == 403
    assert current_schedule().interval_minutes == 30


@pytest.mark.parametrize("interval", ["4", "1441", "", "ten", "7.5", "-30", "١٥٠٠٠"])
def test_an_invalid_interval_shows_an_error_and_changes_nothing(client: Client, interval: str) -> None:
    client.force_login(operator())
    page = saved(client, interval=interval, enabled="")
    assert "Enter a whole number of minutes, from 5 to 1440 (one day)." in page
    assert (current_schedule().interval_minutes, current_schedule().enabled) == (30, True)


def test_a_schedule_that_is_off_shows_no_next_sync(client: Client) -> None:
    client.force_login(operator())
    assert "There are no automatic syncs until this is turned on again." in saved(client, interval="30")
    assert not current_schedule().enabled


def test_saving_without_a_change_keeps_the_time_of_the_next_sync(client: Client) -> None:
    client.force_login(operator())
    before = current_schedule().next_run
    saved(client, interval="30", enabled="on")
    assert current_schedule().next_run == before


def test_a_suspension_is_shown(client: Client) -> None:
    run_id = fail().run_id
    assert run_id is not None
    suspension.suspend(run_id, LoginRejected("the ERP refuses user or password"), sync_config())
    client.force_login(operator())
    page = client.get(PAGE).content.decode()
    assert "Scheduled syncs are suspended" in page
    assert "Resume scheduled syncs" in page


def test_an_operator_edits_the_interval_and_rest_returns_it(
    live_server: LiveServer,
) -> None:
    before = timezone.now()
    rest = client_of(operator("olga"))
    with browsing(live_server.url, operator()) as page:
        page.goto(PAGE)
        page.get_by_label("Minutes between two syncs").fill("15")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".messagelist")).to_contain_text("Saved. The next sync is at")
        next_run = in_database(current_schedule).next_run
    assert next_run is not None
    assert before <= next_run - timedelta(minutes=15) <= timezone.now()
    assert rest.get("/api/admin/sync/frequency").json()["intervalMinutes"] == 15


def test_an_error_is_shown_next_to_its_field(live_server: LiveServer) -> None:
    with browsing(live_server.url, operator()) as page:
        page.goto(PAGE)
        page.get_by_label("Minutes between two syncs").fill("3")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#id_interval_error")).to_contain_text("from 5 to 1440")
        described_by = page.get_by_label("Minutes between two syncs").get_attribute("aria-describedby") or ""
        assert "id_interval_error" in described_by


def test_a_stale_form_does_not_turn_the_schedule_on_again(client: Client) -> None:
    client.force_login(operator())
    page = client.get("/admin/sync/schedule/")
    assert page.status_code == 200
    form = page.context["form"]
    sent = {"interval": "45", "enabled": "on"}
    for field in form:
        if field.field.show_hidden_initial:
            sent[field.html_initial_name] = field.value()
    # By another person.
    set_enabled(False)
    client.post("/admin/sync/schedule/", sent)
    now = current_schedule()
    assert (now.interval_minutes, now.enabled) == (45, False)
