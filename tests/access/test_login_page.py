"""A login ends on a page that exists, whatever `next` says."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.logins import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ada() -> None:
    User.objects.create_superuser("ada", password=PASSWORD)


def ends_on(wanted: str) -> str:
    form = {"username": "ada", "password": PASSWORD}
    answer = Client().post(f"/admin/login/?next={quote(wanted)}", form, follow=True)
    assert answer.status_code == 200
    return str(answer.redirect_chain[-1][0])


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil",
        "https://evil.example/",
        "javascript:alert(1)",
        "/nothing",
        "/admin/nothing",
        "/admin/x/?y=z",
        "",
    ],
)
def test_a_login_that_would_lead_nowhere_ends_on_the_start_page(wanted: str) -> None:
    assert ends_on(wanted) == "/admin/"


@pytest.mark.parametrize(
    "wanted",
    ["/admin/sync/now/", "/admin/sync/syncrun/?state=failed", "/api/docs/", "/api/customers"],
)
def test_a_login_leads_to_the_page_that_was_asked_for(wanted: str) -> None:
    assert ends_on(wanted) == wanted


def test_a_slash_may_be_missing() -> None:
    assert ends_on("/admin/sync/now") == "/admin/sync/now/"
