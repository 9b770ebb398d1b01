"""The sync page: what it shows, who may start a sync, and how it updates while a sync runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.errors import ErpConnectionTimedOut, LoginRejected, SyncError
from sync.models import Suspension, SyncRun
from sync.monitoring import suspension
from sync.runs import lifecycle
from tests.accounts import operator, superuser, viewer
from tests.api_calls import account
from tests.browsing import browsing, in_database
from tests.conftest import DrawList
from tests.queries import queries_of
from tests.staff_pages import held, synced
from tests.sync.management.clusters import cluster
from tests.sync.scripted import fail

pytestmark = pytest.mark.django_db

PAGE, LIVE, START, RESUME = (f"/admin/sync/now/{end}" for end in ("", "live/", "start/", "resume/"))


def page_of(client: Client, user: User, path: str = PAGE) -> str:
    client.force_login(user)
    return client.get(path).content.decode()


def suspended(error: SyncError | None = None) -> None:
    error = error or LoginRejected("the ERP refuses user or password")
    suspension.suspend(synced_nothing(), error, sync_config())


def synced_nothing() -> int:
    run_id = fail().run_id
    assert run_id is not None
    return run_id


def test_before_the_first_sync_it_says_so(client: Client) -> None:
    assert "No sync has run yet." in page_of(client, viewer())


def test_the_last_sync_is_shown_with_its_counts(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    assert "60 customers: 60 new" in page_of(client, viewer())


def test_the_reasons_to_hold_a_list_are_in_the_reader_s_language(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    held(people, draw_list)
    client.force_login(viewer())
    page = client.get(PAGE, headers={"Accept-Language": "it"}).content.decode()
    assert "L&#x27;elenco ha 30 clienti, ma quelli attivi sono 60" in page
    assert "the list has" not in page


def test_the_start_page_shows_the_panel(client: Client) -> None:
    assert 'id="sync-panel"' in page_of(client, viewer(), "/admin/")


@pytest.mark.parametrize("path", ["/admin/", PAGE, LIVE])
def test_a_viewer_gets_from_the_panel_to_the_customers(client: Client, path: str) -> None:
    assert (
        'href="/admin/customers/customer/"'
        in page_of(client, viewer(), path).split('id="sync-live"')[1][:4000]
    )


def test_staff_that_may_not_see_runs_sees_no_panel(client: Client) -> None:
    nobody = User.objects.create_user("nino", is_staff=True)
    assert 'id="sync-panel"' not in page_of(client, nobody, "/admin/")
    assert [client.get(path).status_code for path in (PAGE, LIVE)] == [403, 403]


def test_a_viewer_has_no_button_and_can_not_post_a_start(client: Client) -> None:
    assert "sync-button" not in page_of(client, viewer())
    assert client.post(START).status_code == 403
    assert not SyncRun.objects.exists()


def test_who_may_not_see_syncs_can_not_steer_them_on_the_page(client: Client) -> None:
    client.force_login(account("run_sync", "edit_schedule", is_staff=True))
    assert [client.post(path).status_code for path in (START, RESUME)] == [403, 403]
    assert not SyncRun.objects.exists()


def test_an_anonymous_user_is_redirected_to_the_login(client: Client) -> None:
    assert client.get(PAGE)["Location"].startswith("/admin/login/")


def test_a_page_whose_session_has_expired_is_reloaded(client: Client) -> None:
    assert client.get(LIVE, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_a_start_needs_a_post(client: Client) -> None:
    client.force_login(operator())
    assert client.get(START).status_code == 405


def test_without_scripts_the_button_queues_a_sync_too(client: Client) -> None:
    client.force_login(operator())
    assert client.post(START)["Location"] == PAGE
    run = SyncRun.objects.get()
    assert (run.state, run.trigger, run.requested_by) == ("queued", "admin", "oreste")


def test_the_button_is_disabled_while_a_sync_waits(client: Client) -> None:
    client.force_login(operator())
    client.post(START)
    assert 'class="button default" disabled' in client.get(PAGE).content.decode()


def test_a_second_start_says_why_not(client: Client) -> None:
    client.force_login(operator())
    client.post(START)
    assert "Not started:" in client.post(START, follow=True).content.decode()
    assert SyncRun.objects.count() == 1


def test_failures_in_a_row_are_shown_with_a_link_to_the_run(client: Client) -> None:
    run_id = synced_nothing()
    SyncRun.objects.create(trigger="schedule", state="held", created_at=timezone.now())
    page = page_of(client, viewer()).split("Failed syncs in a row")[1][:300]
    page = "Failed syncs in a row" + page
    assert "Failed syncs in a row: 1." in page
    assert f"/admin/sync/syncrun/{run_id}/change/" in page


def test_failures_in_a_row_link_to_the_run_that_failed_and_not_to_a_later_dry_run(client: Client) -> None:
    run_id, dry = synced_nothing(), fail(is_dry=True).run_id
    link = page_of(client, viewer()).split("Failed syncs in a row")[1][:300]
    assert f"/admin/sync/syncrun/{run_id}/change/" in link
    assert f"/admin/sync/syncrun/{dry}/change/" not in link


def test_failures_in_a_row_do_not_link_to_a_run_that_never_started(client: Client) -> None:
    run_id = synced_nothing()
    SyncRun.objects.create(trigger="api", state="abandoned", created_at=timezone.now())
    link = page_of(client, viewer()).split("Failed syncs in a row")[1][:300]
    assert f"/admin/sync/syncrun/{run_id}/change/" in link


def test_a_held_list_is_shown(client: Client, people: list[SimCustomer], draw_list: DrawList) -> None:
    synced(draw_list(people))
    held(people, draw_list)
    assert "A list waits for a decision" in page_of(client, viewer())


@pytest.mark.parametrize("path", [PAGE, "/admin/sync/schedule/"])
def test_a_suspension_for_a_silent_host_says_that_it_ends_by_itself(client: Client, path: str) -> None:
    suspended(ErpConnectionTimedOut("the ERP's host answers no connection"))
    page = page_of(client, operator(), path)
    assert "They resume automatically when the ERP answers again." in page
    assert "Resume them only when" not in page


def test_an_operator_resumes_what_a_rejected_password_suspended(client: Client) -> None:
    suspended()
    assert "Resume scheduled syncs" in page_of(client, operator())
    assert "Scheduled syncs are resumed." in client.post(RESUME, follow=True).content.decode()
    assert not Suspension.objects.exists()


def test_a_viewer_can_not_resume(client: Client) -> None:
    suspended()
    page = page_of(client, viewer())
    assert "Scheduled syncs are suspended" in page
    assert "Resume scheduled syncs" not in page
    assert client.post(RESUME).status_code == 403
    assert Suspension.objects.exists()


def test_the_live_part_shows_done_of_total_and_per_cent(client: Client) -> None:
    claim = lifecycle.claim("schedule", lease_s=60)
    lifecycle.beat(claim, stage="read", done=64, total=256)
    live = page_of(client, viewer(), LIVE)
    assert "Reading the report: 64 / 256 (25 %)" in live
    assert 'hx-trigger="every 1s"' in live


def test_the_live_part_polls_less_often_while_idle(client: Client) -> None:
    assert 'hx-trigger="every 8s"' in page_of(client, viewer(), LIVE)


def test_a_finished_sync_is_announced_once(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    run_id = synced(draw_list(people))
    assert "Sync finished." in page_of(client, viewer(), f"{LIVE}?after=0")
    assert "Sync finished." not in client.get(f"{LIVE}?after={run_id}").content.decode()


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40])
def test_an_invalid_after_is_ignored(client: Client, after: str) -> None:
    client.force_login(viewer())
    answer = client.get(LIVE, {"after": after})
    assert answer.status_code == 200
    assert b"Sync finished." not in answer.content


def succeeded(count: int) -> None:
    moment = timezone.now()
    SyncRun.objects.bulk_create(
        SyncRun(trigger="schedule", state="succeeded", created_at=moment - timedelta(minutes=number))
        for number in range(count)
    )


@pytest.mark.parametrize("path", [PAGE, LIVE, f"{LIVE}?after=0", "/admin/"])
def test_the_panel_makes_no_more_queries_for_more_runs(client: Client, path: str) -> None:
    client.force_login(superuser())
    succeeded(2)
    for_two = queries_of(lambda: client.get(path))
    succeeded(38)
    assert queries_of(lambda: client.get(path)) == for_two


def same_page(page: Page) -> bool:
    return bool(page.evaluate("window.samePage === true"))


def test_an_operator_syncs_now_and_sees_progress_without_a_reload(
    live_server: LiveServer, erp_settings: ErpSimulator
) -> None:
    erp_settings.faults.export_delay = 3.0
    with cluster(SYNC_STARTUP_DELAY_S="600"), browsing(live_server.url, operator()) as page:
        page.goto(PAGE)
        page.evaluate("window.samePage = true")
        page.get_by_role("button", name="Sync now").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#sync-button")).to_be_disabled()
        label = page.locator("#sync-progress label")
        expect(label).to_contain_text("Waiting for the ERP's export")
        news = page.locator("#sync-news")
        expect(news).to_contain_text("Sync finished. 60 customers: 60 new.")
        expect(page.locator("#sync-button")).to_be_enabled()
        expect(page.locator("#sync-chart svg").first).to_be_visible()
        expect(news).to_have_text("")
        assert same_page(page)
        assert in_database(lambda: SyncRun.objects.get().requested_by) == "oreste"


def test_an_unreachable_server_is_shown_until_it_answers_again(live_server: LiveServer) -> None:
    with browsing(live_server.url, viewer(), may_fail_to_load=True) as page:
        page.goto(PAGE)
        page.context.set_offline(True)
        expect(page.locator("#sync-offline")).to_be_visible()
        page.context.set_offline(False)
        expect(page.locator("#sync-offline")).to_be_hidden()
