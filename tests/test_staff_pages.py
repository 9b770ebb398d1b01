"""Every staff page, wide and narrow, light and dark: accessible, and not wider than its window."""

from __future__ import annotations

import pytest
from pytest_django.live_server_helper import LiveServer

from customers.models import Customer
from scripts.erp_simulator import world
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer
from tests.accessibility import grave_problems
from tests.accounts import operator, superuser, viewer
from tests.browsing import NARROW, WIDE, browsing, sideways
from tests.conftest import DrawList
from tests.staff_pages import failed_in_the_browser, held, synced

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pages(erp_settings: ErpSimulator, people: list[SimCustomer], draw_list: DrawList) -> list[str]:
    """The paths of all pages, after a successful, a failed and a held sync."""
    synced(draw_list(people))
    world.change(people, 3, seed=5)
    changed = synced(draw_list(people))
    failed = failed_in_the_browser(erp_settings)
    waiting = held(people, draw_list)
    customer = Customer.objects.get(erp_id=people[0].erp_id)
    runs = "/admin/sync/syncrun/"
    return [
        "/admin/",
        "/admin/sync/now/",
        "/admin/sync/schedule/",
        runs,
        f"{runs}{changed}/change/",
        f"{runs}{failed}/change/",
        f"{runs}{waiting}/change/",
        f"{runs}{waiting}/approve/",
        "/admin/customers/customer/",
        f"/admin/customers/customer/{customer.pk}/change/",
    ]


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
