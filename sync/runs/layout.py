"""A report's layout from run to run: a change is read all the same, and noted."""

from __future__ import annotations

from typing import Any

from sync.models import SyncRun
from sync.report import Report


def layout_of(report: Report) -> dict[str, Any]:
    """Return what of a report's layout is compared from run to run."""
    return {"columns": list(report.columns), "pagesPerGroup": report.pages_per_group}


def layout_notes(report: Report) -> list[str]:
    """Tell how a report's layout differs from the last one's that was applied."""
    last = SyncRun.objects.real().succeeded().exclude(layout={}).first()
    if last is None or last.layout == layout_of(report):
        return []
    notes = []
    before, now = last.layout["pagesPerGroup"], report.pages_per_group
    if before != now:
        notes.append(f"the layout changed: {now} pages a group, {before} before")
    if last.layout["columns"] != list(report.columns):
        notes.append("the layout changed: other columns, or in another order")
    return notes
