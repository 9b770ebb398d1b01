"""Tell the columns of a customer list by their captions, and read its rows into records."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from customers.erp_list.records import OPTIONAL_FIELD_NAMES, CustomerRecord, ListRefused, Value, is_empty
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


@dataclass(frozen=True, slots=True)
class Column:
    caption: str
    field: str
    kind: Kind = Kind.TEXT
    required: bool = False


# In the order printed. A caption that stands twice is told apart by that order.
# Source: the Italian customer list of January and February 2026.
COLUMNS = (
    Column("ID", "erp_id", Kind.IDENTIFIER, required=True),
    Column("PROFILO CLIENTE:", "customer_profile"),
    Column("NOME", "name", required=True),
    Column("PARTITA IVA:", "vat_number"),
    Column("PEC:", "pec"),
    Column("SDI:", "sdi"),
    Column("CODICE FISCALE:", "fiscal_code"),
    Column("TERMINI DI CONSEGNA", "delivery_terms"),
    Column("VIA:", "street"),
    Column("INDIRIZZO LOGISTICO CAP", "postal_code"),
    Column("CITTÀ", "city"),
    Column("TELEFONO:", "phone"),
    Column("CELLULARE:", "mobile"),
    Column("URL:", "url"),
    Column("ALL’ATTENZIONE DI:", "attention_to"),
    Column("DATA DELL'ULTIMO ORDINE", "last_order_date", Kind.DATE),
    Column("CONTEGGI DEGLI ORDINI EFFETTIVI", "actual_order_count", Kind.COUNT),
    # The ERP's mistranslation: it says "type of customer" and means the sales of this period.
    Column("TIPO DI CLIENTE", "actual_sales", Kind.MONEY),
    Column("CONTEGGIO DEGLI ORDINI PRECEDENTE", "previous_order_count_1", Kind.COUNT),
    Column("VENDITE PRECEDENTE", "previous_sales_1", Kind.MONEY),
    Column("CONTEGGIO DEGLI ORDINI PRECEDENTE 2", "previous_order_count_2", Kind.COUNT),
    Column("VENDITE PRECEDENTE", "previous_sales_2", Kind.MONEY),
    Column("DESCRIZIONE:", "description"),
    Column("TYPE:", "type"),
    Column("NUMERO DI CONTO ESTERNO", "external_account_number"),
    Column("IL NOSTRO NUMERO DI CONTO", "our_account_number"),
)
# Columns that a list may have besides. Their kinds are assumed from their names, since no list with values in
# them was seen: a value that is not of its column's kind is kept as text in `extra`.
OPTIONAL_COLUMNS = (
    Column("EXCLUSIVACTIVE", "exclusive_active"),
    Column("EXCLUSIVPERIODSTART", "exclusive_period_start", Kind.DATE),
    Column("EXCLUSIVPERIODEND", "exclusive_period_end", Kind.DATE),
    Column("EXCLUSIVSALESFORECAST", "exclusive_sales_forecast", Kind.MONEY),
    Column("EXCLUSIVSALESINPERIOD", "exclusive_sales_in_period", Kind.MONEY),
    Column("MECHANOGRAPHICNUMBER", "mechanographic_number"),
)
CAPTIONS: Mapping[str, str] = {column.field: column.caption for column in COLUMNS + OPTIONAL_COLUMNS}

# Under this share of known captions it is another language, or another list.
_MIN_KNOWN_SHARE = 0.5
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´`′", "'"))
_COUNT_TOTAL = re.compile(r"Count=(.*)")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where each field stands in a list.

    ``known`` and ``optional`` pair an index with its column, and ``unknown`` with the key for ``extra``,
    all in printed order; ``missing`` names the fields whose column is not there, which was allowed.
    """

    known: tuple[tuple[int, Column], ...]
    optional: tuple[tuple[int, Column], ...]
    unknown: tuple[tuple[int, str], ...]
    missing: frozenset[str]
    id_index: int
    width: int

    @property
    def absent_fields(self) -> frozenset[str]:
        """The fields of which the list says nothing, the optional ones included."""
        return self.missing.union(OPTIONAL_FIELD_NAMES).difference(
            column.field for _, column in self.optional
        )

    @property
    def in_usual_order(self) -> bool:
        printed = [column.field for _, column in self.known]
        return printed == [column.field for column in COLUMNS if column.field not in self.missing]

    @property
    def layout_changed(self) -> bool:
        return bool(self.unknown or self.missing) or not self.in_usual_order

    @property
    def notes(self) -> tuple[str, ...]:
        """Say, one sentence each, in what the list differs from the usual one."""
        notes = []
        if not self.in_usual_order:
            notes.append("layout changed: the columns stand in another order")
        if self.unknown:
            notes.append(
                f"layout changed: unknown columns kept as extra: {_listed(key for _, key in self.unknown)}"
            )
        if self.missing:
            captions = _listed(column.caption for column in COLUMNS if column.field in self.missing)
            notes.append(f"layout changed: missing columns, their fields left as they were: {captions}")
        return tuple(notes)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that can't be read; its customer stays as it is.

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
    """A list read: every row is a record or rejected, in the list's order."""

    records: tuple[CustomerRecord, ...]
    rejected: tuple[RejectedRow, ...]
    columns: ColumnMap

    @property
    def row_count(self) -> int:
        return len(self.records) + len(self.rejected)

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
        """Say of which optional columns values were kept as extra, since they are not of the assumed kind."""
        for _, column in self.columns.optional:
            count = sum(column.caption in record.extra for record in self.records)
            if count:
                filled = count + sum(not is_empty(getattr(record, column.field)) for record in self.records)
                yield (
                    f"kept as extra, since they can't be read as {column.kind}: "
                    f"{count} of {filled} values in column “{column.caption}”"
                )


