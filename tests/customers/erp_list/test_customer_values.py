from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from customers.erp_list.records import Value
from customers.erp_list.values import (
    ForeignFormat,
    Kind,
    Unreadable,
    WrongFormat,
    read_count,
    read_date,
    read_identifier,
    read_money,
    read_text,
    read_unknown,
    shown,
)


@pytest.mark.parametrize("cell", ["98.336", "98,336", "98336", " 98.336 "])
def test_an_identifier_is_its_digits_however_they_are_grouped(cell: str) -> None:
    assert read_identifier(cell) == "98336"


@pytest.mark.parametrize(
    ("cell", "key"), [("50", "50"), ("0050", "0050"), ("1.234.567", "1234567"), ("1" * 20, "1" * 20)]
)
def test_the_digits_of_an_identifier_are_kept(cell: str, key: str) -> None:
    assert read_identifier(cell) == key


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "  ",
        "9833,6",
        "98.33",
        "983.36",
        "1.234,567",
        ".336",
        "98.336.",
        "0.336",
        "C89809",
        "-50",
        "98 336",
        "٥٠",
        "²",
        "1" * 21,
    ],
)
def test_an_ambiguous_identifier_is_not_guessed(cell: str) -> None:
    with pytest.raises(Unreadable):
        read_identifier(cell)


@pytest.mark.parametrize(
    ("cell", "count"),
    [("0", 0), ("1.090", 1090), ("1090", 1090), ("-12", -12), ("2.147.483.647", 2_147_483_647), ("", None)],
)
def test_a_count_is_read_in_italian_format(cell: str, count: int | None) -> None:
    assert read_count(cell) == count


@pytest.mark.parametrize("cell", ["1,090", "1,090,000", "1,090.00", "$12"])
def test_an_english_count_is_another_language(cell: str) -> None:
    with pytest.raises(ForeignFormat):
        read_count(cell)


@pytest.mark.parametrize(
    "cell", ["1.09", "10.90", "0.090", "12a", "1,5", "--1", "2.147.483.648", "٣", "9" * 5000]
)
def test_a_broken_count_is_unreadable(cell: str) -> None:
    with pytest.raises(Unreadable):
        read_count(cell)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("0,00 €", "0.00"),
        ("124.497,43 €", "124497.43"),
        ("124.497,43", "124497.43"),
        ("124497,43\u00a0€", "124497.43"),
        ("124.497,43€", "124497.43"),
        ("-12,00 €", "-12.00"),
        ("999.999.999.999,99 €", "999999999999.99"),
    ],
)
def test_an_amount_is_read_to_the_cent(cell: str, amount: str) -> None:
    assert str(read_money(cell)) == amount


@pytest.mark.parametrize(
    "cell",
    [
        "-360,65",
        "-360,65 €",
        "- 360,65 €",
        "(360,65)",
        "(360,65 €)",
        "(360,65\u00a0€)",
        "(360,65) €",
        "(360,65)€",
        "360,65-",
        "360,65 -",
        "360,65- €",
        "360,65-€",
        "360,65 €-",
        "360,65€-",
        "360,65 € -",
    ],
)
def test_a_negative_amount_is_read_in_every_style(cell: str) -> None:
    assert str(read_money(cell)) == "-360.65"


def test_a_negative_amount_may_be_grouped_by_thousands() -> None:
    assert str(read_money("(124.497,43 €)")) == "-124497.43"


@pytest.mark.parametrize(
    "cell",
    [
        "(-360,65)",
        "-360,65-",
        "--360,65",
        "(360,65-)",
        "-(360,65)",
        "(360,65)-",
        "((360,65))",
        "(360,65",
        "360,65)",
        "360,65--",
        "360,65- € €",
        "(360,65 €) €",
        "()",
        "-",
        "- €",
    ],
)
def test_an_amount_with_two_signs_or_half_a_bracket_is_unreadable(cell: str) -> None:
    with pytest.raises(Unreadable):
        read_money(cell)


@pytest.mark.parametrize("cell", ["-0,00 €", "(0,00)", "0,00-"])
def test_minus_zero_is_zero(cell: str) -> None:
    assert str(read_money(cell)) == "0.00"


def test_an_empty_amount_is_none_and_not_zero() -> None:
    assert read_money(" ") is None


@pytest.mark.parametrize(
    "cell",
    [
        "$124,497.43",
        "124,497.43",
        "0.00",
        "€124,497.43",
        "1,090",
        "($12.00)",
        "-$5.00",
        "12,00 $",
        "(360.65)",
        "(360.65) €",
        "360.65-",
        "360.65- €",
        "360.65 €-",
    ],
)
def test_an_english_amount_is_another_language(cell: str) -> None:
    with pytest.raises(ForeignFormat):
        read_money(cell)


