from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from customers.erp_list.records import (
    FIELD_NAMES,
    OPTIONAL_FIELD_NAMES,
    CustomerRecord,
    content_hash,
    plain_text,
)
from tests.customers.customer_lists import a_record


def test_a_customer_has_the_26_fields_of_every_list() -> None:
    assert len(FIELD_NAMES) - len(OPTIONAL_FIELD_NAMES) == 26


@pytest.mark.parametrize("field", FIELD_NAMES)
def test_the_hash_covers_every_field(field: str) -> None:
    record = a_record()
    other: dict[type, object] = {str: "77", int: 77, Decimal: Decimal("77"), date: date(2020, 2, 2)}
    value = getattr(record, field)
    kind = str if value is None else type(value)
    assert content_hash(replace(record, **{field: other[kind]})) != content_hash(record)  # type: ignore[arg-type]


def test_the_hash_covers_unknown_columns() -> None:
    assert content_hash(a_record(extra={"LINGUA:": "it"})) != content_hash(a_record(extra={"LINGUA:": "en"}))


def test_the_hash_does_not_depend_on_the_order_of_unknown_columns() -> None:
    assert content_hash(a_record(extra={"A": "1", "B": "2"})) == content_hash(
        a_record(extra={"B": "2", "A": "1"})
    )


def test_an_empty_unknown_cell_hashes_like_none() -> None:
    assert content_hash(a_record(extra={"LINGUA:": ""})) == content_hash(a_record())


def test_a_value_that_moves_to_the_next_field_changes_the_hash() -> None:
    assert content_hash(a_record(phone="1", mobile="")) != content_hash(a_record(phone="", mobile="1"))


def test_zero_and_empty_have_different_hashes() -> None:
    counted, empty = a_record(actual_order_count=0), a_record(actual_order_count=None)
    assert content_hash(counted) != content_hash(empty)


def test_the_hash_tells_an_unknown_cell_from_one_with_a_longer_caption() -> None:
    assert content_hash(a_record(extra={"A": "BC"})) != content_hash(a_record(extra={"AB": "C"}))


def test_the_hash_ignores_trailing_zeros_of_an_amount() -> None:
    padded = a_record(actual_sales=Decimal("38.1500"))
    assert content_hash(padded) == content_hash(a_record(actual_sales=Decimal("38.15")))


def test_minus_zero_hashes_like_zero() -> None:
    negative = a_record(actual_sales=Decimal("-0.00"))
    assert content_hash(negative) == content_hash(a_record(actual_sales=Decimal("0.00")))


def test_the_hash_is_the_same_as_in_earlier_versions() -> None:
    record = CustomerRecord(
        erp_id="98336",
        name="Studio Ferlandi",
        last_order_date=date(2026, 1, 18),
        actual_order_count=1090,
        actual_sales=Decimal("124497.43"),
        extra={"LINGUA:": "it"},
    )
    assert content_hash(record) == "00cdcc7af3e49ef163a88a0ec72a7b00653a5021bdc0b4ffc84d50e0aa94183e"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("124497.43"), "124497.43"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 1, 18), "2026-01-18"),
        (0, "0"),
        ("Roma", "Roma"),
        ("", None),
        (None, None),
    ],
)
def test_values_are_shown_plain_and_empty_ones_as_none(
    value: str | int | Decimal | date | None, text: str | None
) -> None:
    assert plain_text(value) == text
