"""The columns of a customer list, found by their captions."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from customers.erp_list.message import Message, Param, message
from customers.erp_list.message import gettext_noop as _
from customers.erp_list.records import OPTIONAL_FIELD_NAMES, InvalidList
from customers.erp_list.values import Kind

# How many captions a message names.
_NAMED = 30


@dataclass(frozen=True, slots=True)
class Column:
    caption: str
    field: str
    kind: Kind = Kind.TEXT
    required: bool = False


# In printed order, which tells columns of the same caption apart.
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
# Optional columns. Their kinds are assumed from their names, since no list with values in them was seen; a
# value of another kind is kept as text in `extra`.
OPTIONAL_COLUMNS = (
    Column("EXCLUSIVACTIVE", "exclusive_active"),
    Column("EXCLUSIVPERIODSTART", "exclusive_period_start", Kind.DATE),
    Column("EXCLUSIVPERIODEND", "exclusive_period_end", Kind.DATE),
    Column("EXCLUSIVSALESFORECAST", "exclusive_sales_forecast", Kind.MONEY),
    Column("EXCLUSIVSALESINPERIOD", "exclusive_sales_in_period", Kind.MONEY),
    Column("MECHANOGRAPHICNUMBER", "mechanographic_number"),
)
CAPTIONS: Mapping[str, str] = {column.field: column.caption for column in COLUMNS + OPTIONAL_COLUMNS}

# With a smaller share of known captions, the list is in another language or not of customers.
_MIN_KNOWN_SHARE = 0.5
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´`′", "'"))


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The column index of each field in a list.

    ``known`` and ``optional`` pair an index with its column, and ``unknown`` with the key for ``extra``, all
    in printed order. ``missing`` has the fields whose columns are missing and may be.
    """

    known: tuple[tuple[int, Column], ...]
    optional: tuple[tuple[int, Column], ...]
    unknown: tuple[tuple[int, str], ...]
    missing: frozenset[str]
    id_index: int
    width: int

    @property
    def absent_fields(self) -> frozenset[str]:
        """The fields without a column in the list, including optional ones."""
        return self.missing.union(OPTIONAL_FIELD_NAMES).difference(
            column.field for _, column in self.optional
        )

    @property
    def in_usual_order(self) -> bool:
        printed = [column.field for _, column in self.known]
        return printed == [column.field for column in COLUMNS if column.field not in self.missing]

    @property
    def notes(self) -> tuple[Message, ...]:
        """Describe each difference from the usual layout in one sentence."""
        notes = []
        if not self.in_usual_order:
            notes.append(Message(_("layout changed: the columns are in another order")))
        if self.unknown:
            text = _("layout changed: unknown columns kept as extra: %(captions)s")
            notes.append(message(text, captions=_listed(key for _index, key in self.unknown)))
        if self.missing:
            captions = _listed(column.caption for column in COLUMNS if column.field in self.missing)
            text = _("layout changed: missing columns, their fields left as they were: %(captions)s")
            notes.append(message(text, captions=captions))
        return tuple(notes)


def normalised(caption: str) -> str:
    """Return a caption with case, apostrophes, spaces and trailing colon normalised."""
    plain = unicodedata.normalize("NFC", caption).translate(_APOSTROPHES)
    return " ".join(plain.split()).rstrip(": ").casefold()


def _numbered(captions: Iterable[str]) -> list[tuple[str, int]]:
    """Return each caption normalised, with the number of equal ones before it."""
    keys: list[tuple[str, int]] = []
    seen: Counter[str] = Counter()
    for caption in map(normalised, captions):
        keys.append((caption, seen[caption]))
        seen[caption] += 1
    return keys


_COLUMN_OF_KEY = dict(zip(_numbered(column.caption for column in COLUMNS), COLUMNS, strict=True))
_OPTIONAL_COLUMN_OF_CAPTION = {normalised(column.caption): column for column in OPTIONAL_COLUMNS}


def map_columns(captions: Sequence[str], *, allow_missing: bool = False) -> ColumnMap:
    """Find every known column by its caption, at any position.

    Raises: InvalidList with ``list_language``, ``column_ambiguous`` or ``column_missing``.
    """
    keys = _numbered(captions)
    known = {index: _COLUMN_OF_KEY[key] for index, key in enumerate(keys) if key in _COLUMN_OF_KEY}
    _check_language(len(known))
    _check_repeated(keys)
    optional = _optional_columns(keys)
    missing = [column for column in COLUMNS if column not in known.values()]
    others = [index for index in range(len(captions)) if index not in {*known, *optional}]
    _check_missing(missing, [captions[index] for index in others], allow_missing=allow_missing)
    return ColumnMap(
        known=tuple(known.items()),
        optional=tuple(optional.items()),
        unknown=tuple(zip(others, _distinct_keys([captions[index] for index in others]), strict=True)),
        missing=frozenset(column.field for column in missing),
        id_index=next(index for index, column in known.items() if column.kind is Kind.IDENTIFIER),
        width=len(captions),
    )


def _optional_columns(keys: Sequence[tuple[str, int]]) -> dict[int, Column]:
    """Return the optional columns by their index, but none whose caption is repeated."""
    counts = Counter(caption for caption, _ in keys)
    return {
        index: _OPTIONAL_COLUMN_OF_CAPTION[caption]
        for index, (caption, _) in enumerate(keys)
        if caption in _OPTIONAL_COLUMN_OF_CAPTION and counts[caption] == 1
    }


def _check_language(found: int) -> None:
    if found < _MIN_KNOWN_SHARE * len(COLUMNS):
        text = _(
            "only %(found)s of the %(expected)s captions of the Italian customer list were found: "
            "the list is in another language, or not of customers"
        )
        raise InvalidList("list_language", message(text, found=found, expected=len(COLUMNS)))


def _check_repeated(keys: Iterable[tuple[str, int]]) -> None:
    """Refuse a caption that is found more or less often than expected, but at least once."""
    found_counts = Counter(caption for caption, _ in keys)
    expected_counts = Counter(caption for caption, _ in _COLUMN_OF_KEY)
    for (key, _index), column in _COLUMN_OF_KEY.items():
        found, expected = found_counts[key], expected_counts[key]
        params: dict[str, Param] = {"column": column.caption, "found": found, "expected": expected}
        if found > expected:
            text = _(
                "column %(column)s is found %(found)s times instead of %(expected)s: they can't be told apart"
            )
            raise InvalidList("column_ambiguous", Message(text, params), column=column.caption)
        if 0 < found < expected:
            text = _(
                "column %(column)s is found %(found)s times instead of %(expected)s: "
                "it can't be told which one is missing"
            )
            raise InvalidList("column_missing", Message(text, params), column=column.caption)


def _check_missing(missing: Sequence[Column], unknown: Sequence[str], *, allow_missing: bool) -> None:
    fatal = [column for column in missing if column.required or not allow_missing]
    if not fatal:
        return
    text = _("columns missing from the list: %(missing)s; unknown columns in it: %(unknown)s")
    params: dict[str, Param] = {
        "missing": _listed(column.caption for column in fatal),
        "unknown": _listed(unknown),
    }
    raise InvalidList("column_missing", Message(text, params), column=fatal[0].caption)


def _distinct_keys(captions: Sequence[str]) -> list[str]:
    """Return a unique key for each unknown caption: ``NOTE``, ``NOTE (2)``."""
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


def _listed(captions: Iterable[str]) -> list[str]:
    """Return captions in quotes, the first thirty of them: a list may have hundreds."""
    quoted = [f"“{caption}”" for caption in captions]
    return quoted if len(quoted) <= _NAMED else [*quoted[:_NAMED], "…"]
