"""Wrong API tokens are counted by address, and refused unchecked after too many."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from rest_framework.test import APIClient

from access import tokens
from tests.api_calls import reader, token_of
from tests.no_cache import NO_CACHE

pytestmark = pytest.mark.django_db

STATUS = "/api/customers/sync/status"
HERE, THERE = "192.0.2.1", "192.0.2.99"


@pytest.fixture(autouse=True)
def limit(settings: Any) -> int:
    settings.API_WRONG_TOKENS_PER_MINUTE = 5
    return 5


@pytest.fixture(autouse=True)
def one_minute() -> Any:
    """Let all calls of a test fall into one minute."""
    with time_machine.travel("2026-11-27T10:00:10+00:00", tick=False) as clock:
        yield clock


def call(token: str, address: str = HERE) -> Any:
    return APIClient().get(STATUS, HTTP_AUTHORIZATION=f"Token {token}", REMOTE_ADDR=address)


def guess(times: int, address: str = HERE) -> list[int]:
    return [call(f"archibald_{number:064x}", address).status_code for number in range(times)]


def test_after_too_many_wrong_tokens_no_more_are_checked() -> None:
    assert guess(9) == [401] * 5 + [429] * 4


def test_the_answer_says_how_long_to_wait() -> None:
    guess(5)
    answer = call("archibald_wrong")
    assert answer["Retry-After"] == "50"
    assert answer.json()["error"] == "throttled"


def test_a_right_token_works_until_its_address_has_to_wait() -> None:
    token = token_of(reader())
    guess(4)
    assert call(token).status_code == 200
    guess(9)
    assert call(token).status_code == 429


def test_right_tokens_from_other_addresses_work() -> None:
    token = token_of(reader())
    guess(9)
    assert call(token, THERE).status_code == 200


def test_the_wait_is_over_after_a_minute(one_minute: Any) -> None:
    token = token_of(reader())
    guess(9)
    one_minute.shift(timedelta(minutes=1))
    assert call(token).status_code == 200


def test_a_program_that_repeats_one_wrong_token_stops_only_itself() -> None:
    """As one does whose token has expired, in an office behind one address."""
    token = token_of(reader())
    assert [call("archibald_expired").status_code for _ in range(7)] == [401] * 5 + [429] * 2
    assert call(token).status_code == 200


def test_who_is_logged_in_to_the_pages_is_not_stopped() -> None:
    guess(9)
    client = APIClient(REMOTE_ADDR=HERE)
    client.force_login(reader())
    assert client.get(STATUS).status_code == 200


@pytest.mark.parametrize("token", ["é", "archibald_\x7f", "%00", "a" * 5000, "0" * 40])
def test_no_token_is_a_server_error(token: str) -> None:
    assert call(token).status_code == 401


def test_wrong_tokens_are_logged_with_the_address_and_without_the_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    call("archibald_segretissima")
    assert HERE in caplog.text
    assert "segretissima" not in caplog.text


def test_a_token_of_an_inactive_account_is_logged_with_the_account(caplog: pytest.LogCaptureFixture) -> None:
    user = reader("lia")
    value = tokens.make(user, "crm", days=1)[1]
    User.objects.update(is_active=False)
    assert call(value).status_code == 401
    assert "account lia" in caplog.text


def test_without_the_cache_right_tokens_work(settings: Any) -> None:
    token = token_of(reader())
    settings.CACHES = NO_CACHE
    assert call(token).status_code == 200
    assert call("archibald_wrong").status_code == 401


@pytest.mark.parametrize("stored", ["x", [], {}, None])
def test_a_cached_value_that_is_no_count_stops_nobody(stored: Any) -> None:
    minute = int(time.time()) // 60
    cache.set(f"access.wrong_tokens.{HERE}.{minute}", stored)
    assert call(token_of(reader())).status_code == 200
    assert call("archibald_wrong").status_code == 401
