"""The customer list as a report: its columns, their widths, and the text of the cells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, TypedDict, Unpack

from scripts.erp_simulator.culture import CULTURES, Culture, CultureName, IdentifierStyle, NegativeStyle
from scripts.erp_simulator.drawing import (
    DEFAULT_CREATED,
    TABLE_WIDTH_PT,
    ReportColumn,
    draw_report,
    fitting_bands,
)
from scripts.erp_simulator.pdf_font import ReportFont
from scripts.erp_simulator.world import SimCustomer
from scripts.erp_simulator.wrapping import joined, wrap

#: Source: the real export of January 2026, whose eight bands follow from these widths.
_WIDTHS_PT = {
    "erp_id": 55.5,
    "customer_profile": 90.75,
    "name": 224.25,
    "vat_number": 67.5,
    "pec": 139.5,
    "sdi": 50.25,
    "fiscal_code": 84.75,
    "delivery_terms": 113.25,
    "street": 197.25,
    "postal_code": 129.0,
    "city": 121.5,
    "phone": 72.75,
    "mobile": 68.25,
    "url": 26.25,
    "attention_to": 102.75,
    "last_order_date": 137.25,
    "actual_order_count": 172.5,
    "actual_sales": 81.75,
    "previous_order_count_1": 194.25,
    "previous_sales_1": 111.0,
    "previous_order_count_2": 201.0,
    "previous_sales_2": 111.0,
    "description": 161.25,
    "type": 75.75,
    "external_account_number": 141.75,
    "our_account_number": 148.5,
}
_COUNTS = frozenset({"actual_order_count", "previous_order_count_1", "previous_order_count_2"})
_AMOUNTS = frozenset({"actual_sales", "previous_sales_1", "previous_sales_2"})
_RIGHT_ALIGNED = _COUNTS | _AMOUNTS | {"erp_id"}

#: Unknown columns, as of a later ERP: caption in both languages, width, the field they follow.
_EXTRA_COLUMNS = (
    ({"it": "AGENTE DI ZONA:", "en": "AREA AGENT:"}, 90.0, "city"),
    ({"it": "GRUPPO SCONTO", "en": "DISCOUNT GROUP"}, 88.5, "type"),
    ({"it": "BLOCCO CONSEGNA", "en": "DELIVERY HOLD"}, 100.5, "delivery_terms"),
    ({"it": "LINGUA:", "en": "LANGUAGE:"}, 63.0, "our_account_number"),
    ({"it": "SEGMENTO DI MERCATO", "en": "MARKET SEGMENT"}, 120.0, "name"),
    ({"it": "CLASSE ABC", "en": "ABC CLASS"}, 66.0, "last_order_date"),
)
_EXTRA_VALUES = ("Zona Nord", "", "G-12", "it", "", "B")
#: Columns that the ERP added under these names, in both languages, at the end of the list: caption, width.
_NAMED_COLUMNS = (
    ("EXCLUSIVACTIVE", 96.0),
    ("EXCLUSIVPERIODSTART", 123.0),
    ("EXCLUSIVPERIODEND", 114.0),
    ("EXCLUSIVSALESFORECAST", 139.5),
    ("EXCLUSIVSALESINPERIOD", 138.0),
    ("MECHANOGRAPHICNUMBER", 147.0),
)
_PERIOD_START = DEFAULT_CREATED.date().replace(month=1, day=1)
_PIXEL_PT = 0.75


@dataclass(frozen=True)
class _Field:
    """One column: a customer's field by name, or an added column by number, unknown or named."""

    name: str
    column: ReportColumn
    extra: int | None = None
    named: int | None = None


class ListOptions(TypedDict, total=False):
    """How a list is printed; the defaults are those of :func:`printed_list`."""

    culture: CultureName
    pages_per_group: int | None
    extra_columns: int
    named_columns: bool
    identifier_style: IdentifierStyle
    negative_style: NegativeStyle
    hidden_fields: tuple[str, ...]
    footer: bool


@dataclass(frozen=True)
class PrintedList:
    """What is drawn; ``rows`` can be iterated once."""

    columns: list[ReportColumn]
    bands: list[int]
    rows: Iterator[list[str]]
    footer: list[str] | None


