"""Read the rows of a customer list into records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from customers.erp_list.columns import CAPTIONS, Column, ColumnMap, map_columns
from customers.erp_list.message import Message, message
from customers.erp_list.message import gettext_noop as _
from customers.erp_list.records import CustomerRecord, InvalidList, Value, is_empty
from customers.erp_list.values import (
    KIND_NAMES,
    READERS,
    ForeignFormat,
    Kind,
    Unreadable,
    WrongFormat,
    read_count,
    read_identifier,
    read_unknown,
    shown,
)

# A footer's cell can have several totals.
_COUNT_TOTAL = re.compile(r"(?<!\S)Count=\s*(.*?)(?=\s\w+=|\s*$)")
_MAX_REJECTED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that can't be read; its customer stays unchanged.

    ``row`` counts from 1, ``column`` is a caption; ``reason`` holds no personal data.
    """

    row: int
    erp_id: str
    column: str
    reason: Message

    @property
    def text(self) -> Message:
        text = _("row %(row)s, column %(column)s: %(reason)s")
        return message(text, row=self.row, column=self.column, reason=self.reason)


@dataclass(frozen=True, slots=True)
class RecordList:
    """The records and rejected rows of a list, each in the list's order."""

    records: tuple[CustomerRecord, ...]
    rejected: tuple[RejectedRow, ...]
    columns: ColumnMap

    @property
    def rejected_ids(self) -> frozenset[str]:
        return frozenset(rejected.erp_id for rejected in self.rejected)

    @property
    def absent_fields(self) -> frozenset[str]:
        return self.columns.absent_fields

    @property
    def notes(self) -> tuple[Message, ...]:
        rejected = (message(_("rejected: %(row)s"), row=rejected.text) for rejected in self.rejected)
        return (*self.columns.notes, *self._unread_values(), *rejected)

    def _unread_values(self) -> Iterator[Message]:
        """Note the optional columns with values of another kind than assumed, kept as extra."""
        for _index, column in self.columns.optional:
            count = sum(column.caption in record.extra for record in self.records)
            if count:
                filled = count + sum(not is_empty(getattr(record, column.field)) for record in self.records)
                text = _(
                    "%(count)s of %(filled)s values in column “%(column)s” can't be read as %(kind)s; "
                    "they are kept as text"
                )
                kind = Message(KIND_NAMES[column.kind])
                yield message(text, count=count, filled=filled, column=column.caption, kind=kind)


def read_records(
    captions: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    footer: Sequence[str] | None,
    allow_missing_columns: bool = False,
    allow_missing_footer: bool = False,
) -> RecordList:
    """Read a report's rows into typed records; reject single rows with an unreadable value.

    At most one row, or 1 % of a longer list, may be rejected. An empty list needs no footer: the guard holds
    it.

    Raises: InvalidList with the codes of ``map_columns``, or ``row_ragged``, ``id_invalid``,
    ``id_duplicate``, ``list_language``, ``values_unreadable``, ``list_unproven``.
    """
    columns = map_columns(captions, allow_missing=allow_missing_columns)
    outcomes = list(_read_rows(columns, rows if isinstance(rows, Sequence) else list(rows)))
    records = tuple(outcome for outcome in outcomes if isinstance(outcome, CustomerRecord))
    rejected = tuple(outcome for outcome in outcomes if isinstance(outcome, RejectedRow))
    _check_count(footer, len(outcomes), allow_missing=allow_missing_footer)
    _check_rejected(rejected, len(outcomes))
    return RecordList(records, rejected, columns)


def _read_rows(columns: ColumnMap, rows: Sequence[Sequence[str]]) -> Iterator[CustomerRecord | RejectedRow]:
    doubted = _doubted_fields(columns, rows)
    row_of_id: dict[str, int] = {}
    for row_number, row in enumerate(rows, start=1):
        erp_id = _key_of(columns, row, row_number)
        if (earlier := row_of_id.setdefault(erp_id, row_number)) != row_number:
            text = _("ID %(id)s is in row %(earlier)s and again in row %(row)s")
            twice = message(text, id=erp_id, earlier=earlier, row=row_number)
            raise InvalidList("id_duplicate", twice, column=CAPTIONS["erp_id"], row=row_number)
        yield _read_row(columns, row, row_number, erp_id, doubted)


def _key_of(columns: ColumnMap, row: Sequence[str], row_number: int) -> str:
    if len(row) != columns.width:
        text = _("row %(row)s has %(cells)s cells under %(captions)s captions")
        ragged = message(text, row=row_number, cells=len(row), captions=columns.width)
        raise InvalidList("row_ragged", ragged, row=row_number)
    cell = row[columns.id_index]
    try:
        return read_identifier(cell)
    except Unreadable as exc:
        caption = CAPTIONS["erp_id"]
        unread = RejectedRow(row_number, "", caption, _mismatch(exc, cell, Kind.IDENTIFIER))
        raise InvalidList("id_invalid", unread.text, column=caption, row=row_number) from exc