def normalised(caption: str) -> str:
    """Return a caption without what varies: apostrophes, case, blanks, the colon at its end."""
    plain = unicodedata.normalize("NFC", caption).translate(_APOSTROPHES)
    return " ".join(plain.split()).rstrip(": ").casefold()


def map_columns(captions: Sequence[str], *, allow_missing: bool = False) -> ColumnMap:
    """Find every known column by its caption, wherever it stands.

    Raises: ListRefused with ``list_language``, ``column_ambiguous`` or ``column_missing``.
    """
    places: dict[str, list[int]] = {}
    for index, caption in enumerate(captions):
        places.setdefault(normalised(caption), []).append(index)
    wanted: dict[str, list[Column]] = {}
    for column in COLUMNS:
        wanted.setdefault(normalised(column.caption), []).append(column)
    _check_language(places, wanted)
    known: dict[int, Column] = {}
    for key, columns in wanted.items():
        _check_duplicates(columns[0].caption, len(places.get(key, ())), len(columns))
        known.update(zip(places.get(key, ()), columns, strict=False))
    optional = _optional_columns(places)
    missing = tuple(column for column in COLUMNS if column not in known.values())
    others = [index for index in range(len(captions)) if index not in {*known, *optional}]
    _check_missing(missing, [captions[index] for index in others], allow_missing=allow_missing)
    return ColumnMap(
        known=tuple(sorted(known.items())),
        optional=tuple(sorted(optional.items())),
        unknown=tuple(zip(others, _distinct_keys([captions[index] for index in others]), strict=True)),
        missing=frozenset(column.field for column in missing),
        id_index=next(index for index, column in known.items() if column.kind is Kind.IDENTIFIER),
        width=len(captions),
    )


def _optional_columns(places: Mapping[str, Sequence[int]]) -> dict[int, Column]:
    """Return the optional columns by their index; one that stands twice can't be told from the other."""
    found = [(places.get(normalised(column.caption), ()), column) for column in OPTIONAL_COLUMNS]
    return {indexes[0]: column for indexes, column in found if len(indexes) == 1}


def _check_language(places: Mapping[str, list[int]], wanted: Mapping[str, list[Column]]) -> None:
    found = sum(min(len(columns), len(places.get(key, ()))) for key, columns in wanted.items())
    if found < _MIN_KNOWN_SHARE * len(COLUMNS):
        raise ListRefused(
            "list_language",
            f"only {found} of the {len(COLUMNS)} captions of the Italian customer list are there: "
            "it is in another language, or another list",
        )


def _check_duplicates(caption: str, found: int, expected: int) -> None:
    if found > expected:
        message = f"column {caption} stands {found} times instead of {expected}: which is which can't be told"
        raise ListRefused("column_ambiguous", message, column=caption)
    if 0 < found < expected:
        message = (
            f"column {caption} stands {found} times instead of {expected}: which one is there can't be told"
        )
        raise ListRefused("column_missing", message, column=caption)


def _check_missing(missing: Sequence[Column], unknown: Sequence[str], *, allow_missing: bool) -> None:
    fatal = [column for column in missing if column.required or not allow_missing]
    if not fatal:
        return
    message = f"columns missing from the list: {_listed(column.caption for column in fatal)}"
    if unknown:
        message += f"; unknown columns in it: {_listed(unknown)}"
    raise ListRefused("column_missing", message, column=fatal[0].caption)


def _distinct_keys(captions: Sequence[str]) -> list[str]:
    """Return a key for each unknown caption; one that comes again is numbered: ``NOTE``, ``NOTE (2)``."""
    keys: list[str] = []
    seen: Counter[str] = Counter()
    for caption in captions:
        plain = "".join(filter(str.isprintable, " ".join(caption.split()))) or "(no caption)"
        key = plain
        while key in keys or (key != plain and key in captions):
            seen[plain] += 1
            key = f"{plain} ({seen[plain] + 1})"
        keys.append(key)
    return keys


def _listed(captions: Iterable[str]) -> str:
    return ", ".join(f"“{caption}”" for caption in captions)


