"""The columns of a customer list, found by their captions."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from customers.erp_list.records import OPTIONAL_FIELD_NAMES, ListRefused
from customers.erp_list.values import (
    Kind,
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
