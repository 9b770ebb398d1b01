"""The staff's page of API tokens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from access import tokens
from access.models import ApiToken
from customers.actions import action_of
from tests.accessibility import grave_problems
from tests.accounts import superuser, viewer
from tests.browsing import NARROW, browsing, sideways
from tests.italian_pages import english_in

pytestmark = pytest.mark.django_db

LIST = "/admin/access/apitoken/"
ADD = f"{LIST}add/"


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def token(user: User, name: str = "crm") -> ApiToken:
    return tokens.make(user, name, days=30)[0]


def shown_value(answer: Any) -> str:
    found = re.search(r"archibald_[0-9a-f]{64}", answer.content.decode())
    assert found
    return found[0]


def test_staff_make_a_token_whose_value_is_shown_once() -> None:
    client = page_of(viewer())
    answer = client.post(ADD, {"name": "crm", "days": "30"})
    value = shown_value(answer)
    assert "no-store" in answer["Cache-Control"]
    assert value not in client.get(LIST).content.decode()
    called = APIClient().get("/api/customers/sync/status", HTTP_AUTHORIZATION=f"Token {value}")
    assert called.status_code == 200


def test_staff_make_tokens_only_for_themselves() -> None:
    vera, sara = viewer(), superuser()
    page_of(vera).post(ADD, {"name": "crm", "days": "30", "account": sara.pk})
    assert ApiToken.objects.get().user == vera


def test_a_superuser_makes_a_token_for_another_account() -> None:
    vera = viewer()
    page_of(superuser()).post(ADD, {"name": "crm", "days": "30", "account": vera.pk})
    assert ApiToken.objects.get().user == vera


@pytest.mark.parametrize(
    "form", [{"name": "", "days": "30"}, {"name": "crm", "days": "0"}, {"name": "crm", "days": "366"}]
)
def test_a_token_needs_a_name_and_an_end(form: dict[str, str]) -> None:
    answer = page_of(viewer()).post(ADD, form)
    assert "errorlist" in answer.content.decode()
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("name", ["crm\n2026-01-01 INFO made up", "crm\x1b[2J", "crm\u2028made up"])
def test_a_name_can_not_add_a_line_to_the_log(name: str) -> None:
    answer = page_of(viewer()).post(ADD, {"name": name, "days": "30"})
    assert "errorlist" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_the_name_of_a_valid_token_is_refused() -> None:
    vera = viewer()
    token(vera, "crm")
    answer = page_of(vera).post(ADD, {"name": "crm", "days": "30"})
    assert "already has a token" in answer.content.decode()


def test_staff_see_their_own_tokens_and_superusers_all() -> None:
    vera, sara = viewer(), superuser()
    token(vera, "quello-di-vera")
    token(sara, "quello-di-sara")
    staff_page, full_page = (page_of(user).get(LIST).content.decode() for user in (vera, sara))
    assert "quello-di-vera" in staff_page
    assert "quello-di-sara" not in staff_page
    assert "quello-di-vera" in full_page


@pytest.mark.parametrize("path", ["change/", "delete/"])
def test_the_token_of_somebody_else_has_no_page(path: str) -> None:
    other = token(superuser())
    answer = page_of(viewer()).get(f"{LIST}{other.pk}/{path}")
    assert answer.status_code == 302
    assert answer["Location"] == "/admin/"


def test_the_page_of_a_token_shows_nothing_of_its_hash() -> None:
    vera = viewer()
    made = token(vera)
    page = page_of(vera).get(f"{LIST}{made.pk}/change/").content.decode()
    assert "crm" in page
    assert made.digest not in page
    assert made.token_key not in page


def test_staff_revoke_their_own_tokens_and_no_others() -> None:
    vera, sara = viewer(), superuser()
    mine, other = token(vera), token(sara)
    form = {"action": "revoke", "_selected_action": [mine.pk, other.pk]}
    page_of(vera).post(LIST, form)
    assert list(ApiToken.objects.all()) == [other]


def test_a_token_is_revoked_on_its_own_page() -> None:
    vera = viewer()
    made = token(vera)
    page_of(vera).post(f"{LIST}{made.pk}/delete/", {"post": "yes"})
    assert not ApiToken.objects.exists()


def test_making_and_revoking_are_in_the_admins_log() -> None:
    client = page_of(viewer())
    client.post(ADD, {"name": "crm", "days": "30"})
    client.post(LIST, {"action": "revoke", "_selected_action": [ApiToken.objects.get().pk]})
    entries = LogEntry.objects.order_by("pk")
    assert [(entry.user.username, action_of(entry).text, action_of(entry).origin) for entry in entries] == [
        ("vera", "made a token for vera", "127.0.0.1"),
        ("vera", "revoked a token of vera", "127.0.0.1"),
    ]


def test_tokens_of_the_old_kind_are_listed_and_revoked() -> None:
    vera = viewer()
    key = Token.objects.create(user=vera).key
    client = page_of(vera)
    page = client.get(LIST).content.decode()
    assert "Tokens of the old kind" in page
    assert key not in page
    client.post(f"{LIST}old/{vera.pk}/revoke/")
    assert not Token.objects.exists()
    assert [action_of(entry).text for entry in LogEntry.objects.all()] == ["revoked a token of vera"]


def test_staff_can_not_revoke_the_old_token_of_somebody_else() -> None:
    sara = superuser()
    Token.objects.create(user=sara)
    client = page_of(viewer())
    assert "Tokens of the old kind" not in client.get(LIST).content.decode()
    assert client.post(f"{LIST}old/{sara.pk}/revoke/").status_code == 403
    assert Token.objects.exists()


@pytest.mark.parametrize("path", [LIST, ADD])
def test_accounts_that_are_no_staff_have_no_page(path: str) -> None:
    client = page_of(User.objects.create_user("lia"))
    assert client.get(path).status_code == 302
    assert client.post(path, {"name": "crm", "days": "30"}).status_code == 302
    assert not ApiToken.objects.exists()


def test_a_browser_makes_a_token_and_finds_every_page_accessible(live_server: LiveServer) -> None:
    vera = viewer()
    Token.objects.create(user=vera)
    problems = []
    with browsing(live_server.url, vera, width=NARROW, is_judged=True) as page:
        page.goto(ADD)
        page.get_by_label("Name").fill("crm")
        page.get_by_role("button", name="Make the token").click()
        expect(page.locator("#api-token")).to_contain_text("archibald_")
        problems += [*grave_problems(page), sideways(page)]
        page.get_by_role("link", name="Back to the tokens").click()
        expect(page.locator("#result_list")).to_contain_text("crm")
        problems += [*grave_problems(page), sideways(page)]
    assert problems == [0, 0]


def test_an_italian_reader_finds_no_english_word() -> None:
    vera = viewer()
    Token.objects.create(user=vera)
    made = token(vera)
    client = page_of(vera)
    for path in (LIST, f"{LIST}{made.pk}/change/", f"{LIST}{made.pk}/delete/"):
        assert english_in(client, path) == [], path
