"""The customer record: the 26 fields of every list, six optional ones, and unknown columns as extra."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal

from customers.erp_list.message import Message

Value = str | int | Decimal | date | None

# Limits of the database fields; a row with a longer value is rejected.
TEXT_MAX_CHARS = 500
ERP_ID_MAX_DIGITS = 20
COUNT_MAX = 2_147_483_647
MONEY_MAX_DIGITS = 14
MONEY_DECIMALS = 2


class InvalidList(Exception):
    """A list that can't be read as a whole; ``code`` is stable, the text holds no personal data.

    ``column`` is the caption and ``row`` the number of the faulty row, from 1, if known.
    """

    def __init__(
        self, code: str, text: Message, *, column: str | None = None, row: int | None = None
    ) -> None:
        super().__init__(str(text))
        self.code = code
        self.text = text
        self.column = column
        self.row = row


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """One customer in a list: empty texts are ``""``, other empty cells None.

    ``extra`` maps the captions of unknown columns to their cells, including empty ones; a caption that is not
    in it was not in the list.
    """

    erp_id: str
    name: str
    customer_profile: str = ""
    vat_number: str = ""
    pec: str = ""
    sdi: str = ""
    fiscal_code: str = ""
    delivery_terms: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    phone: str = ""
    mobile: str = ""
    url: str = ""
    attention_to: str = ""
    last_order_date: date | None = None
    actual_order_count: int | None = None
    actual_sales: Decimal | None = None
    previous_order_count_1: int | None = None
    previous_sales_1: Decimal | None = None
    previous_order_count_2: int | None = None
    previous_sales_2: Decimal | None = None
    description: str = ""
    type: str = ""
    external_account_number: str = ""
    our_account_number: str = ""
    exclusive_active: str = ""
    exclusive_period_start: date | None = None
    exclusive_period_end: date | None = None
    exclusive_sales_forecast: Decimal | None = None
    exclusive_sales_in_period: Decimal | None = None
    mechanographic_number: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


FIELD_NAMES = tuple(each.name for each in fields(CustomerRecord) if each.name != "extra")
# Fields of optional columns.
OPTIONAL_FIELD_NAMES = (
    "exclusive_active",
    "exclusive_period_start",
    "exclusive_period_end",
    "exclusive_sales_forecast",
    "exclusive_sales_in_period",
    "mechanographic_number",
)
# The field name of an extra column is this prefix and its caption.
EXTRA_PREFIX = "extra."
_HASHED_FIELD_NAMES = tuple(sorted(set(FIELD_NAMES) - set(OPTIONAL_FIELD_NAMES)))
_HASHED_IF_FILLED = tuple(sorted(OPTIONAL_FIELD_NAMES))


def filled_extra(record: CustomerRecord) -> dict[str, str]:
    """Return the extra cells that have a value, sorted by caption."""
    return {caption: record.extra[caption] for caption in sorted(record.extra) if record.extra[caption]}


def extra_caption(field_name: str) -> str | None:
    """Return the caption of an extra column, None for any other field."""
    return field_name.removeprefix(EXTRA_PREFIX) if field_name.startswith(EXTRA_PREFIX) else None


def plain_text(value: Value) -> str | None:
    """Return a value as ISO date or plain decimal text, and None for an empty one."""
    if value is None or value == "":
        return None
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def is_empty(value: Value) -> bool:
    return value is None or value == ""


def content_hash(record: CustomerRecord) -> str:
    """Return the SHA-256 of all fields and filled extra cells, whatever the order of the columns.

    Empty optional fields are left out, so that hashes stored before these fields existed stay valid.
    """
    names = [*_HASHED_FIELD_NAMES, *(n for n in _HASHED_IF_FILLED if not is_empty(getattr(record, n)))]
    parts = [name + "=" + _tagged(getattr(record, name)) for name in names]
    parts += [_tagged(caption) + _tagged(cell) for caption, cell in filled_extra(record).items()]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _tagged(value: Value) -> str:
    """Return a value with its type and length, so that different values never join to the same text."""
    if isinstance(value, str):
        return f"s{len(value)}:{value}"
    if value is None:
        return "n"
    if isinstance(value, Decimal):
        # Adding zero turns -0.00 into 0.00, as a database does.
        return f"m{(value + 0).normalize():f};"
    return f"d{value.isoformat()};" if isinstance(value, date) else f"i{value};"
