"""Compare a report's layout with that of the last run. A change is noted; it does not stop the sync."""

from __future__ import annotations

from typing import Any

from sync.models import SyncRun
from sync.report import Report


def layout_of(report: Report) -> dict[str, Any]:
    """Return the parts of a report's layout that are compared between runs."""
    return {"columns": list(report.columns), "pagesPerGroup": report.pages_per_group}


def layout_notes(report: Report) -> list[str]:
    """Describe how a report's layout differs from that of the last applied list."""
    applied = SyncRun.objects.real().succeeded().exclude(layout={})
    # Only the layout: a run's log may be long.
    last = applied.values_list("layout", flat=True).first()
    if last is None or last == layout_of(report):
        return []
    notes = []
    before, now = last["pagesPerGroup"], report.pages_per_group
    if before != now:
        notes.append(f"the layout changed: {now} pages a group, {before} before")
    if last["columns"] != list(report.columns):
        notes.append("the layout changed: other columns, or in another order")
    return notes
