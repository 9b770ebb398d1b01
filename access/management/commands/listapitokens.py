"""List the tokens for the REST API."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.timezone import localtime
from rest_framework.authtoken.models import Token

from access import tokens
from access.management.account import account
from access.models import ApiToken

_HEAD = ("user", "name", "made", "expires", "last used")


class Command(BaseCommand):
    """`manage.py listapitokens [USER]`: list tokens, never their values."""

    help = "List the API tokens of a user or of all: name, when made, when it expires, when last used."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", nargs="?", help="the user's name; without it, all")

    def handle(self, *args: Any, **options: Any) -> None:
        user = account(options["user"]) if options["user"] else None
        old = list(tokens.old_of_account(user))
        rows = [_HEAD, *map(_row, tokens.of_account(user)), *map(_old_row, old)]
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        if old:
            self.stderr.write(
                f"{len(old)} of the old kind, in plain text and without an expiry. To replace one: "
                "createapitoken USER --name PROGRAM, give it to the program, revokeapitoken USER --old"
            )


def _row(token: ApiToken) -> tuple[str, ...]:
    expires = f"{localtime(token.expiry):%Y-%m-%d}" + (" (expired)" if token.is_expired else "")
    last_used = str(token.last_used_on or "never")
    return token.user.get_username(), token.name, f"{localtime(token.created):%Y-%m-%d}", expires, last_used


def _old_row(token: Token) -> tuple[str, ...]:
    made = f"{localtime(token.created):%Y-%m-%d}"
    return token.user.get_username(), "(old kind)", made, "never", "unknown"
