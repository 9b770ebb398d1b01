"""How the two cultures print captions, numbers, money and dates."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest

from scripts.erp_simulator.culture import CULTURES, ENGLISH, ITALIAN, Culture, NegativeStyle
from scripts.erp_simulator.world import SimCustomer


@pytest.mark.parametrize("culture", CULTURES.values(), ids=list(CULTURES))
def test_every_field_of_a_customer_has_a_caption(culture: Culture) -> None:
    assert set(culture.captions) == {field.name for field in fields(SimCustomer)}


def test_english_has_the_same_columns_in_another_order() -> None:
    assert set(ENGLISH.captions) == set(ITALIAN.captions)
    assert list(ENGLISH.captions) != list(ITALIAN.captions)


def test_the_italian_attention_caption_has_a_typographic_apostrophe() -> None:
    assert ITALIAN.captions["attention_to"] == "ALL\u2019ATTENZIONE DI:"


def test_two_italian_captions_are_the_same() -> None:
    assert ITALIAN.captions["previous_sales_1"] == ITALIAN.captions["previous_sales_2"]


@pytest.mark.parametrize(
    ("amount", "italian", "english"),
    [
        ("0", "0,00 €", "$0.00"),
        ("124497.43", "124.497,43 €", "$124,497.43"),
        ("-12.5", "-12,50 €", "-$12.50"),
        ("0.005", "0,01 €", "$0.01"),
        ("-0.004", "0,00 €", "$0.00"),
        ("999.995", "1.000,00 €", "$1,000.00"),
    ],
)
def test_money_is_rounded_to_cents_and_grouped(amount: str, italian: str, english: str) -> None:
    assert (ITALIAN.money(Decimal(amount)), ENGLISH.money(Decimal(amount))) == (italian, english)


def test_dates_have_the_day_first_in_italian_and_the_month_in_english() -> None:
    day = date(2026, 3, 5)
    assert (ITALIAN.day(day), ENGLISH.day(day)) == ("05/03/2026", "03/05/2026")


def test_a_missing_date_is_printed_as_nothing() -> None:
    assert ITALIAN.day(None) == ""


def test_identifiers_are_grouped_like_numbers_or_as_asked() -> None:
    assert ITALIAN.identifier("98336") == "98.336"
    assert ENGLISH.identifier("98336") == "98,336"
    assert ITALIAN.identifier("98336", "comma") == "98,336"
    assert ENGLISH.identifier("98336", "dot") == "98.336"
    assert ITALIAN.identifier("98336", "plain") == "98336"
    assert ITALIAN.identifier("59") == "59"


def test_totals_are_printed_as_in_the_real_footer() -> None:
    assert ITALIAN.count_total(1452) == "Count=1.452"
    assert ITALIAN.integer_total(1033) == "Sum=1.033"
    assert ITALIAN.money_total(Decimal("26197.31")) == "Sum=26.197,31 €"
    assert ENGLISH.count_total(1452) == "Count=1,452"
    assert ENGLISH.money_total(Decimal("26197.31")) == "Sum=$26,197.31"


def test_the_file_is_named_in_the_sessions_language() -> None:
    assert (ITALIAN.file_name, ENGLISH.file_name) == ("Clienti.pdf", "Customers.pdf")


@pytest.mark.parametrize(
    ("style", "printed"), [("minus", "-360,65 €"), ("brackets", "(360,65)"), ("trailing", "360,65-")]
)
def test_amounts_below_zero_can_be_printed_otherwise(style: NegativeStyle, printed: str) -> None:
    culture = replace(ITALIAN, negative_style=style)
    assert culture.money(Decimal("-360.65")) == printed
    assert culture.money(Decimal("360.65")) == "360,65 €"
