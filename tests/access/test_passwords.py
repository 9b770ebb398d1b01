"""Which passwords are accepted, and how often an old one may be wrong."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.test import Client

from customers.actions import action_of
from tests.logins import PASSWORD, staff_with_password

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "un'altra parola lunga"


@pytest.fixture
def lia() -> Client:
    client = Client()
    client.force_login(staff_with_password("lia"))
    return client


def change(client: Client, old: str = PASSWORD, new: str = NEW_PASSWORD) -> int:
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/admin/password_change/", form).status_code


@pytest.mark.parametrize(("password", "is_allowed"), [("tredicinove", False), ("tredicinove1", True)])
def test_passwords_have_twelve_characters_or_more(lia: Client, password: str, is_allowed: bool) -> None:
    assert (change(lia, new=password) == 302) is is_allowed


def test_an_open_session_can_not_guess_the_old_password(lia: Client) -> None:
    assert [change(lia, f"parola sbagliata {n}") for n in range(6)] == [200, 200, 200, 200, 429, 429]
    assert change(lia) == 429


def test_a_wrong_old_password_is_logged_and_stored_without_what_was_typed(
    lia: Client, caplog: pytest.LogCaptureFixture
) -> None:
    change(lia, "segretissima-1", "segretissima-2")
    stored = str(AccessAttempt.objects.values().get())
    assert "lia" in caplog.text
    assert "segretissima" not in caplog.text + stored


def test_a_changed_password_is_in_the_log_of_actions(lia: Client) -> None:
    assert change(lia) == 302
    action = action_of(LogEntry.objects.get())
    assert (action.text, action.origin) == ("changed the password of lia", "127.0.0.1")
