"""Export customers as CSV or XLSX for a spreadsheet, one column per field.

The CSV opens in an Italian spreadsheet by a double click: semicolons, decimal commas, dates with the day
first, and a byte order mark for accents. The XLSX has typed numbers and dates. Programs should use REST.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from django.db.models import QuerySet
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy
from import_export import fields, resources, widgets
from import_export.formats import base_formats
from tablib import Dataset

from customers.erp_list.records import FIELD_NAMES, plain_text
from customers.models import Customer

_PLAIN_COLUMNS = (*FIELD_NAMES, "extra", "first_seen_at", "changed_at", "missing_since", "removed_at")
_CHUNK_ROWS = 500
_BOM = "\ufeff"
# A spreadsheet runs a cell that begins with one of these as a formula; the wide ones in some languages.
_STARTS = "=@＝＠﹦﹫"
_SIGNS = "+−＋－﹢﹣\\-"
# Where a program that splits by another separator, or does not know quotes, begins a cell.
_SEPARATORS = ';,|"\\t\\r\\n'
# What some programs skip at the start of a cell: blanks, control and zero-width characters, byte order marks
_SKIPPED = (
    r"[ \x00-\x08\x0b\x0c\x0e-\x1f\x85\xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]*"
)
# A sign before digits only is no formula: a phone number, an amount.
_DIGITS_ONLY = rf"[\d\s./()-]*(?:[{_SEPARATORS}]|\Z)"
_FORMULA = re.compile(
    rf"\A(?=[\t\r\n])|(?:\A|(?<=[{_SEPARATORS}]))(?={_SKIPPED}(?:[{_STARTS}]|[{_SIGNS}](?!{_DIGITS_ONLY})))"
)


class ItalianCsv(base_formats.CSV):  # type: ignore[misc]  # import-export has no types
    def export_data(self, dataset: Dataset, **options: Any) -> str:
        shown = Dataset(headers=dataset.headers)
        for row in dataset:
            shown.append([_italian(cell) for cell in row])
        return _BOM + str(shown.export("csv", delimiter=";"))


FORMATS: dict[str, Callable[[], Any]] = {"csv": ItalianCsv, "xlsx": base_formats.XLSX}


class _TypedValue(widgets.Widget):  # type: ignore[misc]
    """Keep the type of numbers and dates, and escape text that looks like a formula."""

    def render(self, value: Any, obj: Any = None, **options: Any) -> Any:
        if value is None:
            return ""
        return safe_text(value) if isinstance(value, str) else value


class CustomerResource(resources.ModelResource):  # type: ignore[misc]
    """Every field of the ERP's list, named in the reader's language, and the status."""

    status = fields.Field(column_name=gettext_lazy("status"))

    class Meta:
        model = Customer
        fields = (*FIELD_NAMES, "status")
        export_order = fields

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Any, readonly: bool) -> fields.Field:
        return fields.Field(
            attribute=field_name, column_name=django_field.verbose_name, widget=_TypedValue(), readonly=True
        )

    def dehydrate_status(self, customer: Customer) -> str:
        return str(customer.status.label)

    def get_export_headers(self, selected_fields: list[str] | None = None) -> list[str]:
        return [force_str(field.column_name) for field in self.get_export_fields(selected_fields)]


def file_of(customers: QuerySet[Customer], extension: str) -> tuple[bytes, str]:
    """Return the file with these customers, and its media type. Raises: KeyError for another extension."""
    file_format = FORMATS[extension]()
    content = file_format.export_data(CustomerResource().export(queryset=customers))
    return content if isinstance(content, bytes) else content.encode(), file_format.get_content_type()


def csv_lines(customers: QuerySet[Customer], key_of: Callable[[str], str]) -> Iterator[str]:
    """Return a CSV for programs, some hundred lines at a time: commas, ISO dates, plain decimals, UTC.

    All lines are of one query, which begins before this returns: no later sync changes a line. ``key_of``
    makes the captions.
    """
    rows = customers.values_list(*_PLAIN_COLUMNS).iterator(chunk_size=_CHUNK_ROWS)
    first = list(islice(rows, _CHUNK_ROWS))
    return _lines([key_of(name) for name in _PLAIN_COLUMNS], chain(first, rows))


def _lines(captions: list[str], rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(captions)
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        yield "".join(writer.writerow(map(_plain, row)) for row in chunk)


class _Echo:
    """A file that returns what is written to it."""

    def write(self, text: str) -> str:
        return text


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        # Before they are encoded: some programs begin a cell at a quote or comma inside the JSON.
        safe = {safe_text(caption): safe_text(each) for caption, each in value.items()}
        return json.dumps(safe, ensure_ascii=False) if safe else ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return safe_text(value) if isinstance(value, str) else plain_text(value) or ""


def safe_text(text: str) -> str:
    """Return the text, with an apostrophe before each part that a spreadsheet could run as a formula."""
    return _FORMULA.sub("'", text)


def _italian(cell: Any) -> str:
    if isinstance(cell, Decimal):
        return f"{cell}".replace(".", ",")
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else str(cell)
