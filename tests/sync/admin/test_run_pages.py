"""The page of one run, and its actions: approve, reject, run again."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from customers.models import Customer
from scripts.erp_simulator import world
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer
from sync.errors import ErpUnreachable
from sync.models import SyncAttempt, SyncRun
from tests.accounts import operator, viewer
from tests.api_calls import account
from tests.browsing import browsing, in_database
from tests.conftest import DrawList
from tests.staff_pages import failed_in_the_browser, held, synced
from tests.sync.scripted import fail, sync
from tests.sync.sync_once import kept_run, sync_file

pytestmark = pytest.mark.django_db

LIST = "/admin/sync/syncrun/"
STEPS = ("approve", "reject", "again")


def address(run_id: int | None, step: str = "change") -> str:
    return f"{LIST}{run_id}/{step}/"


def failed() -> int:
    run_id = fail().run_id
    assert run_id is not None
    return run_id


def active() -> int:
    return Customer.objects.filter(missing_since=None).count()


def test_a_failed_run_says_what_to_do(client: Client) -> None:
    run_id = fail().run_id
    client.force_login(viewer())
    page = client.get(address(run_id)).content.decode()
    assert "The column NOME is missing" in page
    assert "Show it again in the ERP." in page


def test_a_run_shows_whom_it_changed_with_old_and_new_values(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    (change,) = world.change(people, 1, seed=5)[:1]
    run_id = synced(draw_list(people))
    client.force_login(viewer())
    page = client.get(address(run_id)).content.decode()
    assert "What it changed: 1 customer" in page
    changed = Customer.objects.get(erp_id=change.erp_id)
    assert f'<a href="/admin/customers/customer/{changed.pk}/change/">' in page
    assert change.erp_id in page
    assert 'class="old"' in page


def test_many_changes_are_truncated_and_a_link_shows_all(client: Client, draw_list: DrawList) -> None:
    run_id = synced(draw_list(world.generate(230, seed=4)))
    client.force_login(viewer())
    assert client.get(address(run_id)).content.decode().count('scope="rowgroup"') == 200
    assert client.get(f"{address(run_id)}?all").content.decode().count('scope="rowgroup"') == 230


def test_the_customers_of_a_run_need_the_permission_to_see_customers(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    # Long numbers: one of five digits can be in the checksum of the file that the page shows.
    people = [replace(each, erp_id=f"77{each.erp_id}00077") for each in people]
    runs = synced(draw_list(people)), held(people, draw_list)
    client.force_login(account("view_syncrun", is_staff=True))
    for run_id in runs:
        answer = client.get(address(run_id))
        assert answer.status_code == 200
        page = unescape(answer.content.decode())
        assert "you also need the permission to see customers" in page
        assert [each.name for each in people if each.name in page or each.erp_id in page] == []


@pytest.mark.parametrize("kind", ["screenshot", "trace"])
def test_the_browser_s_files_show_customers_and_need_the_permission_for_them(
    client: Client, tmp_path: Path, kind: str
) -> None:
    run_id = failed()
    file = Path(settings.ARTIFACTS_DIR) / f"kept-{kind}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"of customers")
    SyncRun.objects.filter(pk=run_id).update(**{kind: file.name})
    SyncAttempt.objects.filter(run_id=run_id).update(**{kind: file.name})
    files = [address(run_id, kind), address(run_id, f"attempts/1/{kind}")]
    client.force_login(viewer())
    assert [client.get(path).getvalue() for path in files] == [b"of customers", b"of customers"]
    client.force_login(account("view_syncrun", is_staff=True))
    assert [client.get(path).status_code for path in files] == [403, 403]
    assert f"/{kind}/" not in client.get(address(run_id)).content.decode()


def test_the_permission_to_change_runs_does_not_show_them(client: Client) -> None:
    client.force_login(account("change_syncrun", is_staff=True))
    assert client.get(LIST).status_code == 403


@pytest.mark.parametrize("step", STEPS)
def test_a_viewer_can_not_post_an_action(
    client: Client, people: list[SimCustomer], draw_list: DrawList, step: str
) -> None:
    synced(draw_list(people))
    run_id = held(people, draw_list)
    client.force_login(viewer())
    assert client.post(address(run_id, step)).status_code == 403
    assert SyncRun.objects.get(pk=run_id).state == "held"
    assert SyncRun.objects.count() == 2


def test_an_italian_reader_sees_the_reasons_in_italian(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    run_id = held(people, draw_list)
    client.force_login(viewer())
    page = client.get(address(run_id), headers={"Accept-Language": "it"}).content.decode()
    assert "<strong>L&#x27;elenco ha 30 clienti, ma quelli attivi sono 60.</strong>" in page
    assert "the list has" not in page.partition('id="held-reasons"')[2].partition("</ul>")[0]


def test_a_viewer_sees_why_a_run_is_held_and_no_buttons(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    run_id = held(people, draw_list)
    client.force_login(viewer())
    page = client.get(address(run_id)).content.decode()
    assert "Why this list waits for a decision" in page
    assert 'id="approve"' not in page


def test_opening_an_action_page_changes_nothing(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    run_id = held(people, draw_list)
    client.force_login(operator())
    for step in STEPS:
        client.get(address(run_id, step))
    assert SyncRun.objects.get(pk=run_id).state == "held"
    assert SyncRun.objects.count() == 2


def test_a_decision_made_meanwhile_is_shown(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    run_id = held(people, draw_list)
    client.force_login(operator())
    client.post(address(run_id, "reject"))
    answer = client.post(address(run_id, "approve"), follow=True).content.decode()
    assert "does not wait for a decision" in answer
    assert active() == 60


def test_an_old_list_is_not_applied_over_a_newer_one(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    run_id = held(people, draw_list)
    synced(draw_list(people))
    client.force_login(operator())
    answer = client.post(address(run_id, "approve"), follow=True).content.decode()
    assert "newer list than that of run" in answer
    assert active() == 60


def test_an_operator_approves_a_held_list_in_the_browser(
    live_server: LiveServer, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    run_id = held(people, draw_list)
    with browsing(live_server.url, operator()) as page:
        page.goto(address(run_id))
        expect(page.locator("#changes-title")).to_have_text("What it would change: 30 customers")
        page.get_by_role("link", name="Approve").click()
        page.get_by_role("button", name="Approve").click()
        expect(page.locator(".messagelist")).to_contain_text(
            "Approved and applied. 30 customers: 30 missing."
        )
        assert in_database(active) == 30
    run = SyncRun.objects.get(pk=run_id)
    assert (run.state, run.decided_by) == ("succeeded", "oreste")


def test_an_operator_rejects_a_held_list_in_the_browser(
    live_server: LiveServer, people: list[SimCustomer], draw_list: DrawList
) -> None:
    synced(draw_list(people))
    run_id = held(people, draw_list)
    with browsing(live_server.url, operator()) as page:
        page.goto(address(run_id))
        page.get_by_role("link", name="Reject").click()
        page.get_by_role("button", name="Reject").click()
        expect(page.locator(".messagelist")).to_contain_text("Rejected: the customers stay as they were.")
        assert in_database(active) == 60
    run = SyncRun.objects.get(pk=run_id)
    assert (run.state, run.decided_by) == ("rejected", "oreste")


def test_a_failed_run_shows_the_screenshot_and_links_the_trace(
    live_server: LiveServer, erp_settings: ErpSimulator
) -> None:
    run_id = failed_in_the_browser(erp_settings)
    with browsing(live_server.url, viewer()) as page:
        page.goto(address(run_id))
        picture = page.locator("#screenshot")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.complete && image.naturalWidth") > 600
        with page.expect_download() as download:
            page.locator("#trace").click()
        name, trace = download.value.suggested_filename, Path(download.value.path()).read_bytes()
    assert name == f"sync-{run_id}-trace.zip"
    assert "trace.trace" in zipfile.ZipFile(BytesIO(trace)).namelist()


def test_an_operator_runs_a_failed_sync_again(live_server: LiveServer) -> None:
    run_id = fail().run_id
    with browsing(live_server.url, operator()) as page:
        page.goto(address(run_id))
        page.get_by_role("button", name="Run again").click()
        expect(page.locator("#sync-progress")).to_contain_text("Waiting to be started")
    assert SyncRun.objects.get(state="queued").requested_by == "oreste"


@pytest.mark.parametrize("kind", ["screenshot", "trace"])
def test_a_deleted_screenshot_is_not_found(client: Client, kind: str) -> None:
    run_id = failed()
    SyncRun.objects.filter(pk=run_id).update(**{kind: "gone/page.png"})
    client.force_login(viewer())
    assert client.get(address(run_id)).status_code == 200
    assert client.get(address(run_id, kind)).status_code == 404


def test_no_file_outside_of_the_artifacts_is_served(client: Client) -> None:
    run_id = failed()
    settings.ARTIFACTS_DIR.mkdir(parents=True)
    secret = settings.ARTIFACTS_DIR.parent / "secret.txt"
    secret.write_text("secret")
    SyncRun.objects.filter(pk=run_id).update(screenshot="../secret.txt")
    client.force_login(viewer())
    assert client.get(address(run_id, "screenshot")).status_code == 404


def test_staff_that_may_not_see_runs_gets_no_screenshot(client: Client, erp_settings: ErpSimulator) -> None:
    run_id = failed_in_the_browser(erp_settings)
    client.force_login(operator())
    answer = client.get(address(run_id, "screenshot"))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]
    nobody = viewer("nino")
    nobody.groups.clear()
    client.force_login(nobody)
    assert client.get(address(run_id, "screenshot")).status_code == 403


def test_runs_are_filtered_by_state_trigger_and_date(client: Client) -> None:
    fail()
    fail(trigger="cli")
    client.force_login(viewer())
    count = [
        client.get(LIST, values).content.decode().count("/change/")
        for values in ({}, {"trigger__exact": "cli"}, {"state__exact": "succeeded"}, {"started": "1"})
    ]
    assert count == [2, 1, 0, 2]


def tried_twice(folder: Path, path: Path) -> int:
    """Fail with a screenshot, then succeed; return the run."""
    folder.mkdir(parents=True, exist_ok=True)
    error = ErpUnreachable("the ERP does not answer")
    error.screenshot = folder / "first.png"
    error.screenshot.write_bytes(b"\x89PNG")
    run_id = sync(error, path=path).run_id
    assert run_id is not None
    return run_id


def test_the_screenshot_of_a_failed_first_attempt_is_linked_after_a_second_succeeded(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    run_id = tried_twice(settings.ARTIFACTS_DIR, draw_list(people))
    client.force_login(viewer())
    link = f"{LIST}{run_id}/attempts/1/screenshot/"
    page = client.get(address(run_id)).content.decode()
    assert f'<a href="{link}">Screenshot</a>' in page
    assert 'id="screenshot"' not in page
    answer = client.get(link)
    assert b"".join(answer.streaming_content) == b"\x89PNG"  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == f'inline; filename="sync-{run_id}-1-screenshot.png"'


@pytest.mark.parametrize("end", ["attempts/1/trace/", "attempts/2/screenshot/", "attempts/1/run_id/"])
def test_a_missing_artifact_of_an_attempt_is_not_found(
    client: Client, people: list[SimCustomer], draw_list: DrawList, end: str
) -> None:
    run_id = tried_twice(settings.ARTIFACTS_DIR, draw_list(people))
    client.force_login(viewer())
    assert client.get(f"{LIST}{run_id}/{end}").status_code == 404


def test_an_attempts_screenshot_needs_the_permission(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    run_id = tried_twice(settings.ARTIFACTS_DIR, draw_list(people))
    client.force_login(User.objects.create_user("nino", is_staff=True))
    assert client.get(f"{LIST}{run_id}/attempts/1/screenshot/").status_code == 403


def test_a_dry_run_shows_what_it_would_change_and_why_it_would_be_held(
    client: Client, people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    run = kept_run(sync_file(draw_list(people[:20], "short.pdf"), is_dry=True))
    client.force_login(viewer())
    shown = client.get(f"/admin/sync/syncrun/{run.pk}/change/").content.decode()
    assert "Why this list would wait for a decision" in shown
    assert "What it would change: 40 customers" in shown
    assert 'id="approve"' not in shown
