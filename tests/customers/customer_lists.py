"""Invented customers as printed rows, records and stored customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from customers.erp_list.columns import COLUMNS
from customers.erp_list.delta import StoredCustomer
from customers.erp_list.records import CustomerRecord, content_hash
from customers.erp_list.rows import RecordList, read_records

CAPTIONS = [column.caption for column in COLUMNS]
NOW = datetime(2026, 1, 19, 20, 53, 31, tzinfo=UTC)

_CELLS = {
    "name": "Studio Dentistico Ferlandi",
    "vat_number": "01234567890",
    "postal_code": "00184",
    "city": "Roma",
    "last_order_date": "18/01/2026",
    "actual_order_count": "3",
    "actual_sales": "1.234,50 €",
    "previous_sales_1": "10,00 €",
    "previous_sales_2": "20,00 €",
}


def a_row(erp_id: str = "50", **cells: str) -> list[str]:
    """Return one printed row, the cells given by field."""
    printed = _CELLS | {"erp_id": erp_id} | cells
    return [printed.get(column.field, "") for column in COLUMNS]


def count_footer(count: int, columns: int = len(CAPTIONS)) -> list[str]:
    return [f"Count={count:,}".replace(",", "."), *[""] * (columns - 1)]


def read(rows: Sequence[Sequence[str]], captions: Sequence[str] = CAPTIONS, **options: Any) -> RecordList:
    return read_records(captions, rows, **{"footer": count_footer(len(rows), len(captions)), **options})


def a_record(erp_id: str = "50", **fields: Any) -> CustomerRecord:
    values: dict[str, Any] = {
        "name": f"Studio {erp_id}",
        "city": "Napoli",
        "phone": f"+39081{erp_id:0>6}",
        "last_order_date": date(2026, 1, 18),
        "actual_order_count": 2,
        "actual_sales": Decimal("38.15"),
    }
    return CustomerRecord(erp_id=erp_id, **{**values, **fields})


def stored_as(records: Iterable[CustomerRecord], **dates: datetime) -> dict[str, StoredCustomer]:
    return {record.erp_id: StoredCustomer(record, content_hash(record), **dates) for record in records}


def numbered(count: int, **fields: Any) -> list[CustomerRecord]:
    return [a_record(str(number), **fields) for number in range(1, count + 1)]
