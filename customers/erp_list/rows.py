"""Read the rows of a customer list into records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from customers.erp_list.columns import CAPTIONS, Column, ColumnMap, map_columns
from customers.erp_list.records import CustomerRecord, ListRefused, Value, is_empty
from customers.erp_list.values import (
    READERS,
    ForeignFormat,
    Kind,
    Unreadable,
    read_count,
    read_identifier,
    read_unknown,
    shown,
)

_COUNT_TOTAL = re.compile(r"Count=(.*)")
_MAX_REJECTED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that can't be read; its customer stays unchanged.

    ``row`` counts from 1, ``column`` is a caption; ``reason`` holds no personal data.
    """

    row: int
    erp_id: str
    column: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.reason}"


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
    def notes(self) -> tuple[str, ...]:
        rejected = (f"rejected: {rejected}" for rejected in self.rejected)
        return (*self.columns.notes, *self._unread_values(), *rejected)

    def _unread_values(self) -> Iterator[str]:
        """Note the optional columns with values of another kind than assumed, kept as extra."""
        for _, column in self.columns.optional:
            count = sum(column.caption in record.extra for record in self.records)
            if count:
                filled = count + sum(not is_empty(getattr(record, column.field)) for record in self.records)
                yield (
                    f"kept as extra, since they can't be read as {column.kind}: "
                    f"{count} of {filled} values in column “{column.caption}”"
                )


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

    Raises: ListRefused with the codes of ``map_columns``, or ``row_ragged``, ``id_invalid``,
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
            message = f"ID {erp_id} is in row {earlier} and again in row {row_number}"
            raise ListRefused("id_duplicate", message, column=CAPTIONS["erp_id"], row=row_number)
        yield _read_row(columns, row, row_number, erp_id, doubted)


def _key_of(columns: ColumnMap, row: Sequence[str], row_number: int) -> str:
    if len(row) != columns.width:
        message = f"row {row_number} has {len(row)} cells under {columns.width} captions"
        raise ListRefused("row_ragged", message, row=row_number)
    cell = row[columns.id_index]
    try:
        return read_identifier(cell)
    except Unreadable as exc:
        caption = CAPTIONS["erp_id"]
        message = f"row {row_number}, column {caption}: expected {exc}, found {shown(cell, Kind.IDENTIFIER)}"
        raise ListRefused("id_invalid", message, column=caption, row=row_number) from exc


def _doubted_fields(columns: ColumnMap, rows: Sequence[Sequence[str]]) -> frozenset[str]:
    """Return the optional fields that have a value in the format of another language.

    Their other values are ambiguous too: 05/03/2026 may be the third of May.
    """
    return frozenset(
        column.field
        for index, column in columns.optional
        if any(_fault(column, row[index]) is ForeignFormat for row in rows if index < len(row))
    )


def _fault(column: Column, cell: str) -> type[ValueError] | None:
    """Return the type of the error that reading a cell raises, None if it can be read."""
    try:
        READERS[column.kind](cell)
    except (Unreadable, ForeignFormat) as exc:
        return type(exc)
    return None


class _CellFault(Exception):
    """A cell that can't be read; the message holds no personal data."""

    def __init__(self, caption: str, cell: str, kind: Kind, cause: ValueError) -> None:
        super().__init__(f"expected {cause}, found {shown(cell, kind)}")
        self.caption = caption
        self.is_foreign = isinstance(cause, ForeignFormat)


def _read_row(
    columns: ColumnMap, row: Sequence[str], row_number: int, erp_id: str, doubted: Set[str]
) -> CustomerRecord | RejectedRow:
    try:
        values = {column.field: _read_cell(column, row[index]) for index, column in columns.known}
        optional_values, extra = _read_optional(columns, row, doubted)
        extra |= {caption: _read_extra(caption, row[index]) for index, caption in columns.unknown}
    except _CellFault as fault:
        rejected = RejectedRow(row_number, erp_id, fault.caption, str(fault))
        if fault.is_foreign:
            raise ListRefused("list_language", str(rejected), column=fault.caption, row=row_number) from fault
        return rejected
    return CustomerRecord(**values, **optional_values, extra=extra)  # type: ignore[arg-type]


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
    except (Unreadable, ForeignFormat) as exc:
        raise _CellFault(column.caption, cell, column.kind, exc) from exc


def _read_extra(caption: str, cell: str) -> str:
    try:
        return read_unknown(cell)
    except Unreadable as exc:
        raise _CellFault(caption, cell, Kind.TEXT, exc) from exc


def _check_count(footer: Sequence[str] | None, row_count: int, *, allow_missing: bool) -> None:
    """Compare the footer's count with the rows read; its sums would not show a lost row of zeros."""
    totals = [match[1] for cell in footer or () if (match := _COUNT_TOTAL.fullmatch(cell.strip()))]
    if not totals:
        if row_count and not allow_missing:
            raise ListRefused(
                "list_unproven", "the list has no count of its rows in a footer: it may be cut off"
            )
        return
    try:
        expected = read_count(totals[0])
    except ForeignFormat as exc:
        raise ListRefused("list_language", f"the footer's count is not in Italian: expected {exc}") from exc
    except Unreadable as exc:
        raise ListRefused("list_unproven", f"the footer's count can't be read: expected {exc}") from exc
    if expected != row_count:
        raise ListRefused("list_unproven", f"the footer counts {expected} rows, {row_count} were read")


def _check_rejected(rejected: Sequence[RejectedRow], row_count: int) -> None:
    if len(rejected) > max(1, int(_MAX_REJECTED_SHARE * row_count)):
        first = rejected[0]
        message = f"{len(rejected)} of {row_count} rows can't be read; the first: {first}"
        raise ListRefused("values_unreadable", message, column=first.column, row=first.row)
