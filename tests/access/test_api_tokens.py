"""API tokens: what is stored, how long they work, and that they end with the password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from access import tokens
from access.models import ApiToken
from sync import tasks
from tests.accounts import group_named, superuser
from tests.api_calls import reader
from tests.logins import PASSWORD, log_in, staff_with_password

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "un'altra parola lunga"


def call(token: str) -> Any:
    return APIClient().get("/api/customers/sync/status", HTTP_AUTHORIZATION=f"Token {token}")


def new_token(user: User, name: str = "crm", days: int = 30) -> str:
    return tokens.make(user, name, days)[1]


def test_only_a_hash_is_stored() -> None:
    value = new_token(reader())
    stored = ApiToken.objects.values().get()
    assert value not in str(stored)
    assert not any(str(field).endswith(value[-20:]) for field in stored.values())


def test_an_expired_token_is_refused() -> None:
    value = new_token(reader(), days=1)
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert call(value).status_code == 401


@pytest.mark.parametrize("kind", ["new", "old"])
def test_tokens_of_inactive_accounts_are_refused(kind: str) -> None:
    user = reader()
    value = new_token(user) if kind == "new" else Token.objects.create(user=user).key
    User.objects.update(is_active=False)
    assert call(value).status_code == 401


def test_a_token_of_the_old_kind_works_and_says_that_it_must_be_replaced() -> None:
    answer = call(Token.objects.create(user=reader()).key)
    assert answer.status_code == 200
    assert "replace it" in answer["Warning"]


def test_a_new_token_has_no_warning() -> None:
    assert "Warning" not in call(new_token(reader()))


def test_the_day_of_the_last_use_is_kept() -> None:
    value = new_token(reader())
    with time_machine.travel("2026-12-03T10:00:00+00:00"):
        call(value)
    assert str(ApiToken.objects.get().last_used_on) == "2026-12-03"


def test_a_program_can_send_its_token_all_day_with_one_query_each(django_assert_num_queries: Any) -> None:
    value = new_token(reader())
    call(value)
    with django_assert_num_queries(1):
        APIClient().get("/api/customers/sync/metrics/nothing", HTTP_AUTHORIZATION=f"Token {value}")
        APIClient().get("/api/health/pdf-parser", HTTP_AUTHORIZATION=f"Token {value}")


def test_expired_tokens_stay_in_the_list_for_a_month() -> None:
    new_token(reader(), days=1)
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        tasks.remove_old_runs()
    assert ApiToken.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=32)):
        tasks.remove_old_runs()
    assert not ApiToken.objects.exists()


def on_the_page(user: User) -> None:
    client = Client()
    client.force_login(user)
    form = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert client.post("/admin/password_change/", form).status_code == 302


def by_a_superuser(user: User) -> None:
    client = Client()
    client.force_login(superuser())
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    assert client.post(f"/admin/auth/user/{user.pk}/password/", form).status_code == 302


def disabled_by_a_superuser(user: User) -> None:
    client = Client()
    client.force_login(superuser())
    form = {"password1": "", "password2": "", "usable_password": "false", "unset-password": "yes"}
    assert client.post(f"/admin/auth/user/{user.pk}/password/", form).status_code == 302


def by_the_command(user: User) -> None:
    # `manage.py changepassword` asks at the terminal.
    answers = iter([NEW_PASSWORD, NEW_PASSWORD])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("getpass.getpass", lambda prompt="": next(answers))
        call_command("changepassword", user.get_username())


@pytest.mark.parametrize("change", [on_the_page, by_a_superuser, disabled_by_a_superuser, by_the_command])
def test_a_changed_password_ends_all_tokens_of_the_account(change: Callable[[User], None]) -> None:
    user, other = staff_with_password("lia"), reader("nino")
    theirs = [new_token(user, "crm"), new_token(user, "shop"), Token.objects.create(user=user).key]
    others = new_token(other)
    change(user)
    assert [call(value).status_code for value in theirs] == [401, 401, 401]
    assert call(others).status_code == 200


@pytest.mark.parametrize("fields", [None, ["is_active"]])
def test_a_deactivated_account_has_no_token_when_it_is_active_again(fields: list[str] | None) -> None:
    user = reader("lia")
    value = new_token(user)
    for is_active in (False, True):
        user.is_active = is_active
        user.save(update_fields=fields)
    assert call(value).status_code == 401


def test_other_changes_of_an_account_end_no_token() -> None:
    user = staff_with_password("lia")
    user.groups.add(group_named("viewers"))
    value = new_token(user)
    user.first_name = "Lia"
    user.save()
    assert call(value).status_code == 200


def test_a_login_that_renews_the_hash_ends_no_token(settings: Any) -> None:
    user = staff_with_password("lia")
    user.groups.add(group_named("viewers"))
    value, stored = new_token(user), user.password
    scrypt = "django.contrib.auth.hashers.ScryptPasswordHasher"
    settings.PASSWORD_HASHERS = [scrypt, *settings.PASSWORD_HASHERS]
    log_in("lia", PASSWORD)
    user.refresh_from_db()
    assert user.password != stored
    assert call(value).status_code == 200
