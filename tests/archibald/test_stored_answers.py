"""Answers with personal data are stored by no browser and no proxy."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.accounts import viewer
from tests.api_calls import client_of, reader

pytestmark = pytest.mark.django_db

PAGES = (
    "/admin/",
    "/admin/customers/customer/",
    "/admin/sync/syncrun/",
    "/admin/sync/schedule/",
    "/admin/login/",
    "/admin/nothing/",
)
CALLS = (
    "/api/customers",
    "/api/customers/sync/runs",
    "/api/customers/sync/status",
    "/api/schema",
    "/api/docs",
)


@pytest.mark.parametrize("path", [*PAGES, *CALLS])
def test_no_page_may_be_stored(path: str) -> None:
    client = Client()
    client.force_login(viewer())
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", CALLS)
def test_no_answer_to_a_token_may_be_stored(path: str) -> None:
    assert "no-store" in client_of(reader()).get(path)["Cache-Control"]


def test_static_files_are_stored() -> None:
    answer = Client().get("/static/sync/site.css")
    answer.close()
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, False)
