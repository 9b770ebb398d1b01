"""Print a token for the REST API."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from rest_framework.authtoken.models import Token

from customers.actions import Kind, record_action


class Command(BaseCommand):
    """`manage.py createapitoken USER`: print the token that API clients send."""

    help = "Print the API token of a user, and make it first where there is none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user's name")
        parser.add_argument(
            "--renew", action="store_true", help="make a new one; the old one is worth nothing from now on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"no such user: {options['user']} (create one with `createsuperuser`)")
        if not user.is_active:
            raise CommandError(f"{options['user']} is not active, so a token would not work")
        if options["renew"]:
            _revoke(user)
        token, is_new = Token.objects.get_or_create(user=user)
        if is_new:
            record_action(None, Kind.TOKEN_MADE, account=user.get_username())
        self.stdout.write(token.key)


def _revoke(user: User) -> None:
    if Token.objects.filter(user=user).delete()[0]:
        record_action(None, Kind.TOKEN_REVOKED, account=user.get_username())
