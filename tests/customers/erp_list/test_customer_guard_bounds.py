"""The guard's reasons at their bounds, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from customers.erp_list.delta import compute_delta
from customers.erp_list.guard import reasons_to_hold, uploaded_by_hand
from customers.erp_list.message import Message
from customers.erp_list.records import CustomerRecord
from tests.customers.customer_lists import NOW, a_record, numbered, stored_as


def told(before: list[CustomerRecord], after: list[CustomerRecord]) -> list[str]:
    stored = stored_as(before)
    return [reason.message for reason in reasons_to_hold(compute_delta(stored, after), stored)]


def with_cities(cities: Sequence[str]) -> list[CustomerRecord]:
    return [a_record(str(number), city=city) for number, city in enumerate(cities, start=1)]


def with_sales(*sales: tuple[int, int]) -> list[CustomerRecord]:
    """Return customers with these sales of the two earlier periods, whose columns have the same caption."""
    return [
        a_record(str(number), previous_sales_1=Decimal(one), previous_sales_2=Decimal(other))
        for number, (one, other) in enumerate(sales, start=1)
    ]


def test_an_empty_list_is_told() -> None:
    assert told(numbered(3), []) == ["no customer can be read from the list"]


def test_an_uploaded_list_is_told() -> None:
    reason = uploaded_by_hand()
    said = "the list was uploaded and not fetched from the ERP"
    assert reason.as_json() == {"code": "list_uploaded", "message": said, "text": said, "params": {}}


def test_replaced_customers_are_counted() -> None:
    strangers = [a_record(str(number)) for number in range(1000, 1050)]
    said = "the list has only 60 of the 100 active customers, and 50 new ones"
    assert told(numbered(100), numbered(60) + strangers) == [said]


def test_customers_missing_a_second_time_are_not_in_the_list_either() -> None:
    stored = stored_as(numbered(100)[:60]) | stored_as(numbered(100)[60:], missing_since=NOW)
    strangers = [a_record(str(number)) for number in range(1000, 1050)]
    held = reasons_to_hold(compute_delta(stored, numbered(60) + strangers), stored)
    assert [reason.code for reason in held] == ["customers_replaced"]


def test_another_source_lacks_those_missing_now_and_before() -> None:
    stored = stored_as(numbered(9)) | stored_as([a_record("10")], missing_since=NOW)
    held = reasons_to_hold(
        compute_delta(stored, numbered(8)), stored, source_changes=[Message("another account")]
    )
    assert [reason.message for reason in held] == [
        "another account: the list lacks 2 of the 10 active customers"
    ]


def test_six_customers_with_four_values_among_them_are_an_exchange() -> None:
    before, after = (
        ["Roma", "Bari", "Pisa", "Lodi", "Roma", "Bari"],
        ["Bari", "Pisa", "Lodi", "Roma", "Bari", "Roma"],
    )
    said = "field city (column “CITTÀ”) changes, for 6 of 6 customers, to what another customer had"
    assert told(with_cities(before), with_cities(after)) == [said]


def test_nine_in_ten_are_an_exchange_and_fewer_are_not() -> None:
    before = [f"Borgo {number}" for number in range(20)]
    after = before[1:] + before[:1]
    assert len(told(with_cities(before), with_cities([*after[:18], "Nuova", "Altra"]))) == 1
    assert told(with_cities(before), with_cities([*after[:17], "Nuova", "Altra", "Terza"])) == []


def test_a_field_that_hardly_changes_does_not_hide_an_exchange_in_a_later_one() -> None:
    before = with_cities([f"Borgo {number}" for number in range(10)])
    after = with_cities([f"Borgo {(number + 1) % 10}" for number in range(10)])
    after[0] = replace(after[0], name="Studio nuovo")
    assert len(told(before, after)) == 1


def test_a_field_that_hardly_changes_does_not_hide_a_later_one_that_goes_empty() -> None:
    before = numbered(10)
    after = [replace(record, phone="") if number < 3 else record for number, record in enumerate(before)]
    after[0] = replace(after[0], name="Studio nuovo")
    assert len(told(before, after)) == 1


def test_an_unknown_column_that_goes_empty_for_a_fifth_passes() -> None:
    def with_language(customers: list[CustomerRecord], language: str) -> list[CustomerRecord]:
        return [replace(customer, extra={"LINGUA:": language}) for customer in customers]

    before = with_language(numbered(30), "it")
    assert told(before, with_language(numbered(3), "") + before[3:]) == []


SWAPPED = [(10 + number, 20 + number) for number in range(6)]
BACK = [(other, one) for one, other in SWAPPED]


def test_six_customers_with_each_others_columns_are_told() -> None:
    said = (
        "field previous_sales_1 (column “VENDITE PRECEDENTE”) and field previous_sales_2 "
        "(column “VENDITE PRECEDENTE”) have each other's values for 6 customers"
    )
    assert said in told(with_sales(*SWAPPED), with_sales(*BACK))


def test_customers_in_whom_only_one_of_the_columns_changes_do_not_count() -> None:
    before, after = with_sales(*SWAPPED, (70, 71), (80, 81)), with_sales(*BACK, (70, 72), (82, 81))
    assert any("each other's values for 6" in said for said in told(before, after))


def test_customers_with_a_zero_in_one_of_the_columns_do_not_count() -> None:
    zeros = [(50 + number, 0) for number in range(4)]
    moved = [(60 + number, 1) for number in range(4)]
    before, after = with_sales(*SWAPPED, *zeros), with_sales(*BACK, *moved)
    assert any("each other's values for 6" in said for said in told(before, after))


def test_values_that_move_from_one_column_to_the_other_but_not_back_are_no_exchange() -> None:
    after = [(other, 30 + number) for number, (_one, other) in enumerate(SWAPPED)]
    assert not any("each other's" in said for said in told(with_sales(*SWAPPED), with_sales(*after)))
