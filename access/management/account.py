"""What the commands of tokens share."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from customers.actions import Kind, record_action


def account(name: str) -> User:
    """Return the account with this name. Raises: CommandError."""
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"no such user: {name} (create one with `createsuperuser`)")
    return user


def record_revoked(user: User, count: int) -> None:
    for _ in range(count):
        record_action(None, Kind.TOKEN_REVOKED, account=user.get_username())
