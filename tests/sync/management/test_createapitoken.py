"""`manage.py createapitoken`: print a token for the API."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from tests.api_calls import reader

pytestmark = pytest.mark.django_db


def token_of(name: str, **options: bool) -> str:
    printed = StringIO()
    call_command("createapitoken", name, stdout=printed, **options)
    return printed.getvalue().strip()


def status_with(token: str) -> int:
    answer = APIClient().get("/api/customers/sync/status", HTTP_AUTHORIZATION=f"Token {token}")
    return answer.status_code


def test_the_printed_token_is_accepted_by_the_api() -> None:
    reader("lia")
    assert status_with(token_of("lia")) == 200


def test_a_second_call_prints_the_same_token() -> None:
    reader("lia")
    assert token_of("lia") == token_of("lia")


def test_renewing_a_token_invalidates_the_old_one() -> None:
    reader("lia")
    old = token_of("lia")
    new = token_of("lia", renew=True)
    assert (status_with(old), status_with(new)) == (401, 200)


def test_an_unknown_user_is_refused() -> None:
    with pytest.raises(CommandError, match="no such user: lia"):
        token_of("lia")


def test_an_inactive_user_is_refused() -> None:
    user = reader("lia")
    user.is_active = False
    user.save()
    with pytest.raises(CommandError, match="not active"):
        token_of("lia")