def _mismatch(cause: WrongFormat, cell: str, kind: Kind) -> Message:
    text = _("expected %(expected)s, found %(found)s")
    return message(text, expected=cause.expected, found=shown(cell, kind))


def _doubted_fields(columns: ColumnMap, rows: Sequence[Sequence[str]]) -> frozenset[str]:
    """Return the optional fields that have a value in the format of another language.

    Their other values are ambiguous too: 05/03/2026 may be the third of May.
    """
    return frozenset(
        column.field
        for index, column in columns.optional
        if any(_fault(column, row[index]) is ForeignFormat for row in rows if index < len(row))
    )


def _fault(column: Column, cell: str) -> type[WrongFormat] | None:
    """Return the type of the error that reading a cell raises, None if it can be read."""
    try:
        READERS[column.kind](cell)
    except WrongFormat as exc:
        return type(exc)
    return None


class _CellFault(Exception):
    """A cell that can't be read; the reason holds no personal data."""

    def __init__(self, caption: str, cell: str, kind: Kind, cause: WrongFormat) -> None:
        super().__init__(caption)
        self.reason = _mismatch(cause, cell, kind)
        self.caption = caption
        self.is_foreign = isinstance(cause, ForeignFormat)


def _read_row(
    columns: ColumnMap, row: Sequence[str], row_number: int, erp_id: str, doubted: Set[str]
) -> CustomerRecord | RejectedRow:
    try:
        values = _read_known(columns, row)
        optional_values, extra = _read_optional(columns, row, doubted)
        extra |= {caption: _read_extra(caption, row[index]) for index, caption in columns.unknown}
    except _CellFault as fault:
        rejected = RejectedRow(row_number, erp_id, fault.caption, fault.reason)
        if fault.is_foreign:
            raise InvalidList("list_language", rejected.text, column=fault.caption, row=row_number) from fault
        return rejected
    return CustomerRecord(**values, **optional_values, extra=extra)  # type: ignore[arg-type]


def _read_known(columns: ColumnMap, row: Sequence[str]) -> dict[str, Value]:
    """Raises: _CellFault."""
    try:
        return {column.field: READERS[column.kind](row[index]) for index, column in columns.known}
    except WrongFormat:
        # Hardly any row has an unreadable cell, so only then is it found out which one it is.
        return {column.field: _read_cell(column, row[index]) for index, column in columns.known}


def _read_optional(
    columns: ColumnMap, row: Sequence[str], doubted: Set[str]
) -> tuple[dict[str, Value], dict[str, str]]:
    """Return the optional fields' values, and as extra the cells that can't be read or are ``doubted``."""
    values: dict[str, Value] = {}
    extra: dict[str, str] = {}
    for index, column in columns.optional:
        cell = row[index]
        if column.field not in doubted and _fault(column, cell) is None:
            values[column.field] = _read_cell(column, cell)
        elif cell.strip():
            extra[column.caption] = _read_extra(column.caption, cell)
    return values, extra


def _read_cell(column: Column, cell: str) -> Value:
    try:
        return READERS[column.kind](cell)
    except WrongFormat as exc:
        raise _CellFault(column.caption, cell, column.kind, exc) from exc


def _read_extra(caption: str, cell: str) -> str:
    try:
        return read_unknown(cell)
    except Unreadable as exc:
        raise _CellFault(caption, cell, Kind.TEXT, exc) from exc


def _check_count(footer: Sequence[str] | None, row_count: int, *, allow_missing: bool) -> None:
    """Compare the footer's count with the rows read; its sums would not show a lost row of zeros."""
    totals = [total for cell in footer or () for total in _COUNT_TOTAL.findall(cell)]
    if not totals:
        if row_count and not allow_missing:
            text = _("the list has no count of its rows in a footer: it may be cut off")
            raise InvalidList("list_unproven", Message(text))
        return
    try:
        expected = read_count(totals[0])
    except ForeignFormat as exc:
        text = _("the footer's count is not in Italian: expected %(expected)s")
        raise InvalidList("list_language", message(text, expected=exc.expected)) from exc
    except Unreadable as exc:
        text = _("the footer's count can't be read: expected %(expected)s")
        raise InvalidList("list_unproven", message(text, expected=exc.expected)) from exc
    if expected != row_count:
        text = _("the footer counts %(expected)s rows, %(count)s were read")
        raise InvalidList("list_unproven", message(text, expected=totals[0], count=row_count))


def _check_rejected(rejected: Sequence[RejectedRow], row_count: int) -> None:
    if len(rejected) > max(1, int(_MAX_REJECTED_SHARE * row_count)):
        first = rejected[0]
        text = _("%(rejected)s of %(count)s rows can't be read; the first: %(first)s")
        unread = message(text, rejected=len(rejected), count=row_count, first=first.text)
        raise InvalidList("values_unreadable", unread, column=first.column, row=first.row)
