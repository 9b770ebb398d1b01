"""Stored changes are shown as the reader writes dates, counts and amounts."""

from __future__ import annotations

import pytest
from django.utils import translation

from customers.labels import field_change

ITALIAN = [
    ("last_order_date", "2026-10-26", "26/10/2026"),
    ("actual_order_count", "1500", "1.500"),
    ("actual_sales", "1234.50", "1.234,50 €"),
    ("actual_sales", "-360.65", "-360,65 €"),
    ("exclusive_period_end", "2026-12-31", "31/12/2026"),
    ("phone", "0823 1", "0823 1"),
    ("postal_code", "00042", "00042"),
    ("extra.FAX", "1234.50", "1234.50"),
    ("field_of_another_version", "2026-10-26", "2026-10-26"),
]


@pytest.mark.parametrize(("field", "stored", "shown"), ITALIAN)
def test_italian_readers_see_italian_values(field: str, stored: str, shown: str) -> None:
    with translation.override("it"):
        assert field_change(field, {"old": None, "new": stored})[1:] == ("–", shown)


def test_english_readers_see_english_values() -> None:
    with translation.override("en"):
        assert field_change("last_order_date", {"old": "2026-10-26", "new": None})[1:] == ("10/26/2026", "–")
        assert field_change("actual_sales", {"old": "1234.50", "new": "0.00"})[1:] == ("1,234.50 €", "0.00 €")


@pytest.mark.parametrize("field", ["last_order_date", "actual_order_count", "actual_sales"])
def test_a_stored_value_that_is_of_another_kind_is_shown_as_it_is(field: str) -> None:
    assert field_change(field, {"old": "about 12", "new": "about 13"})[1:] == ("about 12", "about 13")
