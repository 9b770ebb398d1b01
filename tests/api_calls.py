"""Accounts for the API, and clients that call as them."""

from __future__ import annotations

from django.contrib.auth.models import Permission, User
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

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


def client_of(user: User) -> APIClient:
    """Return a client that sends the user's token; exceptions become responses, as in production."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client