@dataclass(frozen=True)
class ReportTable:
    """The list as a reader must return it: wrapped lines joined, blanks normalised."""

    columns: list[str]
    rows: list[list[str]]
    footer: list[str] | None


def draw_customers(
    target: Path | BinaryIO,
    customers: Sequence[SimCustomer],
    *,
    created: datetime = DEFAULT_CREATED,
    justify_kerning: bool = False,
    ligatures: bool = False,
    **options: Unpack[ListOptions],
) -> None:
    """Write the customer list to ``target``, printed as the options of :func:`printed_list` say."""
    printed = printed_list(customers, **options)
    draw_report(
        target,
        printed.columns,
        printed.rows,
        bands=printed.bands,
        footer=printed.footer,
        created=created,
        justify_kerning=justify_kerning,
        ligatures=ligatures,
    )


def report_table(customers: Sequence[SimCustomer], **options: Unpack[ListOptions]) -> ReportTable:
    """Return what reading the report must give if it is drawn with the same options."""
    printed = printed_list(customers, **options)
    width_pt = ReportFont().width_pt

    def as_read(values: Sequence[str]) -> list[str]:
        return [
            joined(wrap(value, width_pt, column.text_width_pt))
            for value, column in zip(values, printed.columns, strict=True)
        ]

    return ReportTable(
        columns=as_read([column.caption for column in printed.columns]),
        rows=[as_read(row) for row in printed.rows],
        footer=as_read(printed.footer) if printed.footer else None,
    )


def printed_list(
    customers: Sequence[SimCustomer],
    *,
    culture: CultureName = "it",
    pages_per_group: int | None = 8,
    extra_columns: int = 0,
    named_columns: bool = False,
    identifier_style: IdentifierStyle = "culture",
    negative_style: NegativeStyle = "minus",
    hidden_fields: tuple[str, ...] = (),
    footer: bool = True,
) -> PrintedList:
    """Return columns, bands and cells of the list, which can be drawn, or changed first.

    With ``pages_per_group`` None the columns are cut into as many bands as the exporter would make; otherwise
    into that many, and narrowed where a band would be wider than the page. Up to six unknown
    ``extra_columns`` are inserted between the known ones, the six ``named_columns`` after them;
    ``hidden_fields`` are not printed.
    """
    language = replace(CULTURES[culture], negative_style=negative_style)
    known = _fields(language, extra_columns, named_columns=named_columns)
    fields, bands = _layout([field for field in known if field.name not in hidden_fields], pages_per_group)
    return PrintedList(
        columns=[field.column for field in fields],
        bands=list(bands),
        rows=_printed_rows(customers, fields, language, identifier_style),
        footer=_printed_footer(customers, fields, language) if footer else None,
    )


def list_columns(
    culture: CultureName, *, extra_columns: int, named_columns: bool, hidden_fields: Sequence[str]
) -> list[tuple[str, str]]:
    """Return field and caption of each column of the list's grid; an added column has no field."""
    fields = _fields(CULTURES[culture], extra_columns, named_columns=named_columns)
    return [(field.name, field.column.caption) for field in fields if field.name not in hidden_fields]


def _printed_rows(
    customers: Sequence[SimCustomer], fields: Sequence[_Field], culture: Culture, style: IdentifierStyle
) -> Iterator[list[str]]:
    for customer in customers:
        yield [_printed(customer, field, culture, style) for field in fields]


def _printed(customer: SimCustomer, field: _Field, culture: Culture, style: IdentifierStyle) -> str:
    if field.extra is not None:
        return _EXTRA_VALUES[(int(customer.erp_id) + field.extra) % len(_EXTRA_VALUES)]
    if field.named is not None:
        return _named_value(field.named, int(customer.erp_id), culture)
    if field.name == "erp_id":
        return culture.identifier(customer.erp_id, style)
    if field.name == "last_order_date":
        return culture.day(customer.last_order_date)
    value = getattr(customer, field.name)
    if field.name in _COUNTS:
        return culture.integer(value)
    return culture.money(value) if field.name in _AMOUNTS else str(value)


