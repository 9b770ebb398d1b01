"""`manage.py createapitoken`, `listapitokens` and `revokeapitoken`."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from access import tokens
from access.models import ApiToken
from tests.api_calls import reader

pytestmark = pytest.mark.django_db


def listed(*user: str) -> str:
    out = StringIO()
    call_command("listapitokens", *user, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def revoke(*which: str) -> str:
    out = StringIO()
    call_command("revokeapitoken", "lia", *which, stdout=out)
    return out.getvalue().strip()


def create(*options: str) -> str:
    out = StringIO()
    call_command("createapitoken", "lia", *options, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def status_with(token: str) -> int:
    answer = APIClient().get("/api/customers/sync/status", HTTP_AUTHORIZATION=f"Token {token}")
    return answer.status_code


def test_the_printed_token_is_accepted_by_the_api() -> None:
    reader("lia")
    assert status_with(create()) == 200


def test_an_account_can_have_several_tokens() -> None:
    reader("lia")
    assert [status_with(token) for token in {create(), create(), create("--name", "crm")}] == [200] * 3


def test_a_token_lasts_for_the_days_given() -> None:
    reader("lia")
    token = create("--days", "3")
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert status_with(token) == 200
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        assert status_with(token) == 401


def test_renewing_replaces_all_tokens_of_the_account() -> None:
    user = reader("lia")
    old, named = Token.objects.create(user=user).key, create("--name", "crm")
    new = create("--renew")
    assert [status_with(token) for token in (old, named, new)] == [401, 401, 200]


def test_renewing_by_name_replaces_only_that_token() -> None:
    reader("lia")
    crm, shop = create("--name", "crm"), create("--name", "shop")
    new = create("--name", "crm", "--renew")
    assert [status_with(token) for token in (crm, shop, new)] == [401, 200, 200]


def test_the_name_of_a_valid_token_is_refused() -> None:
    reader("lia")
    create("--name", "crm")
    with pytest.raises(CommandError, match="has a token named crm"):
        create("--name", "crm")


def test_the_name_of_an_expired_token_is_free_again() -> None:
    reader("lia")
    create("--name", "crm", "--days", "1")
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert status_with(create("--name", "crm")) == 200


@pytest.mark.parametrize(
    "options", [("--days", "0"), ("--days", "366"), ("--name", "due\nrighe"), ("--name", "")]
)
def test_a_token_needs_a_name_on_one_line_and_an_end(options: tuple[str, str]) -> None:
    reader("lia")
    with pytest.raises(CommandError, match=options[0]):
        create(*options)
    assert not ApiToken.objects.exists()


def test_a_wrong_name_is_refused_in_english_as_all_that_commands_print(settings: Any) -> None:
    settings.LANGUAGE_CODE = "it"
    reader("lia")
    with pytest.raises(CommandError, match="letters"):
        create("--name", "due\nrighe")


def test_an_unknown_user_is_refused() -> None:
    with pytest.raises(CommandError, match="no such user: lia"):
        create()


def test_an_inactive_user_is_refused() -> None:
    user = reader("lia")
    user.is_active = False
    user.save()
    with pytest.raises(CommandError, match="not active"):
        create()


def test_the_list_shows_everything_but_the_values() -> None:
    user, other = reader("lia"), reader("nino")
    with time_machine.travel("2026-11-20T12:00:00+00:00", tick=False):
        crm = tokens.make(user, "crm", days=3)[1]
        tokens.note_use(ApiToken.objects.get())
    with time_machine.travel("2026-11-27T12:00:00+00:00", tick=False):
        shop = tokens.make(other, "shop", days=10)[1]
        Token.objects.create(user=other)
        lines = [line.split("  ") for line in listed().splitlines()]
        only_lia = listed("lia")
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert cells == [
        ["user", "name", "made", "expires", "last used"],
        ["lia", "crm", "2026-11-20", "2026-11-23 (expired)", "2026-11-20"],
        ["nino", "shop", "2026-11-27", "2026-12-07", "never"],
        ["nino", "(old kind)", "2026-11-27", "never", "unknown"],
    ]
    assert "nino" not in only_lia
    assert not {crm, shop} & set(only_lia.split())


def test_the_list_says_how_to_replace_tokens_of_the_old_kind() -> None:
    Token.objects.create(user=reader("lia"))
    errors = StringIO()
    call_command("listapitokens", stdout=StringIO(), stderr=errors)
    assert "createapitoken" in errors.getvalue()
    assert "revokeapitoken USER --old" in errors.getvalue()


def test_a_token_is_revoked_by_its_name() -> None:
    reader("lia")
    crm, shop = create("--name", "crm"), create("--name", "shop")
    assert revoke("crm") == "1 revoked"
    assert [status_with(token) for token in (crm, shop)] == [401, 200]


@pytest.mark.parametrize(("option", "statuses"), [("--old", [401, 200]), ("--all", [401, 401])])
def test_the_old_kind_or_all_are_revoked(option: str, statuses: list[int]) -> None:
    old, new = Token.objects.create(user=reader("lia")).key, create()
    revoke(option)
    assert [status_with(token) for token in (old, new)] == statuses


def test_revoking_what_is_not_there_fails() -> None:
    reader("lia")
    with pytest.raises(CommandError, match="no such token"):
        revoke("crm")