def read_records(
    captions: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    footer: Sequence[str] | None,
    allow_missing_columns: bool = False,
    allow_missing_footer: bool = False,
    max_rejected_share: float = 0.01,
) -> RecordList:
    """Read a report's rows into typed records; a row with an unreadable value is rejected by itself.

    One row, or ``max_rejected_share`` of all, may be rejected. An empty list needs no footer: nothing in it
    can be wrong, and it is for the guard to hold it.

    Raises: ListRefused with the codes of ``map_columns``, or ``row_ragged``, ``id_invalid``,
    ``id_duplicate``, ``list_language``, ``values_unreadable``, ``list_unproven``.
    """
    columns = map_columns(captions, allow_missing=allow_missing_columns)
    rows = rows if isinstance(rows, Sequence) else list(rows)
    doubted = _doubted_fields(columns, rows)
    records: list[CustomerRecord] = []
    rejected: list[RejectedRow] = []
    row_of_id: dict[str, int] = {}
    for row_number, row in enumerate(rows, start=1):
        erp_id = _key_of(columns, row, row_number)
        if (earlier := row_of_id.setdefault(erp_id, row_number)) != row_number:
            message = f"ID {erp_id} stands in row {earlier} and again in row {row_number}"
            raise ListRefused("id_duplicate", message, column=CAPTIONS["erp_id"], row=row_number)
        outcome = _read_row(columns, row, row_number, erp_id, doubted)
        if isinstance(outcome, RejectedRow):
            rejected.append(outcome)
        else:
            records.append(outcome)
    _check_count(footer, len(row_of_id), allow_missing=allow_missing_footer)
    _check_rejected(rejected, len(row_of_id), max_rejected_share)
    return RecordList(tuple(records), tuple(rejected), columns)


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

    Then no other value of the column can be trusted either: 05/03/2026 may be the third of May.
    """
    return frozenset(
        column.field
        for index, column in columns.optional
        if any(_fault(column, row[index]) is ForeignFormat for row in rows if index < len(row))
    )


def _fault(column: Column, cell: str) -> type[ValueError] | None:
    """Return as what the reader of the column's kind refuses a cell."""
    try:
        READERS[column.kind](cell)
    except (Unreadable, ForeignFormat) as exc:
        return type(exc)
    return None


def _read_row(
    columns: ColumnMap, row: Sequence[str], row_number: int, erp_id: str, doubted: Set[str]
) -> CustomerRecord | RejectedRow:
    """Read one row; ``doubted`` are the optional fields whose cells are kept as they stand."""
    values: dict[str, Value] = {}
    extra: dict[str, str] = {}
    caption, kind = "", Kind.TEXT
    try:
        for index, column in columns.known:
            caption, kind = column.caption, column.kind
            values[column.field] = READERS[kind](row[index])
        for index, column in columns.optional:
            caption, kind, cell = column.caption, Kind.TEXT, row[index]
            if column.field not in doubted and _fault(column, cell) is None:
                values[column.field] = READERS[column.kind](cell)
            elif cell.strip():
                extra[caption] = read_unknown(cell)
        kind = Kind.TEXT
        for index, caption in columns.unknown:
            extra[caption] = read_unknown(row[index])
    except Unreadable as exc:
        return RejectedRow(row_number, erp_id, caption, f"expected {exc}, found {shown(row[index], kind)}")
    except ForeignFormat as exc:
        message = f"row {row_number}, column {caption}: expected {exc}, found {shown(row[index], kind)}"
        raise ListRefused("list_language", message, column=caption, row=row_number) from exc
    return CustomerRecord(**values, extra=extra)  # type: ignore[arg-type]


def _check_count(footer: Sequence[str] | None, row_count: int, *, allow_missing: bool) -> None:
    """Compare the footer's count with the rows read: sums alone do not notice a lost row of zeros."""
    totals = [match[1] for cell in footer or () if (match := _COUNT_TOTAL.fullmatch(cell.strip()))]
    if not totals:
        if row_count and not allow_missing:
            raise ListRefused("list_unproven", "the list ends without a count of its rows: it may be cut off")
        return
    try:
        expected = read_count(totals[0])
    except ForeignFormat as exc:
        raise ListRefused("list_language", f"the footer's count is not in Italian: expected {exc}") from exc
    except Unreadable as exc:
        raise ListRefused("list_unproven", f"the footer's count can't be read: expected {exc}") from exc
    if expected != row_count:
        raise ListRefused("list_unproven", f"the footer counts {expected} rows, {row_count} were read")


def _check_rejected(rejected: Sequence[RejectedRow], row_count: int, max_share: float) -> None:
    if len(rejected) > max(1, int(max_share * row_count)):
        first = rejected[0]
        message = f"{len(rejected)} of {row_count} rows can't be read; the first: {first}"
        raise ListRefused("values_unreadable", message, column=first.column, row=first.row)
