"""Which passwords are accepted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.logins import PASSWORD, QUICK_HASHERS, staff_with_password

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("password", "is_allowed"), [("tredicinove", False), ("tredicinove1", True)])
def test_passwords_have_twelve_characters_or_more(settings: Any, password: str, is_allowed: bool) -> None:
    settings.PASSWORD_HASHERS = QUICK_HASHERS
    client = Client()
    client.force_login(staff_with_password("lia"))
    form = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
    assert (client.post("/admin/password_change/", form).status_code == 302) is is_allowed
