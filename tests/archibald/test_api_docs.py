"""The API's documentation in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.accounts import viewer
from tests.browsing import browsing

pytestmark = pytest.mark.django_db


def test_its_page_shows_the_calls(live_server: LiveServer) -> None:
    with browsing(live_server.url, viewer()) as page:
        page.goto("/api/docs/")
        expect(page.get_by_text("/api/customers/sync/metrics")).to_be_visible()
