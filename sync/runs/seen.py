"""What the ERP showed when a list was fetched: noted for the first list, compared for later ones.

``seen`` maps ``account`` (a hash of the account), ``view`` and ``filter`` (their texts, empty if not seen),
``gridFilters`` (messages on the grid's own filters that were cleared), ``pages``, ``page``, ``pageSize``,
``rowsOnPage``, and ``rowsMin`` and ``rowsMax``, the bounds on the row count from the pager (numbers or None).
It is empty for a list that comes from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

from customers.erp_list.message import Message, message
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
        changes.append(Message(_("another ERP account")))
    if _differs(before, now, "view"):
        text = _("another view “%(now)s” instead of “%(before)s”")
        changes.append(Message(text, {"now": now["view"], "before": before["view"]}))
    return changes


def _differs(before: Seen, now: Seen, key: str) -> bool:
    return key in before and key in now and before[key] != now[key]


def first_list_notes(before: Seen, seen: Seen) -> list[Message]:
    """Return a note on the evidence that the list is complete, if it is the first one from the ERP."""
    return [_first_list_note(seen)] if seen and not before else []


def _first_list_note(seen: Seen) -> Message:
    return message(
        _("first list: %(filter)s, %(grid)s, and %(pager)s"),
        filter=_filter(seen),
        grid=_grid_filters(seen),
        pager=_pager(seen),
    )


def _filter(seen: Seen) -> Message:
    if text := seen.get("filter"):
        return message(_("the ERP's filter said “%(text)s”"), text=text)
    return Message(_("the ERP's filter was not seen"))


def _grid_filters(seen: Seen) -> Message:
    if cleared := seen.get("gridFilters"):
        # An earlier version stored finished sentences.
        filters = [each if isinstance(each, str) else Message.from_json(each) for each in cleared]
        return message(_("filters of the grid were cleared (%(filters)s)"), filters=filters)
    return Message(_("no filter of the grid was set"))


def _pager(seen: Seen) -> Message:
    least, most = seen.get("rowsMin"), seen.get("rowsMax")
    if least is None or most is None:
        return Message(_("the pager did not bound the list"))
    if least == most:
        return message(_("the pager said that the list has %(rows)s rows"), rows=least)
    return message(_("the pager bounded the list to %(least)s to %(most)s rows"), least=least, most=most)
