"""Revoke tokens for the REST API."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from access import tokens
from access.management.account import account, record_revoked


class Command(BaseCommand):
    """`manage.py revokeapitoken USER NAME|--old|--all`: end tokens at once."""

    help = "Revoke an API token of a user by its name, the one of the old kind, or all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user's name")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("name", nargs="?", help="the token's name, as listapitokens shows it")
        which.add_argument("--old", action="store_true", help="the token of the old kind")
        which.add_argument("--all", action="store_true", help="all of them, the old kind too")

    def handle(self, *args: Any, **options: Any) -> None:
        user = account(options["user"])
        if options["all"]:
            ended = tokens.end_all(user)
        elif options["old"]:
            ended = tokens.end_old(user)
        else:
            ended = tokens.end(tokens.of_account(user).filter(name=options["name"]))
        if not ended:
            raise CommandError(f"{user.get_username()} has no such token: see listapitokens")
        record_revoked(user, ended)
        self.stdout.write(f"{ended} revoked")
