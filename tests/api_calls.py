"""Accounts for the API, and clients that call as them."""

from __future__ import annotations

from django.contrib.auth.models import Permission, User
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient


def reader(name: str = "lia") -> User:
    """Return an account that may read and nothing else."""
    return User.objects.create_user(name)


def staff(*permissions: str, name: str = "sergio") -> User:
    """Return a staff account with these permissions of the app ``sync``."""
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="sync", codename__in=permissions)
    )
    return user


def client_of(user: User) -> APIClient:
    """Return a client that sends the user's token; exceptions become responses, as in production."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client
