"""Find reasons to hold a list until a person approves it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations
from typing import Any

from customers.erp_list.columns import CAPTIONS, COLUMNS, OPTIONAL_COLUMNS, normalised
from customers.erp_list.delta import Delta, FieldChange, StoredCustomer
from customers.erp_list.message import FieldName, Message, Param
from customers.erp_list.message import gettext_noop as _
from customers.erp_list.records import EXTRA_PREFIX, CustomerRecord, Value, extra_caption, is_empty

ChangesByField = Mapping[str, Sequence[FieldChange]]


@dataclass(frozen=True, slots=True)
class GuardBounds:
    """Bounds on what a list may change.

    It must have ``min_list_share`` of the active customers, and the first list ``min_first_list`` customers.
    At most ``max_emptied_share`` of the customers with a value in a field may lose it.
    """

    min_list_share: float = 0.70
    max_emptied_share: float = 0.20
    min_first_list: int = 0


@dataclass(frozen=True, slots=True)
class GuardReason:
    """Why a list is held; the message names fields and numbers but no customer."""

    code: str
    text: Message

    @property
    def message(self) -> str:
        """The message in English."""
        return str(self.text)

    def as_json(self) -> dict[str, Any]:
        """Return code, English message, and the message's text and parameters."""
        return {"code": self.code, "message": self.message, **self.text.as_json()}


def _reason(code: str, text: str, **params: Param) -> GuardReason:
    return GuardReason(code, Message(text, params))


def uploaded_by_hand() -> GuardReason:
    """Return the reason to hold every list that a person or a program uploads."""
    return _reason("list_uploaded", _("the list was uploaded and not fetched from the ERP"))


def _field(name: str) -> FieldName:
    return FieldName(name, extra_caption(name) or CAPTIONS[name])


SAME_CAPTION = tuple(
    (one.field, other.field) for one, other in combinations(COLUMNS, 2) if one.caption == other.caption
)
# Fewer than this is normal editing: if four customers have a field, one of them is already a quarter.
_EMPTIED_MIN_CUSTOMERS = 3
# Values count as exchanged if a field changes for at least this many customers, and this share of the new
# values are old values of other customers.
_EXCHANGED_MIN_CUSTOMERS = 6
_EXCHANGED_SHARE = 0.90
# With fewer different values, an exchange is normal editing: people move customers between a few types.
_EXCHANGED_MIN_VALUES = 4
# One day, since ERP, server and customer may be in different time zones.
_FUTURE_DAYS = 1


def reasons_to_hold(
    delta: Delta,
    stored: Mapping[str, StoredCustomer],
    bounds: GuardBounds | None = None,
    *,
    today: date | None = None,
    source_changes: Sequence[Message] = (),
) -> list[GuardReason]:
    """Return every reason to hold a list, an empty list if it can be written.

    ``source_changes`` are differences from the source of the last list, such as another account. Without
    ``today``, dates are not checked.

    Codes: ``list_empty``, ``first_list_too_short``, ``list_too_short``, ``customers_replaced``,
    ``source_changed``, ``order_in_future``, ``field_emptied``, ``values_exchanged``, ``columns_exchanged``.
    """
    bounds = bounds or GuardBounds()
    if delta.row_count == len(delta.rejected_ids):
        return [_reason("list_empty", _("no customer can be read from the list"))]
    by_field = _changes_by_field(delta)
    return [
        *_too_few_at_first(delta, stored, bounds),
        *_too_few(delta, stored, bounds),
        *_source_changed(delta, stored, source_changes),
        *_ordered_in_future(delta, today),
        *_emptied(delta, stored, by_field, bounds),
        *_exchanged_values(by_field),
        *_exchanged_columns(delta),
        *_shifted_columns(delta, stored),
    ]


def _changes_by_field(delta: Delta) -> dict[str, list[FieldChange]]:
    by_field: dict[str, list[FieldChange]] = defaultdict(list)
    for change in delta.updated + delta.restored:
        for each in change.fields:
            if not _moved_to_field(change.record, each):
                by_field[each.field].append(each)
    return by_field


def _moved_to_field(record: CustomerRecord, change: FieldChange) -> bool:
    """Return whether an extra column is empty because its value moved to an optional field."""
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
    """Check the size of the first list, which has no earlier one to compare with."""
    if not stored and delta.row_count < bounds.min_first_list:
        yield _reason(
            "first_list_too_short",
            _("the first list has %(rows)s customers, fewer than the %(least)s of SYNC_MIN_CUSTOMERS"),
            rows=delta.row_count,
            least=bounds.min_first_list,
        )


def _source_changed(
    delta: Delta, stored: Mapping[str, StoredCustomer], source_changes: Sequence[Message]
) -> Iterator[GuardReason]:
    """Hold a list without some active customers if another account or view may hide them."""
    lacking = len(delta.missing) + len(delta.removed)
    if source_changes and lacking:
        active = sum(customer.is_active for customer in stored.values())
        yield _reason(
            "source_changed",
            _("%(changes)s: the list lacks %(lacking)s of the %(active)s active customers"),
            changes=source_changes,
            lacking=lacking,
            active=active,
        )


def _ordered_in_future(delta: Delta, today: date | None) -> Iterator[GuardReason]:
    """Hold new last orders after tomorrow; those already stored were approved."""
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
        one = _("1 customer has a last order in the future, on %(latest)s: day and month may be swapped")
        more = _(
            "%(count)s customers have a last order in the future, the latest on %(latest)s: "
            "day and month may be swapped"
        )
        text = one if len(ahead) == 1 else more
        yield _reason("order_in_future", text, count=len(ahead), latest=max(ahead))


