"""Read rows: each becomes a record or is rejected, or the list is refused."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from customers.erp_list.records import OPTIONAL_FIELD_NAMES, InvalidList
from customers.erp_list.rows import read_records
from tests.customers.customer_lists import CAPTIONS, a_row, count_footer, read


def refusal(rows: list[list[str]], **options: Any) -> InvalidList:
    with pytest.raises(InvalidList) as caught:
        read(rows, **options)
    return caught.value


def many(count: int) -> list[list[str]]:
    return [a_row(str(number)) for number in range(1, count + 1)]


def test_a_row_becomes_a_typed_record() -> None:
    record = read([a_row("98.336", city=" Roma ", previous_sales_1="-7,50 €")]).records[0]
    assert (record.erp_id, record.city, record.postal_code) == ("98336", "Roma", "00184")
    assert (record.actual_order_count, record.last_order_date) == (3, date(2026, 1, 18))
    assert (record.actual_sales, record.previous_sales_1) == (Decimal("1234.50"), Decimal("-7.50"))


def test_rows_may_come_one_by_one() -> None:
    assert read_records(CAPTIONS, iter(many(3)), footer=count_footer(3)) == read(many(3))


def test_empty_numbers_and_dates_are_none() -> None:
    record = read([a_row(actual_order_count="", actual_sales="", last_order_date="")]).records[0]
    assert (record.actual_order_count, record.actual_sales, record.last_order_date) == (None, None, None)


def test_columns_in_another_order_read_to_the_same_record() -> None:
    usual = read([a_row()]).records
    moved = read([a_row()[5:] + a_row()[:5]], captions=CAPTIONS[5:] + CAPTIONS[:5], footer=count_footer(1))
    assert moved.records == usual


def test_unknown_columns_are_kept_by_caption() -> None:
    records = read([[*a_row(), " it ", ""]], captions=[*CAPTIONS, "LINGUA:", "CLASSE"]).records
    assert records[0].extra == {"LINGUA:": "it", "CLASSE": ""}


def test_a_field_whose_column_is_allowed_to_be_absent_is_named() -> None:
    row = a_row()
    del row[10]
    captions = CAPTIONS[:10] + CAPTIONS[11:]
    read_list = read([row], captions=captions, allow_missing_columns=True)
    assert read_list.absent_fields - set(OPTIONAL_FIELD_NAMES) == {"city"}
    assert refusal([row], captions=captions).code == "column_missing"


def test_an_unreadable_value_rejects_its_row_and_no_other() -> None:
    rows = [*many(3), a_row("98.336", last_order_date="31/02/2026")]
    read_list = read(rows)
    assert [record.erp_id for record in read_list.records] == ["1", "2", "3"]
    assert read_list.rejected_ids == {"98336"}


def test_a_rejected_row_says_where_and_what_was_expected() -> None:
    rejected = read([a_row("7", actual_sales="12,5 €")]).rejected[0]
    where, why = str(rejected.text).split(": ")
    assert where == "row 1, column TIPO DI CLIENTE"
    assert why == "expected an amount like 124.497,43 €, found “12,5 €”"


def test_a_rejected_row_is_noted() -> None:
    read_list = read([a_row("7", actual_sales="12,5 €")])
    assert [*map(str, read_list.notes)] == [f"rejected: {read_list.rejected[0].text}"]


def test_a_rejected_row_shows_no_personal_text() -> None:
    read_list = read([a_row("7", actual_order_count="Carla Ferlandi", name="Ferlandi\ufffeNozzi")])
    assert "Ferlandi" not in "".join(map(str, read_list.notes))


def test_a_control_character_in_an_unknown_column_rejects_the_row() -> None:
    read_list = read([[*a_row("7"), "a\x00b"]], captions=[*CAPTIONS, "NOTE"])
    assert read_list.rejected[0].column == "NOTE"


def test_one_row_of_a_hundred_may_be_rejected() -> None:
    rows = [*many(198), a_row("500", actual_sales="?"), a_row("501", actual_sales="?")]
    assert len(read(rows).rejected) == 2


def test_more_rejected_rows_than_one_in_a_hundred_refuse_the_list() -> None:
    rows = [*many(197), *(a_row(str(500 + number), actual_sales="?") for number in range(3))]
    error = refusal(rows)
    assert (error.code, error.row, error.column) == ("values_unreadable", 198, "TIPO DI CLIENTE")


@pytest.mark.parametrize("erp_id", ["", "C89809", "98.33", "Carla Ferlandi"])
def test_a_key_is_never_guessed(erp_id: str) -> None:
    error = refusal([*many(3), a_row(erp_id)])
    assert (error.code, error.row, error.column) == ("id_invalid", 4, "ID")
    assert str(error.text).startswith("row 4, column ID: expected ")
    assert "Ferlandi" not in str(error)


@pytest.mark.parametrize("again", ["98336", "98.336", "98,336"])
def test_a_repeated_key_in_any_spelling_refuses_the_list(again: str) -> None:
    error = refusal([a_row("98.336"), *many(3), a_row(again)])
    assert (error.code, error.row, error.column) == ("id_duplicate", 5, "ID")
    assert str(error) == "ID 98336 is in row 1 and again in row 5"


def test_the_key_of_a_rejected_row_can_not_be_repeated_either() -> None:
    assert refusal([a_row("7", actual_sales="?"), a_row("7")]).code == "id_duplicate"


@pytest.mark.parametrize(
    ("field", "cell"),
    [("actual_sales", "$124,497.43"), ("actual_order_count", "1,090"), ("last_order_date", "01/18/2026")],
)
def test_one_english_value_under_italian_captions_refuses_the_list(field: str, cell: str) -> None:
    error = refusal([*many(500), a_row("900", **{field: cell})])
    assert (error.code, error.row) == ("list_language", 501)


@pytest.mark.parametrize("width", [25, 27])
def test_a_row_of_another_width_refuses_the_list(width: int) -> None:
    error = refusal([a_row("1"), [*a_row(), ""][:width]], footer=count_footer(2))
    assert (error.code, error.row) == ("row_ragged", 2)
    assert str(error) == f"row 2 has {width} cells under 26 captions"


def test_a_row_that_lacks_only_its_optional_cell_refuses_the_list() -> None:
    error = refusal([a_row()], captions=[*CAPTIONS, "EXCLUSIVACTIVE"])
    assert (error.code, error.row) == ("row_ragged", 1)


@pytest.mark.parametrize("footer", [None, [""] * 26, ["Sum=3", *[""] * 25]])
def test_a_list_without_a_count_of_its_rows_is_not_proven(footer: list[str] | None) -> None:
    assert refusal(many(3), footer=footer).code == "list_unproven"


def test_a_list_without_a_footer_is_read_if_allowed() -> None:
    assert len(read(many(3), footer=None, allow_missing_footer=True).records) == 3


@pytest.mark.parametrize("allow", [True, False])
@pytest.mark.parametrize("count", [2, 4])
def test_a_footer_that_counts_other_rows_refuses_the_list(count: int, allow: bool) -> None:
    error = refusal(many(3), footer=count_footer(count), allow_missing_footer=allow)
    assert error.code == "list_unproven"


@pytest.mark.parametrize(
    "cell", ["Count=3 Max=7", "Max=7 Count=3", "Sum=3,00 € Count=3 Avg=1,00", " Count= 3 ", "Count=3\nMin=1"]
)
def test_the_count_may_share_its_cell_with_other_totals(cell: str) -> None:
    assert len(read(many(3), footer=["", cell, *[""] * 24]).records) == 3
    error = refusal(many(4), footer=["", cell, *[""] * 24])
    assert str(error.text) == "the footer counts 3 rows, 4 were read"


def test_the_footer_counts_rejected_rows_too() -> None:
    read_list = read([*many(1200), a_row("9999", actual_sales="?")], footer=count_footer(1201))
    assert (len(read_list.records), len(read_list.rejected)) == (1200, 1)


def test_an_english_footer_is_another_language() -> None:
    assert refusal(many(1452), footer=["Count=1,452", *[""] * 25]).code == "list_language"


def test_a_footer_whose_count_is_no_number_proves_nothing() -> None:
    assert refusal(many(3), footer=["Count=tre", *[""] * 25]).code == "list_unproven"


@pytest.mark.parametrize("footer", [None, count_footer(0)])
def test_an_empty_list_is_read_as_empty(footer: list[str] | None) -> None:
    assert read([], footer=footer).records == ()


def test_an_empty_list_whose_footer_counts_rows_is_refused() -> None:
    assert refusal([], footer=count_footer(3)).code == "list_unproven"


@pytest.mark.parametrize(
    ("rows", "footer", "said"),
    [
        (3, None, "the list has no count of its rows in a footer: it may be cut off"),
        (
            1452,
            "Count=1,452",
            "the footer's count is not in Italian: expected a whole number in Italian format, like 1.090",
        ),
        (3, "Count=tre", "the footer's count can't be read: expected a whole number like 1.090"),
        (3, "Count=4", "the footer counts 4 rows, 3 were read"),
    ],
)
def test_a_list_that_is_not_proven_says_why(rows: int, footer: str | None, said: str) -> None:
    error = refusal(many(rows), footer=None if footer is None else [footer, *[""] * 25])
    assert str(error.text) == said


def test_two_rejected_rows_of_a_short_list_refuse_it_and_the_first_is_told() -> None:
    error = refusal([*many(5), a_row("7", actual_sales="?"), a_row("8", actual_sales="?")])
    assert error.code == "values_unreadable"
    assert str(error.text).startswith("2 of 7 rows can't be read; the first: row 6")


def test_an_english_value_is_told_with_its_column() -> None:
    error = refusal([*many(500), a_row("900", actual_order_count="1,090")])
    assert (error.column, error.row) == ("CONTEGGI DEGLI ORDINI EFFETTIVI", 501)
    assert "row 501" in str(error.text)
