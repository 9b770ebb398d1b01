"""Accounts for the API, and clients that call as them."""

from __future__ import annotations

from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from access import tokens

_READING = ("view_customer", "view_syncrun")


def account(*permissions: str, name: str = "piero", is_staff: bool = False) -> User:
    """Return an account with exactly these permissions."""
    user = User.objects.create_user(name, is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def reader(name: str = "lia") -> User:
    """Return an account that may read and nothing else."""
    return account(*_READING, name=name)


def staff(*permissions: str, name: str = "sergio") -> User:
    """Return a staff account that may read, and has these permissions."""
    return account(*_READING, *permissions, name=name, is_staff=True)


def token_of(user: User) -> str:
    """Return the value of a new token; its first use today, which is stored, is over."""
    token, value = tokens.make(user, "tests", days=1)
    tokens.note_use(token)
    return value


def client_of(user: User) -> APIClient:
    """Return a client that sends a token of the user; exceptions become responses, as in production."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token_of(user)}")
    return client