def _too_few(
    delta: Delta, stored: Mapping[str, StoredCustomer], bounds: GuardBounds
) -> Iterator[GuardReason]:
    """Compare the number of rows, and of active customers in the list, with all active customers."""
    active = sum(customer.is_active for customer in stored.values())
    present = active - len(delta.missing) - len(delta.removed)
    if delta.row_count < bounds.min_list_share * active:
        text = _("the list has %(rows)s customers, but %(active)s are active")
        yield _reason("list_too_short", text, rows=delta.row_count, active=active)
    elif present < bounds.min_list_share * active:
        text = _("the list has only %(present)s of the %(active)s active customers, and %(new)s new ones")
        yield _reason("customers_replaced", text, present=present, active=active, new=len(delta.new))


def _emptied(
    delta: Delta, stored: Mapping[str, StoredCustomer], by_field: ChangesByField, bounds: GuardBounds
) -> Iterator[GuardReason]:
    """Compare, per field, how many customers lose their value with how many had one."""
    for name, changes in by_field.items():
        emptied = sum(is_empty(change.new) for change in changes)
        if emptied < _EMPTIED_MIN_CUSTOMERS:
            continue
        had = sum(not is_empty(_value_of(record, name)) for record in _stored_in_list(delta, stored))
        if emptied > bounds.max_emptied_share * had:
            text = _("%(field)s goes empty for %(emptied)s of the %(had)s customers that had it")
            yield _reason("field_emptied", text, field=_field(name), emptied=emptied, had=had)


def _stored_in_list(delta: Delta, stored: Mapping[str, StoredCustomer]) -> Iterator[CustomerRecord]:
    for erp_id in delta.unchanged_ids:
        yield stored[erp_id].record
    for change in delta.updated + delta.restored:
        yield stored[change.record.erp_id].record


def _exchanged_values(by_field: ChangesByField) -> Iterator[GuardReason]:
    """Detect swapped pages of a report: values move between customers and all totals stay the same."""
    for name, changes in by_field.items():
        if len(changes) < _EXCHANGED_MIN_CUSTOMERS:
            continue
        moved = Counter(change.old for change in changes) & Counter(change.new for change in changes)
        different = sum(not is_empty(value) for value in moved)
        if different >= _EXCHANGED_MIN_VALUES and moved.total() >= _EXCHANGED_SHARE * len(changes):
            text = _("%(field)s changes, for %(moved)s of %(count)s customers, to what another customer had")
            yield _reason(
                "values_exchanged", text, field=_field(name), moved=moved.total(), count=len(changes)
            )


def _exchanged_columns(delta: Delta) -> Iterator[GuardReason]:
    """Detect swapped columns of the same caption, which only their order tells apart.

    Customers with a zero in one of them don't count: a new year looks the same.
    """
    changed = [{each.field: each for each in change.fields} for change in delta.updated + delta.restored]
    for one, other in SAME_CAPTION:
        pairs = [(fields[one], fields[other]) for fields in changed if one in fields and other in fields]
        filled = [(a, b) for a, b in pairs if a.old and a.new and b.old and b.new]
        swapped = sum(a.new == b.old and b.new == a.old for a, b in filled)
        enough = max(_EXCHANGED_MIN_CUSTOMERS, _EXCHANGED_SHARE * len(filled))
        if swapped >= enough:
            text = _("%(one)s and %(other)s have each other's values for %(count)s customers")
            yield _reason("columns_exchanged", text, one=_field(one), other=_field(other), count=swapped)


def _shifted_columns(delta: Delta, stored: Mapping[str, StoredCustomer]) -> Iterator[GuardReason]:
    """Detect that one of several unknown columns of the same caption was hidden, added or moved."""
    changed: Counter[str] = Counter()
    shifted: Counter[tuple[str, str]] = Counter()
    for change in delta.updated + delta.restored:
        fields = [(extra_caption(each.field), each.new) for each in change.fields]
        new = {caption: value for caption, value in fields if caption is not None and not is_empty(value)}
        # By value, since a list can have hundreds of unknown columns.
        had: dict[tuple[str, Value], list[str]] = defaultdict(list)
        for caption, value in stored[change.record.erp_id].record.extra.items() if new else ():
            had[_unnumbered(caption), value].append(caption)
        changed.update(new.keys())
        shifted.update(
            (caption, other)
            for caption, value in new.items()
            for other in had.get((_unnumbered(caption), value), ())
            if other != caption
        )
    for (caption, other), count in shifted.items():
        if count >= max(_EXCHANGED_MIN_CUSTOMERS, _EXCHANGED_SHARE * changed[caption]):
            text = _("%(one)s has, for %(count)s customers, what %(other)s had")
            one_name, other_name = (_field(EXTRA_PREFIX + each) for each in (caption, other))
            yield _reason("columns_exchanged", text, one=one_name, other=other_name, count=count)


@lru_cache(1000)
def _unnumbered(caption: str) -> str:
    """Return a caption without the number that tells it from an equal one, as in ``NOTE (2)``."""
    return re.sub(r" \(\d+\)$", "", caption)


def _value_of(record: CustomerRecord, name: str) -> Value:
    if (caption := extra_caption(name)) is not None:
        return record.extra.get(caption)
    value: Value = getattr(record, name)
    return value
