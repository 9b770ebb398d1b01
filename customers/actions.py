"""Record who did what, when, from where and with how many customers, in Django's admin log.

The pages, REST and the commands of all apps record here. The log's rows have no field for an address, so
``change_message`` holds a JSON object: ``kind``, which comes first, ``origin`` (the request's address, or the
OS account of a command) and ``message`` (as in ``Message.as_json``). No customer's data is recorded; of a
search, only that there was one.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, gettext_noop
from rest_framework.request import Request

from customers.addresses import client_address
from customers.erp_list.message import Message, Param, message
from customers.labels import message_text
from customers.models import Customer

# Commands have no account, and the log's rows need one. Forms refuse this name, and it can't log in.
COMMAND_ACCOUNT = "(command)"


class Kind(models.TextChoices):
    SCHEDULE_ON = "schedule_on", gettext_lazy("schedule turned on")
    SCHEDULE_OFF = "schedule_off", gettext_lazy("schedule turned off")
    INTERVAL = "interval", gettext_lazy("interval changed")
    RESUMED = "resumed", gettext_lazy("syncs resumed")
    SYNC = "sync", gettext_lazy("sync started")
    DRY_RUN = "dry_run", gettext_lazy("dry run started")
    UPLOADED = "uploaded", gettext_lazy("list uploaded")
    CANCELLED = "cancelled", gettext_lazy("sync cancelled")
    APPROVED = "approved", gettext_lazy("list approved")
    REJECTED = "rejected", gettext_lazy("list rejected")
    EXPORT = "export", gettext_lazy("customers downloaded")
    TOKEN_MADE = "token_made", gettext_lazy("token made")
    TOKEN_REVOKED = "token_revoked", gettext_lazy("token revoked")
    PASSWORD = "password", gettext_lazy("password changed")
    ERASED = "erased", gettext_lazy("customer erased")


_TEXTS = {
    Kind.SCHEDULE_ON: gettext_noop("turned automatic syncs on"),
    Kind.SCHEDULE_OFF: gettext_noop("turned automatic syncs off"),
    Kind.INTERVAL: gettext_noop("changed the interval from %(before)s to %(minutes)s minutes"),
    Kind.RESUMED: gettext_noop("resumed the scheduled syncs"),
    Kind.SYNC: gettext_noop("started sync %(run)s"),
    Kind.DRY_RUN: gettext_noop("started dry run %(run)s"),
    Kind.UPLOADED: gettext_noop("uploaded the list of sync %(run)s"),
    Kind.CANCELLED: gettext_noop("cancelled sync %(run)s"),
    Kind.APPROVED: gettext_noop("approved the list of sync %(run)s"),
    Kind.REJECTED: gettext_noop("rejected the list of sync %(run)s"),
    Kind.EXPORT: gettext_noop("downloaded customers as %(format)s, %(count)s in all (%(filters)s)"),
    Kind.TOKEN_MADE: gettext_noop("made a token for %(account)s"),
    Kind.TOKEN_REVOKED: gettext_noop("revoked a token of %(account)s"),
    Kind.PASSWORD: gettext_noop("changed the password of %(account)s"),
    Kind.ERASED: gettext_noop("erased the customer with the mark %(mark)s"),
}


_FREE_TEXT_FILTERS = frozenset({"city", "type"})


@dataclass(frozen=True)
class Action:
    """A recorded action as shown to people. ``origin`` is an address, or the OS account of a command."""

    text: str
    origin: str


def record_action(request: HttpRequest | Request | None, kind: Kind, **params: Param) -> None:
    """Record an action of the request's account, or of a command if there is no request.

    ``params`` are those of the kind's text. Call it after the action has succeeded; before, if it gives data
    away.
    """
    account_id = _command_account_id() if request is None else cast(int, request.user.pk)
    origin = getpass.getuser() if request is None else client_address(request)
    said = message(_TEXTS[kind], **params)
    LogEntry.objects.create(
        user_id=account_id,
        action_flag=CHANGE,
        object_repr=str(said)[:200],
        change_message=json.dumps({"kind": kind, "origin": origin, "message": said.as_json()}),
    )


def record_export(
    request: HttpRequest | Request, extension: str, count: int, *, filters: Mapping[str, Any], searched: bool
) -> None:
    """Record a download of customers, with its filters; free text only if a customer has it."""
    named: list[Param] = [
        f"{name}={value}" if _is_harmless(name, value) else name for name, value in filters.items()
    ]
    if searched:
        # The words are left out: they are often a person's name.
        named.append(Message(gettext_noop("a search")))
    shown: Param = named or Message(gettext_noop("all customers"))
    record_action(request, Kind.EXPORT, count=count, format=extension, filters=shown)


def _is_harmless(name: str, value: Any) -> bool:
    """Return whether a filter's value is no free text, which could be a person's name."""
    if name not in _FREE_TEXT_FILTERS:
        return True
    return Customer.objects.filter(**{f"{name}__iexact": value}).exists()


def of_kind(entries: QuerySet[LogEntry], kind: str) -> QuerySet[LogEntry]:
    return entries.filter(change_message__startswith=f'{{"kind": "{kind}"')


def action_of(entry: LogEntry) -> Action:
    """Return a recorded action in the reader's language; entries of Django itself have no origin."""
    try:
        stored = json.loads(entry.change_message)
        return Action(message_text(stored["message"], entry.object_repr), str(stored["origin"]))
    except (ValueError, KeyError, TypeError):
        return Action(str(entry), "")


def remove_old(days: int) -> int:
    """Remove the entries of the log that are more than ``days`` days old; return how many."""
    before = timezone.now() - timedelta(days=days)
    return LogEntry.objects.filter(action_time__lt=before).delete()[0]


def _command_account_id() -> int:
    users = get_user_model().objects
    account, is_new = users.get_or_create(username=COMMAND_ACCOUNT, defaults={"is_active": False})
    if is_new:
        account.set_unusable_password()
        account.save()
    return int(account.pk)
