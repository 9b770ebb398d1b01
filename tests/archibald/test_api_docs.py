"""The API's documentation in the browser."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.accounts import viewer
from tests.browsing import browsing

pytestmark = pytest.mark.django_db


def test_its_page_shows_the_calls(live_server: LiveServer) -> None:
    with browsing(live_server.url, viewer()) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto("/api/docs/")
        call = page.locator(".opblock", has_text="/api/customers/sync/metrics")
        call.locator(".opblock-summary-control").click()
        call.get_by_role("button", name="Try it out").click()
        call.get_by_role("button", name="Execute").click()
        expect(call.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")
    assert said == []


def test_its_page_runs_only_what_has_the_nonce_of_the_answer() -> None:
    client = Client()
    client.force_login(viewer())
    first, second = client.get("/api/docs/"), client.get("/api/docs/")
    (nonce,) = set(re.findall(r"'nonce-([^']+)'", first["Content-Security-Policy"]))
    assert f'<script nonce="{nonce}">' in first.content.decode()
    assert "unsafe-inline" not in first["Content-Security-Policy"]
    assert nonce not in second["Content-Security-Policy"]
