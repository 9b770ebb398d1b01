"""Log in over the login page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

PASSWORD = "una parola molto lunga"


def staff_with_password(name: str = "lia") -> User:
    return User.objects.create_user(name, password=PASSWORD, is_staff=True)


def log_in(name: str, password: str, address: str = "192.0.2.1", **headers: Any) -> Any:
    """Send the login form from this address."""
    form = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address, **headers).post("/admin/login/?next=/admin/", form)


def is_let_in(answer: Any) -> bool:
    return bool(answer.status_code == 302)
