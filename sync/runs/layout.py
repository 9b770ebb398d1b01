"""Compare a report's layout with that of the last run. A change is noted; it does not stop the sync."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop

from customers.erp_list.message import Message, message
from sync.models import SyncRun
from sync.report import Report


def layout_of(report: Report) -> dict[str, Any]:
    """Return the parts of a report's layout that are compared between runs."""
    return {"columns": list(report.columns), "pagesPerGroup": report.pages_per_group}


def layout_notes(report: Report) -> list[Message]:
    """Describe how a report's layout differs from that of the last applied list."""
    applied = SyncRun.objects.real().succeeded().exclude(layout={})
    # Only the layout: a run's log may be long.
    last = applied.values_list("layout", flat=True).first()
    if last is None or last == layout_of(report):
        return []
    notes = []
    before, now = last["pagesPerGroup"], report.pages_per_group
    if before != now:
        text = gettext_noop("the layout changed: %(now)s pages a group, %(before)s before")
        notes.append(message(text, now=now, before=before))
    if last["columns"] != list(report.columns):
        notes.append(Message(gettext_noop("the layout changed: other columns, or in another order")))
    return notes


def reading_notes(report: Report) -> list[Message]:
    """Say how many pages are not drawn as usual: if there are many, the ERP was updated."""
    if not report.pages_read_again:
        return []
    text = gettext_noop(
        "%(pages)s of %(all)s pages are drawn differently than usual and were read by pdfplumber"
    )
    return [message(text, pages=report.pages_read_again, all=report.page_count)]


def gone_columns_notes(captions: Sequence[str]) -> list[Message]:
    """Name the extra and optional columns that earlier lists had and this one does not."""
    text = gettext_noop("layout changed: columns gone, their values kept: %(captions)s")
    return [message(text, captions=captions)] if captions else []