@pytest.mark.parametrize(
    "cell", ["12", "12,5", "12,3456", "1.09,00", "0.123,00", "12,00 € €", "dodici", "1.000.000.000.000,00 €"]
)
def test_a_broken_amount_is_unreadable(cell: str) -> None:
    with pytest.raises(Unreadable):
        read_money(cell)


def test_amounts_as_printed_read_back_for_any_number_of_cents() -> None:
    for cents in [*range(0, 300), *range(999, 10_000_000, 7919), 123_456_789_012]:
        whole, rest = divmod(cents, 100)
        printed = f"{whole:,}".replace(",", ".") + f",{rest:02} €"
        assert read_money(printed) == Decimal(cents) / 100


@pytest.mark.parametrize(
    ("cell", "day"),
    [("18/01/2026", date(2026, 1, 18)), ("05/03/2026", date(2026, 3, 5)), ("29/02/2024", date(2024, 2, 29))],
)
def test_a_date_has_its_day_first(cell: str, day: date) -> None:
    assert read_date(cell) == day


def test_an_empty_date_is_none() -> None:
    assert read_date("") is None


def test_a_date_that_can_only_be_month_first_is_another_language() -> None:
    with pytest.raises(ForeignFormat):
        read_date("01/18/2026")


@pytest.mark.parametrize(
    "cell",
    ["31/02/2026", "29/02/2025", "00/01/2026", "32/13/2026", "5/3/2026", "18-01-2026", "18/01/26", "oggi"],
)
def test_a_date_that_does_not_exist_is_unreadable(cell: str) -> None:
    with pytest.raises(Unreadable):
        read_date(cell)


def test_a_text_is_stripped_of_outer_spaces_only() -> None:
    assert read_text("  Studio D'Àngelo & Figli  ") == "Studio D'Àngelo & Figli"


def test_leading_zeros_of_a_postal_code_are_kept() -> None:
    assert read_text("00184") == "00184"


@pytest.mark.parametrize("cell", ["Rossi\ufffeBianchi", "a\x00b", "a\x02b", "a\ud800b"])
def test_a_text_with_a_control_character_is_unreadable(cell: str) -> None:
    with pytest.raises(Unreadable):
        read_text(cell)


def test_a_text_that_is_too_long_is_unreadable_and_not_cut() -> None:
    with pytest.raises(Unreadable):
        read_text("a" * 501)


def test_a_text_as_long_as_its_field_is_read() -> None:
    assert read_text("a" * 500) == "a" * 500


def test_an_unknown_column_may_hold_a_text_of_any_length() -> None:
    assert len(read_unknown("a" * 5000)) == 5000


@pytest.mark.parametrize(
    ("reader", "cell", "expected"),
    [
        (read_identifier, "C89809", "a number of 1 to 20 digits"),
        (read_text, "a" * 501, "a text of at most 500 characters"),
        (read_text, "a\x00b", "a text without control characters"),
        (read_count, "1,090", "a whole number in Italian format, like 1.090"),
        (read_count, "12a", "a whole number like 1.090"),
        (read_money, "0.00", "an amount in Italian format, like 124.497,43 €"),
        (read_money, "dodici", "an amount like 124.497,43 €"),
        (read_date, "01/18/2026", "a date with the day first, like 18/01/2026"),
        (read_date, "oggi", "a date like 18/01/2026"),
    ],
)
def test_a_cell_that_can_not_be_read_says_what_was_expected(
    reader: Callable[[str], Value], cell: str, expected: str
) -> None:
    with pytest.raises(WrongFormat) as caught:
        reader(cell)
    assert str(caught.value) == str(caught.value.expected) == expected


@pytest.mark.parametrize(("cell", "told"), [("", "nothing"), ("oggi", "something else (4 characters)")])
def test_a_message_says_that_a_cell_is_empty_or_how_long_it_is(cell: str, told: str) -> None:
    assert str(shown(cell, Kind.DATE)) == told


def test_a_message_shows_a_number_that_can_not_be_read() -> None:
    assert shown("1.09", Kind.COUNT) == "“1.09”"


def test_a_message_shows_no_digits_of_a_text() -> None:
    assert "12345" not in str(shown("12345", Kind.TEXT))


@pytest.mark.parametrize("cell", ["Carla Ferlandi", "+390811234567", "01234567890", "0811234567", "c@pec.it"])
@pytest.mark.parametrize("kind", list(Kind))
def test_a_message_never_shows_possibly_personal_data(kind: Kind, cell: str) -> None:
    assert cell not in str(shown(cell, kind))
