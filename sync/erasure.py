"""Erase a person: the customer, and every place that has or may have the person's data.

A held list's file and a screenshot can't be searched, so all of them go. The texts of runs normally have no
customer's data, but a database's error can quote a row: lines with the person's data are removed from them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_noop as _

from customers import selectors, services
from customers.actions import Kind, record_action
from customers.erp_list.message import Message
from customers.models import Customer
from customers.services import Erasure
from sync.config import SyncConfig
from sync.erp import remove_leftovers
from sync.models import Alert, HeldList, Preview, Suspension, SyncAttempt, SyncRun
from sync.monitoring import metrics
from sync.runs import artifacts, lifecycle
from sync.scheduling import task_records

ERASED_TEXT = "[erased]"
# Shorter values, such as a "-" instead of a name, would be found everywhere.
_MIN_CHARS = 4
_ERROR = ("error_message", "error_text")
# Every field with text that a sync writes.
_TEXTS: dict[type[Model], tuple[str, ...]] = {
    SyncRun: ("log", "notes", "seen", *_ERROR),
    SyncAttempt: _ERROR,
    Suspension: _ERROR,
    Alert: ("subject", "body"),
    Preview: ("reasons",),
}


@dataclass(frozen=True)
class Erased:
    """What was removed; ``customer`` is None if only held lists had it. ``texts`` counts changed rows."""

    customer: Erasure | None
    mark: str
    held_lists: int
    files: int
    texts: int


def is_known(erp_id: str) -> bool:
    """Return whether a customer has this ID, here or in what a held list or a dry run would change."""
    return Customer.objects.filter(erp_id=erp_id).exists() or bool(_planned_changes(erp_id))


def mark_of(erp_id: str) -> str:
    """Return the mark that stands for an erased ID: only who knows the ID can find its mark."""
    return salted_hmac("sync.erasure", erp_id, algorithm="sha256").hexdigest()[:12]


def erase(erp_id: str, *, by: str, config: SyncConfig) -> Erased:
    """Erase a person from everything that this program keeps, and record that it was done.

    No sync runs meanwhile: one that has read the customers before would write them again.
    Raises: AlreadyRunning; OSError, if a file can't be deleted. Then nothing is erased from the database.
    """
    with lifecycle.no_sync(config.lease_s):
        texts = selectors.identifying_texts(erp_id) | _planned_texts(erp_id)
        note = Message(_("rejected, because a person was erased and the list may have contained them"))
        erased = Erased(
            customer=services.erase_customer(erp_id, now=timezone.now()),
            mark=mark_of(erp_id),
            held_lists=lifecycle.reject_all(SyncRun.objects.all(), note, by=by),
            files=artifacts.remove_all(config.artifacts_dir) + remove_leftovers(config.erp.work_dir),
            texts=_remove_from_texts(_pattern(erp_id, texts)),
        )
        # Of a run that ended in another way than its list: none is running.
        HeldList.objects.all().delete()
        _remove_from_previews(erp_id)
        artifacts.forget(SyncRun.objects.all(), SyncAttempt.objects.all())
        # A run that has just ended does not keep its log afterwards.
        SyncRun.objects.exclude(lease_token=None).update(lease_token=None)
        task_records.remove_failed()
        record_action(None, Kind.ERASED, mark=erased.mark)
    metrics.forget()
    _empty_the_write_ahead_log()
    return erased


def _empty_the_write_ahead_log() -> None:
    """Let SQLite overwrite the erased rows in its file now; until then, only its log has the new pages."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _planned_texts(erp_id: str) -> set[str]:
    """Return the values that tell who it is, from what held lists and dry runs would change."""
    found = set()
    for change in _planned_changes(erp_id):
        found.add(change["name"])
        for each in change["fields"]:
            if each["field"] in selectors.IDENTIFYING_FIELDS:
                found.update((each["old"], each["new"]))
    return {text for text in found if text}


def _planned_changes(erp_id: str) -> list[dict[str, Any]]:
    plans = [model._default_manager.values_list("changes", flat=True) for model in (HeldList, Preview)]
    return [change for changes in chain(*plans) for change in changes if change["erpId"] == erp_id]


def _remove_from_previews(erp_id: str) -> None:
    for preview in Preview.objects.iterator(chunk_size=10):
        kept = [change for change in preview.changes if change["erpId"] != erp_id]
        if len(kept) < len(preview.changes):
            Preview.objects.filter(pk=preview.pk).update(changes=kept)


def _pattern(erp_id: str, texts: Collection[str]) -> re.Pattern[str]:
    """Match a value as whole words, and the ID where a message or the database names it as one."""
    values = [rf"(?<!\w){re.escape(text)}" for text in texts if len(text) >= _MIN_CHARS]
    named_id = rf"(?:\bID |erp_id\W{{1,4}}){re.escape(erp_id)}"
    return re.compile(f"(?:{'|'.join([*values, named_id])})(?!\\w)", re.IGNORECASE)


def _remove_from_texts(pattern: re.Pattern[str]) -> int:
    """Remove the matching lines from the texts of all runs; return how many rows have changed."""
    changed_rows = 0
    for model, names in _TEXTS.items():
        rows = model._default_manager.only(*names)
        for row in rows.iterator(chunk_size=200):
            before = {name: getattr(row, name) for name in names}
            after = {name: _without(value, pattern) for name, value in before.items()}
            if after != before:
                model._default_manager.filter(pk=row.pk).update(**after)
                changed_rows += 1
    return changed_rows


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    """Return a text, or the texts of a JSON value, with each matching line replaced."""
    if isinstance(value, str):
        return "\n".join(ERASED_TEXT if pattern.search(line) else line for line in value.split("\n"))
    if isinstance(value, dict):
        # A message's sentence is the same for everybody; its parameters are not.
        return {key: each if key == "text" else _without(each, pattern) for key, each in value.items()}
    return [_without(each, pattern) for each in value] if isinstance(value, list) else value
