"""Erase a person from everything that is kept."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync import checks, erasure
from sync.config import sync_config
from sync.erasure import Erased
from sync.errors import AlreadyRunning

WRONG_USAGE, ALREADY_RUNNING = 2, 4

_QUESTION = """This removes the customer {erp_id} for good: the customer, its history, all held lists
(which are rejected), all screenshots and traces, and what the logs of runs say about the person.
Are you sure?

    Type 'yes' to continue, or 'no' to cancel: """
_ELSEWHERE = (
    "Not reached from here: backups of the database, files that were downloaded, the server's own log, "
    "alerts that were sent, and other hosts' screenshots. See docs/privacy.md."
)


class Command(BaseCommand):
    """`manage.py erasecustomer ERP_ID`: see docs/privacy.md."""

    help = (
        "Erase a customer from everything that is kept. Exit status: 0 erased, 1 cancelled or failed, "
        "2 no such customer, 4 a sync is running."
    )
    requires_system_checks = (checks.SYNC,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("erp_id", metavar="ERP_ID", help="the customer's ID in the ERP")
        parser.add_argument(
            "--noinput", "--no-input", action="store_false", dest="interactive", help="do not ask"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        erp_id = options["erp_id"]
        if not erasure.is_known(erp_id):
            raise CommandError(f"no customer has the ID {erp_id}", returncode=WRONG_USAGE)
        if options["interactive"] and not _is_confirmed(erp_id):
            raise CommandError("Cancelled: nothing was erased.")
        try:
            erased = erasure.erase(erp_id, by=getpass.getuser(), config=sync_config())
        except AlreadyRunning as error:
            raise CommandError(f"Not erased: {error.message}", returncode=ALREADY_RUNNING) from error
        except OSError as error:
            raise CommandError(f"Not erased: a file can't be deleted: {error}") from error
        for line in _summary(erased):
            self.stdout.write(line)


def _is_confirmed(erp_id: str) -> bool:
    try:
        return input(_QUESTION.format(erp_id=erp_id)) == "yes"
    except EOFError:
        return False


def _summary(erased: Erased) -> list[str]:
    return [
        f"Erased; its mark in the log of actions is {erased.mark}.",
        f"Changes of the customer: {erased.customer.change_count if erased.customer else 0}. "
        f"Held lists: {erased.held_lists}. "
        f"Screenshots, traces and other files: {erased.files}. "
        f"Runs, attempts and alerts of which lines were removed: {erased.texts}.",
        _about_the_erp(erased),
        _ELSEWHERE,
    ]


def _about_the_erp(erased: Erased) -> str:
    if erased.customer is not None and not erased.customer.was_in_last_list:
        return "The last list did not have this customer. If a list has it again, it comes back."
    return (
        "Warning: the ERP still lists this customer, so the next sync brings it back. Have it removed there, "
        "then erase it here again."
    )
