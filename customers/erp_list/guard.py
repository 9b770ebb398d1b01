"""Tell whether a delta is plausible, or its list must wait for a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from customers.erp_list.columns import CAPTIONS, COLUMNS, OPTIONAL_COLUMNS, normalised
from customers.erp_list.delta import Delta, FieldChange, StoredCustomer
from customers.erp_list.records import CustomerRecord, Value, extra_caption, is_empty

ChangesByField = Mapping[str, Sequence[FieldChange]]


@dataclass(frozen=True, slots=True)
class GuardBounds:
    """How different a list may be.

    ``min_list_share`` of the active customers must be in it, ``min_first_list`` customers in the first list
    ever, and at most ``max_emptied_share`` of those that had a field may lose it.
    """

    min_list_share: float = 0.70
    max_emptied_share: float = 0.20
    min_first_list: int = 0


@dataclass(frozen=True, slots=True)
class GuardReason:
    """Why a list is held; the message names fields and numbers, no customer."""

    code: str
    message: str


SAME_CAPTION = tuple(
    (one.field, other.field) for one, other in combinations(COLUMNS, 2) if one.caption == other.caption
)
# Under this many it is people at work: a field that four customers have loses a quarter with one of them.
_EMPTIED_MIN_CUSTOMERS = 3
# Values are exchanged when, among this many or more customers that changed in a field, this share of the new
# values are the old values of others.
_EXCHANGED_MIN_CUSTOMERS = 6
_EXCHANGED_SHARE = 0.90
# Under this many different values an exchange proves nothing: people do move customers between a few types.
_EXCHANGED_MIN_VALUES = 4
# ERP, server and customer may be in different time zones.
_FUTURE_DAYS = 1


def reasons_to_hold(
    delta: Delta,
    stored: Mapping[str, StoredCustomer],
    bounds: GuardBounds | None = None,
    *,
    today: date | None = None,
    source_changes: Sequence[str] = (),
) -> list[GuardReason]:
    """Return every reason to hold a list; none if it can be written.

    ``source_changes`` says in what the list's source differs from the last list's (another account …).
    Without ``today``, dates are not judged.

    Codes: ``list_empty``, ``first_list_too_short``, ``list_too_short``, ``customers_replaced``,
    ``source_changed``, ``order_in_future``, ``field_emptied``, ``values_exchanged``, ``columns_exchanged``.
    """
    bounds = bounds or GuardBounds()
    if delta.row_count == len(delta.rejected_ids):
        return [GuardReason("list_empty", "no customer can be read from the list")]
    by_field = _changes_by_field(delta)
    return [
        *_too_few_at_first(delta, stored, bounds),
        *_too_few(delta, stored, bounds),
        *_source_changed(delta, stored, source_changes),
        *_ordered_in_future(delta, today),
        *_emptied(delta, stored, by_field, bounds),
        *_exchanged_values(by_field),
        *_exchanged_columns(delta),
    ]


def _changes_by_field(delta: Delta) -> dict[str, list[FieldChange]]:
    by_field: dict[str, list[FieldChange]] = defaultdict(list)
    for change in delta.updated + delta.restored:
        for each in change.fields:
            if not _moved_to_field(change.record, each):
                by_field[each.field].append(each)
    return by_field


def _moved_to_field(record: CustomerRecord, change: FieldChange) -> bool:
    """Tell whether an extra column went empty because its value stands in an optional field now."""
    caption = extra_caption(change.field)
    if caption is None or not is_empty(change.new):
        return False
    return any(
        normalised(column.caption) == normalised(caption) and not is_empty(getattr(record, column.field))
        for column in OPTIONAL_COLUMNS
    )


def _too_few_at_first(
    delta: Delta, stored: Mapping[str, StoredCustomer], bounds: GuardBounds
) -> Iterator[GuardReason]:
    """Weigh the first list ever, which can be compared with nothing else."""
    if not stored and delta.row_count < bounds.min_first_list:
        text = (
            f"the first list has {delta.row_count} customers, "
            f"fewer than the {bounds.min_first_list} of SYNC_MIN_CUSTOMERS"
        )
        yield GuardReason("first_list_too_short", text)


def _source_changed(
    delta: Delta, stored: Mapping[str, StoredCustomer], source_changes: Sequence[str]
) -> Iterator[GuardReason]:
    """Hold a list that lacks customers which another account or view may only hide."""
    lacking = len(delta.missing) + len(delta.removed)
    if source_changes and lacking:
        active = sum(customer.is_active for customer in stored.values())
        text = f"{', '.join(source_changes)}: the list lacks {lacking} of the {active} active customers"
        yield GuardReason("source_changed", text)


def _ordered_in_future(delta: Delta, today: date | None) -> Iterator[GuardReason]:
    """Hold new last orders after tomorrow; one that was stored before has been approved."""
    if today is None:
        return
    new_dates = [change.record.last_order_date for change in delta.new]
    new_dates += [
        change.record.last_order_date
        for change in delta.updated + delta.restored
        if any(each.field == "last_order_date" for each in change.fields)
    ]
    latest_plausible = today + timedelta(days=_FUTURE_DAYS)
    ahead = [day for day in new_dates if day is not None and day > latest_plausible]
    if ahead:
        who = "1 customer has" if len(ahead) == 1 else f"{len(ahead)} customers have"
        text = f"{who} a last order in the future, the latest on {max(ahead)}: day and month may be exchanged"
        yield GuardReason("order_in_future", text)


def _too_few(
    delta: Delta, stored: Mapping[str, StoredCustomer], bounds: GuardBounds
) -> Iterator[GuardReason]:
    """Weigh the list, and those of the active customers that are in it, against all active ones."""
    active = sum(customer.is_active for customer in stored.values())
    present = active - len(delta.missing) - len(delta.removed)
    if delta.row_count < bounds.min_list_share * active:
        text = f"the list has {delta.row_count} customers where {active} are active"
        yield GuardReason("list_too_short", text)
    elif present < bounds.min_list_share * active:
        text = (
            f"the list has only {present} of the {active} active customers, and {len(delta.new)} unknown ones"
        )
        yield GuardReason("customers_replaced", text)


def _emptied(
    delta: Delta, stored: Mapping[str, StoredCustomer], by_field: ChangesByField, bounds: GuardBounds
) -> Iterator[GuardReason]:
    """Compare, for each field, who loses it with who in the list had it."""
    for name, changes in by_field.items():
        emptied = sum(is_empty(change.new) for change in changes)
        if emptied < _EMPTIED_MIN_CUSTOMERS:
            continue
        had = sum(not is_empty(_value_of(record, name)) for record in _stored_in_list(delta, stored))
        if emptied > bounds.max_emptied_share * had:
            text = f"{_label(name)} goes empty for {emptied} of the {had} customers that had it"
            yield GuardReason("field_emptied", text)


def _stored_in_list(delta: Delta, stored: Mapping[str, StoredCustomer]) -> Iterator[CustomerRecord]:
    for erp_id in delta.unchanged_ids:
        yield stored[erp_id].record
    for change in delta.updated + delta.restored:
        yield stored[change.record.erp_id].record


def _exchanged_values(by_field: ChangesByField) -> Iterator[GuardReason]:
    """Notice a page taken for another: values move between customers while every total stays right."""
    for name, changes in by_field.items():
        if len(changes) < _EXCHANGED_MIN_CUSTOMERS:
            continue
        moved = Counter(change.old for change in changes) & Counter(change.new for change in changes)
        different = sum(not is_empty(value) for value in moved)
        if different >= _EXCHANGED_MIN_VALUES and moved.total() >= _EXCHANGED_SHARE * len(changes):
            count = f"{moved.total()} of {len(changes)} customers"
            text = f"{_label(name)} changes, for {count}, to what another customer had"
            yield GuardReason("values_exchanged", text)


def _exchanged_columns(delta: Delta) -> Iterator[GuardReason]:
    """Notice that the columns of one caption, which only their order tells apart, changed places.

    Only customers with a value in both say so: where one is zero, a new year looks the same.
    """
    changed = [{each.field: each for each in change.fields} for change in delta.updated + delta.restored]
    for one, other in SAME_CAPTION:
        pairs = [(fields[one], fields[other]) for fields in changed if one in fields and other in fields]
        telling = [(a, b) for a, b in pairs if a.old and a.new and b.old and b.new]
        swapped = sum(a.new == b.old and b.new == a.old for a, b in telling)
        enough = max(_EXCHANGED_MIN_CUSTOMERS, _EXCHANGED_SHARE * len(telling))
        if swapped >= enough:
            text = f"{_label(one)} and {other} have each other's values for {swapped} customers"
            yield GuardReason("columns_exchanged", text)


def _value_of(record: CustomerRecord, name: str) -> Value:
    if (caption := extra_caption(name)) is not None:
        return record.extra.get(caption)
    value: Value = getattr(record, name)
    return value


def _label(name: str) -> str:
    caption = extra_caption(name) or CAPTIONS[name]
    return f"field {name} (column “{caption}”)"
