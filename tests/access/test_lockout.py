"""Too many wrong passwords: who is refused, for how long, and what people and the log are told."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from sync import tasks
from tests.logins import PASSWORD, is_let_in, log_in, staff_with_password

pytestmark = pytest.mark.django_db

HERE, THERE = "192.0.2.1", "192.0.2.99"


@pytest.fixture(autouse=True)
def lia() -> None:
    staff_with_password("lia")


def fail(times: int, name: str = "lia", address: str = HERE, **headers: Any) -> list[int]:
    return [
        log_in(name, f"parola sbagliata {n}", address, **headers).status_code for n in range(1, times + 1)
    ]


def test_after_five_wrong_passwords_no_more_are_tried() -> None:
    assert fail(7) == [200, 200, 200, 200, 429, 429, 429]


def test_the_right_password_is_refused_too_while_the_account_is_locked_out() -> None:
    fail(5)
    assert log_in("lia", PASSWORD).status_code == 429


def test_a_few_wrong_passwords_lock_nobody_out() -> None:
    fail(4)
    assert is_let_in(log_in("lia", PASSWORD))


def test_a_login_starts_the_count_anew() -> None:
    fail(4)
    log_in("lia", PASSWORD)
    assert fail(4) == [200] * 4


def test_who_fails_elsewhere_does_not_lock_out_the_accounts_owner() -> None:
    fail(9, address=THERE)
    assert is_let_in(log_in("lia", PASSWORD, HERE))


def test_a_colleague_at_the_same_address_can_log_in() -> None:
    staff_with_password("nino")
    fail(9, "lia")
    assert is_let_in(log_in("nino", PASSWORD))


def test_another_browser_is_no_way_around() -> None:
    for number in range(5):
        fail(1, HTTP_USER_AGENT=f"browser {number}")
    assert log_in("lia", PASSWORD, HTTP_USER_AGENT="one more").status_code == 429


def test_an_address_that_tries_many_accounts_is_locked_out(settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_ADDRESS = 6
    for number in range(6):
        fail(1, f"conto{number}")
    assert log_in("lia", PASSWORD, HERE).status_code == 429
    assert is_let_in(log_in("lia", PASSWORD, THERE))


def test_an_attackers_own_account_does_not_clear_the_count_of_the_address(settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_ADDRESS = 6
    staff_with_password("eva")
    for number in range(6):
        fail(1, f"conto{number}")
        log_in("eva", PASSWORD)
    assert log_in("eva", PASSWORD).status_code == 429


def test_an_account_that_many_addresses_try_is_locked_out_everywhere(settings: Any) -> None:
    settings.LOGIN_FAILURES_PER_ACCOUNT = 6
    for number in range(6):
        fail(1, address=f"198.51.100.{number}")
    assert log_in("lia", PASSWORD, THERE).status_code == 429


def test_all_addresses_of_an_ipv6_network_count_as_one() -> None:
    for number in range(5):
        fail(1, address=f"2001:db8:1:2::{number:x}")
    assert log_in("lia", PASSWORD, "2001:db8:1:2:ffff::9").status_code == 429
    assert is_let_in(log_in("lia", PASSWORD, "2001:db8:1:3::9"))


def test_a_made_up_forwarded_address_is_no_way_around() -> None:
    for number in range(5):
        fail(1, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert log_in("lia", PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.77").status_code == 429


def test_clients_of_a_trusted_proxy_are_told_apart(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    fail(5, HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert is_let_in(log_in("lia", PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.2"))
    made_up = "198.51.100.2, 198.51.100.1"
    assert log_in("lia", PASSWORD, HTTP_X_FORWARDED_FOR=made_up).status_code == 429


def test_it_ends_by_itself_even_if_somebody_goes_on_trying() -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        fail(5)
        clock.shift(timedelta(minutes=14))
        fail(3)
        clock.shift(timedelta(minutes=1, seconds=1))
        assert is_let_in(log_in("lia", PASSWORD))


def test_an_open_session_goes_on(client: Client) -> None:
    client.post("/admin/login/", {"username": "lia", "password": PASSWORD})
    fail(9, address="127.0.0.1")
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Try again at 10:15 a.m., in 15 minutes."),
        ("it", "Riprova alle 10:15, fra 15 minuti."),
    ],
)
def test_a_page_says_what_happened_and_how_long_it_lasts(language: str, text: str) -> None:
    with time_machine.travel("2026-11-27T10:00:00+01:00", tick=False):
        fail(4)
        answer = log_in("lia", "parola sbagliata 5", HTTP_ACCEPT_LANGUAGE=language)
    assert text in re.sub(r"\s+", " ", answer.content.decode())
    assert answer["Retry-After"] == "900"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "command", [("axes_reset",), ("axes_reset_username", "lia"), ("axes_reset_ip", HERE)]
)
def test_an_operator_can_lift_it(command: tuple[str, ...]) -> None:
    fail(5)
    call_command(*command, stdout=StringIO())
    assert is_let_in(log_in("lia", PASSWORD))


def test_failures_are_logged_with_account_and_address(caplog: pytest.LogCaptureFixture) -> None:
    fail(6)
    lines = [record.getMessage() for record in caplog.records if "lia" in record.getMessage()]
    assert len(lines) == 6
    assert all(HERE in line for line in lines)


def test_what_was_typed_is_neither_logged_nor_stored(caplog: pytest.LogCaptureFixture) -> None:
    """Not the password, and not the name of an account that does not exist: it may be a password."""
    log_in("lia", "segretissima-1")
    log_in("segretissima-2", PASSWORD)
    stored = str(list(AccessAttempt.objects.values()))
    assert AccessAttempt.objects.count() == 2
    assert "segretissima" not in caplog.text + stored
    assert PASSWORD not in caplog.text + stored


def test_unknown_accounts_are_locked_out_like_known_ones() -> None:
    """Otherwise the answer would tell which accounts exist."""
    assert fail(6, "nessuno") == [200, 200, 200, 200, 429, 429]


def test_failures_that_no_longer_count_are_removed_at_night() -> None:
    fail(1)
    tasks.remove_old_runs()
    assert AccessAttempt.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        tasks.remove_old_runs()
    assert not AccessAttempt.objects.exists()
