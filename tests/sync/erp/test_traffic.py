"""Which requests count as pending, in a real browser whose requests the test answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from sync.erp.traffic import Traffic
from tests.waiting import wait_until

ADDRESS = "http://erp.example.com/"


class HeldPage:
    """A page whose posted requests wait for ``answer`` or ``abort``."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.held: list[Route] = []
        self.traffic = Traffic(page)
        page.route("**/*", self._take)
        page.goto(ADDRESS)
        self.traffic.forget()

    def _take(self, route: Route) -> None:
        if route.request.method == "POST":
            self.held.append(route)
        else:
            route.fulfill(body="<p>Clienti</p>", content_type="text/html")

    def post(self) -> None:
        count = len(self.held)
        self.page.evaluate("() => { fetch('/list', {method: 'POST'}).catch(() => {}); }")
        self.wait(lambda: len(self.held) > count)

    def answer(self, number: int) -> None:
        seen = len(self.traffic.log)
        self.held[number].fulfill(body="ok")
        self.wait(lambda: len(self.traffic.log) > seen)

    def wait(self, condition: Callable[[], bool]) -> None:
        def met() -> bool:
            self.page.wait_for_timeout(10)  # Playwright dispatches events in here
            return condition()

        wait_until(met, within_s=60)


@pytest.fixture
def held(page: Page) -> HeldPage:
    return HeldPage(page)


def test_a_late_response_to_an_earlier_request_does_not_end_the_wait(held: HeldPage) -> None:
    held.post()
    held.traffic.forget()
    held.post()
    held.answer(0)
    assert held.traffic.is_waiting
    held.answer(1)
    assert not held.traffic.is_waiting


def test_an_aborted_request_is_no_longer_pending(held: HeldPage) -> None:
    held.post()
    assert held.traffic.is_waiting
    held.held[0].abort("aborted")
    held.wait(lambda: not held.traffic.is_waiting)