def _named_value(column: int, number: int, culture: Culture) -> str:
    """Return the value of a named column for the customer with this number; most have no exclusive period."""
    start = _PERIOD_START + timedelta(days=number % 300)
    exclusive = number % 3 == 0
    return (
        "Sì" if exclusive else ("No" if number % 3 == 1 else ""),
        culture.day(start) if exclusive else "",
        culture.day(start + timedelta(days=365)) if exclusive else "",
        culture.money(Decimal(number % 9000)),
        culture.money(Decimal(number % 7000) / 10),
        str(100_000 + number) if number % 2 else "",
    )[column]


def _printed_footer(
    customers: Sequence[SimCustomer], fields: Sequence[_Field], culture: Culture
) -> list[str]:
    """Total the unrounded amounts, as the ERP does, and round only what is printed."""
    totals = []
    for field in fields:
        if field.name == "erp_id":
            totals.append(culture.count_total(len(customers)))
        elif field.name in _COUNTS:
            totals.append(culture.integer_total(sum(getattr(customer, field.name) for customer in customers)))
        elif field.name in _AMOUNTS:
            amounts = (getattr(customer, field.name) for customer in customers)
            totals.append(culture.money_total(sum(amounts, start=Decimal(0))))
        else:
            totals.append("")
    return totals


def _layout(fields: list[_Field], pages_per_group: int | None) -> tuple[list[_Field], list[int]]:
    """Return the columns in printed order, and the number of columns of each band."""
    columns = [field.column for field in fields]
    bands = fitting_bands(columns)
    if pages_per_group is None or pages_per_group == len(bands):
        return fields, bands
    bands = _even_bands([column.width_pt for column in columns], pages_per_group)
    widths_pt = _narrowed([column.width_pt for column in columns], bands)
    narrowed = [
        replace(field, column=replace(field.column, width_pt=width_pt))
        for field, width_pt in zip(fields, widths_pt, strict=True)
    ]
    return narrowed, bands


def _fields(culture: Culture, extra_columns: int, *, named_columns: bool) -> list[_Field]:
    fields = [
        _Field(name, ReportColumn(caption, _WIDTHS_PT[name], "right" if name in _RIGHT_ALIGNED else "left"))
        for name, caption in culture.captions.items()
    ]
    if not 0 <= extra_columns <= len(_EXTRA_COLUMNS):
        raise ValueError(f"there are 0 to {len(_EXTRA_COLUMNS)} extra columns, not {extra_columns}")
    for i, (captions, width_pt, follows) in enumerate(_EXTRA_COLUMNS[:extra_columns]):
        place = next(j for j, field in enumerate(fields) if field.name == follows) + 1
        fields.insert(place, _Field("", ReportColumn(captions[culture.name], width_pt), extra=i))
    if named_columns:
        fields += [
            _Field("", ReportColumn(caption, width_pt), named=i)
            for i, (caption, width_pt) in enumerate(_NAMED_COLUMNS)
        ]
    return fields


def _even_bands(widths_pt: Sequence[float], band_count: int) -> list[int]:
    """Cut the columns into ``band_count`` bands so that the widest band is as narrow as possible."""
    if not 1 <= band_count <= len(widths_pt):
        raise ValueError(f"{len(widths_pt)} columns can't make {band_count} bands")
    # best[j]: the widest band and the sizes when the first j columns make the bands cut so far.
    best: list[tuple[float, list[int]]] = [
        (sum(widths_pt[:j]) if j else math.inf, [j]) for j in range(len(widths_pt) + 1)
    ]
    for _ in range(band_count - 1):
        best = [
            min(
                ((max(best[i][0], sum(widths_pt[i:j])), [*best[i][1], j - i]) for i in range(1, j)),
                default=(math.inf, []),
            )
            for j in range(len(widths_pt) + 1)
        ]
    return best[-1][1]


def _narrowed(widths_pt: Sequence[float], bands: Sequence[int]) -> list[float]:
    """Shrink the columns of every band that is wider than the page, in whole pixels of the exporter."""
    narrowed: list[float] = []
    for size in bands:
        band = widths_pt[len(narrowed) : len(narrowed) + size]
        scale = min(1.0, TABLE_WIDTH_PT / sum(band))
        narrowed += [math.floor(width_pt * scale / _PIXEL_PT) * _PIXEL_PT for width_pt in band]
    return narrowed
