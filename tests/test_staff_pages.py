"""Every staff page: accessible, not wider than its window, and Italian for an Italian reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from customers.models import Customer, CustomerChange
from scripts.erp_simulator import world
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer
from sync.models import SyncRun
from tests.accessibility import grave_problems
from tests.accounts import operator, superuser, viewer
from tests.browsing import NARROW, WIDE, browsing, sideways
from tests.conftest import DrawList
from tests.italian_pages import english_in
from tests.staff_pages import failed_in_the_browser, held, synced

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the first test keeps the rows and files of its syncs for the others."""
    return tmp_path_factory.mktemp("pages")


@pytest.fixture
def pages(kept: Path, settings: Any, request: pytest.FixtureRequest) -> list[str]:
    """The paths of all pages, after a successful, a failed and a held sync."""
    settings.ARTIFACTS_DIR = kept / "artifacts"
    rows = kept / "rows.json"
    if rows.exists():
        call_command("loaddata", str(rows), verbosity=0)
    else:
        request.getfixturevalue("four_syncs")
        call_command("dumpdata", "customers", "sync", "django_q", output=str(rows), verbosity=0)
    return [*start_pages(), *run_pages(), *customer_pages()]


@pytest.fixture
def four_syncs(erp_settings: ErpSimulator, people: list[SimCustomer], draw_list: DrawList) -> None:
    synced(draw_list(people))
    world.change(people, 3, seed=5)
    synced(draw_list(people))
    failed_in_the_browser(erp_settings)
    held(people, draw_list)


def start_pages() -> list[str]:
    tokens = "/admin/access/apitoken/"
    return ["/admin/", "/admin/sync/now/", "/admin/sync/schedule/", tokens, f"{tokens}add/"]


def run_pages() -> list[str]:
    newest = {run.state: f"/admin/sync/syncrun/{run.pk}" for run in SyncRun.objects.order_by("pk")}
    shown = [f"{newest[state]}/change/" for state in ("succeeded", "failed", "held")]
    return ["/admin/sync/syncrun/", *shown, f"{newest['held']}/approve/"]


def customer_pages() -> list[str]:
    changed = CustomerChange.objects.filter(kind="updated").latest("pk")
    customer = Customer.objects.get(erp_id=changed.customer_id)
    return ["/admin/customers/customer/", f"/admin/customers/customer/{customer.pk}/change/"]


@pytest.mark.parametrize(
    ("width", "is_dark", "language"), [(WIDE, False, "it"), (NARROW, True, "it"), (NARROW, False, "en")]
)
def test_every_page_is_accessible_and_fits_its_window(
    live_server: LiveServer, pages: list[str], width: int, is_dark: bool, language: str
) -> None:
    found: dict[str, object] = {}
    options = {"width": width, "dark": is_dark, "language": language}
    with browsing(live_server.url, operator(), is_judged=True, **options) as page:  # type: ignore[arg-type]
        for path in pages:
            page.goto(path)
            if problems := grave_problems(page):
                found[path] = problems
            if (pixels := sideways(page)) > 0:
                found[f"{path} sideways"] = pixels
    assert not found, "\n".join(f"{path}: {problem}" for path, problem in found.items())


@pytest.mark.parametrize("who", [viewer, superuser])
def test_viewers_and_superusers_see_every_page_but_the_decision(
    live_server: LiveServer, pages: list[str], who: object
) -> None:
    answers = {}
    with browsing(live_server.url, who(), may_fail_to_load=True) as page:  # type: ignore[operator]
        for path in pages:
            answer = page.goto(path)
            answers[path] = answer.status if answer else None
    refused = {path for path, status in answers.items() if status != 200}
    assert refused == ({path for path in pages if "approve" in path} if who is viewer else set())


@pytest.mark.parametrize("who", [viewer, operator, superuser])
def test_no_page_says_something_in_english_to_an_italian_reader(
    client: Client, pages: list[str], who: object
) -> None:
    # Logs are English for everybody, and so is what the ERP says about a customer's type.
    SyncRun.objects.update(log="")
    Customer.objects.update(description="")
    client.force_login(who())  # type: ignore[operator]
    for path in (*pages, "/admin/password_change/", "/admin/password_change/done/"):
        assert english_in(client, path) == [], path


def test_the_actions_say_nothing_in_english_to_an_italian_reader(client: Client) -> None:
    client.force_login(superuser())
    client.post("/admin/sync/schedule/", {"interval": 45}, headers={"Accept-Language": "it"})
    assert english_in(client, "/admin/admin/logentry/") == []


def test_the_login_page_says_nothing_in_english_to_an_italian_reader(client: Client) -> None:
    assert english_in(client, "/admin/login/") == []
