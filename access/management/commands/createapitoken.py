"""Make a token for the REST API."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localtime
from django.utils.translation import override

from access import tokens
from access.management.account import account, record_revoked
from access.models import ApiToken
from customers.actions import Kind, record_action


class Command(BaseCommand):
    """`manage.py createapitoken USER`: print a new token, which is not shown again."""

    help = "Make an API token for a user, and print it. It is not shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        longest = tokens.max_days()
        parser.add_argument("user", help="the user's name")
        parser.add_argument("--name", help="the program that will use it (a free one: token, token 2, …)")
        parser.add_argument(
            "--days", type=int, default=longest, help=f"days until it expires, 1 to {longest} (%(default)s)"
        )
        parser.add_argument(
            "--renew",
            action="store_true",
            help="first revoke the user's token with this --name, or without --name all, the old kind too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user, days = account(options["user"]), options["days"]
        if not user.is_active:
            raise CommandError(f"{user.get_username()} is not active, so a token would not work")
        if not 1 <= days <= tokens.max_days():
            raise CommandError(f"--days must be 1 to {tokens.max_days()}")
        name = _checked_name(options["name"]) if options["name"] is not None else None
        if options["renew"]:
            _revoke(user, name)
        name = name or tokens.free_name(user)
        if tokens.has_valid(user, name):
            raise CommandError(f"{user.get_username()} has a token named {name}: another --name, or --renew")
        token, value = tokens.make(user, name, days)
        record_action(None, Kind.TOKEN_MADE, account=user.get_username())
        self.stderr.write(f"{token}, valid until {localtime(token.expiry):%Y-%m-%d}; it is not shown again:")
        self.stdout.write(value)


def _revoke(user: User, name: str | None) -> None:
    of_that_name = tokens.of_account(user).filter(name=name)
    ended = tokens.end_all(user) if name is None else tokens.end(of_that_name)
    record_revoked(user, ended)


def _checked_name(name: str) -> str:
    # In English, as all that commands print.
    with override("en"):
        try:
            return str(ApiToken._meta.get_field("name").clean(name.strip(), None))
        except ValidationError as exc:
            raise CommandError(f"--name: {' '.join(exc.messages)}") from exc
