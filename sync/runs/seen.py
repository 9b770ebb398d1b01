"""What the ERP showed when a list was fetched: noted for the first list, compared for later ones.

``seen`` maps ``account`` (a hash of the account), ``view`` and ``filter`` (their texts, empty if not seen),
``gridFilters`` (descriptions of the grid's own filters that were cleared), ``pages``, ``page``, ``pageSize``,
``rowsOnPage``, and ``rowsMin`` and ``rowsMax``, the bounds on the row count from the pager (numbers or None).
It is empty for a list that comes from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from customers.erp_list.message import Message
from sync.models import SyncRun

Seen = Mapping[str, Any]


def last_applied() -> Seen:
    """Return what was seen for the last applied list from the ERP; empty if there is none."""
    applied = SyncRun.objects.real().succeeded().exclude(seen={})
    return applied.values_list("seen", flat=True).first() or {}


def source_changes(before: Seen, now: Seen) -> list[Message]:
    """Return the changes of a list's source that can make it contain other customers than before."""
    changes = []
    if _differs(before, now, "account"):
        changes.append(Message(gettext_noop("another ERP account")))
    if _differs(before, now, "view"):
        text = gettext_noop("another view “%(now)s” instead of “%(before)s”")
        changes.append(Message(text, {"now": now["view"], "before": before["view"]}))
    return changes


def _differs(before: Seen, now: Seen, key: str) -> bool:
    return key in before and key in now and before[key] != now[key]


def first_list_note(seen: Seen) -> str:
    """Return a note on the evidence that the first list is complete."""
    return f"first list: {_filter(seen)}, {_grid_filters(seen)}, and {_pager(seen)}"


def _filter(seen: Seen) -> str:
    text = seen.get("filter")
    return f"the ERP's filter said “{text}”" if text else "the ERP's filter was not seen"


def _grid_filters(seen: Seen) -> str:
    cleared = seen.get("gridFilters")
    return (
        f"filters of the grid were cleared ({'; '.join(cleared)})"
        if cleared
        else "no filter of the grid was set"
    )


def _pager(seen: Seen) -> str:
    least, most = seen.get("rowsMin"), seen.get("rowsMax")
    if least is None or most is None:
        return "the pager did not bound the list"
    if least == most:
        return f"the pager said that the list has {least:,} rows"
    return f"the pager bounded the list to {least:,} to {most:,} rows"
