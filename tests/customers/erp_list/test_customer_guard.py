"""Which lists are held and which pass."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from customers.erp_list.delta import StoredCustomer, compute_delta
from customers.erp_list.guard import GuardBounds, GuardReason, reasons_to_hold
from customers.erp_list.message import Message
from customers.erp_list.records import CustomerRecord
from tests.customers.customer_lists import NOW, a_record, numbered, stored_as


def reasons(
    stored: dict[str, StoredCustomer] | list[CustomerRecord], records: list[CustomerRecord], **bounds: Any
) -> list[GuardReason]:
    before = stored_as(stored) if isinstance(stored, list) else stored
    return reasons_to_hold(compute_delta(before, records), before, GuardBounds(**bounds))


def codes(
    stored: dict[str, StoredCustomer] | list[CustomerRecord], records: list[CustomerRecord], **bounds: Any
) -> list[str]:
    return [reason.code for reason in reasons(stored, records, **bounds)]


def turned(records: list[CustomerRecord], field: str) -> list[CustomerRecord]:
    """Give every customer the value of the next one."""
    values = [getattr(record, field) for record in records]
    return [
        replace(record, **{field: value})
        for record, value in zip(records, values[1:] + values[:1], strict=True)
    ]


def test_the_first_list_ever_passes() -> None:
    assert codes([], numbered(3)) == []


@pytest.mark.parametrize("stored_count", [0, 3])
def test_an_empty_list_is_held_even_as_the_first(stored_count: int) -> None:
    assert codes(numbered(stored_count), []) == ["list_empty"]


def test_a_list_of_which_every_row_was_rejected_counts_as_empty() -> None:
    delta = compute_delta({}, [], {"1"})
    assert [reason.code for reason in reasons_to_hold(delta, {})] == ["list_empty"]


def told(held: list[GuardReason]) -> list[tuple[str, str]]:
    return [(reason.code, reason.message) for reason in held]


def test_an_unchanged_list_passes() -> None:
    assert codes(numbered(50), numbered(50)) == []


def test_a_list_of_seventy_in_a_hundred_passes() -> None:
    assert codes(numbered(100), numbered(70)) == []


def test_a_list_of_sixty_nine_in_a_hundred_is_held() -> None:
    held = reasons(numbered(100), numbered(69))
    assert told(held) == [("list_too_short", "the list has 69 customers, but 100 are active")]


def test_removed_customers_do_not_count_as_active() -> None:
    stored = stored_as(numbered(100)[:60]) | stored_as(numbered(100)[60:], missing_since=NOW, removed_at=NOW)
    assert codes(stored, numbered(60)) == []


def test_customers_missing_once_still_count_as_active() -> None:
    stored = stored_as(numbered(100)[:69]) | stored_as(numbered(100)[69:], missing_since=NOW)
    assert codes(stored, numbered(69)) == ["list_too_short"]


def test_rejected_rows_are_rows_of_the_list() -> None:
    stored = stored_as(numbered(100))
    delta = compute_delta(stored, numbered(69), {"70"})
    assert reasons_to_hold(delta, stored) == []


def test_a_list_of_the_right_length_with_other_customers_is_held() -> None:
    strangers = [a_record(str(number)) for number in range(1000, 1050)]
    assert codes(numbered(100), numbered(60) + strangers) == ["customers_replaced"]


def test_the_bound_on_the_length_can_be_set() -> None:
    assert codes(numbered(100), numbered(69), min_list_share=0.5) == []


def test_a_field_that_goes_empty_for_a_fifth_of_those_that_had_it_passes() -> None:
    assert codes(numbered(10), numbered(2, phone="") + numbered(10)[2:]) == []


def test_a_field_that_goes_empty_for_more_than_a_fifth_is_held_and_named() -> None:
    held = reasons(numbered(10), numbered(3, phone="") + numbered(10)[3:])
    message = "field phone (column “TELEFONO:”) goes empty for 3 of the 10 customers that had it"
    assert told(held) == [("field_emptied", message)]


def test_one_or_two_customers_losing_a_rare_field_is_normal_editing() -> None:
    before = numbered(4, mobile="+393331234567") + numbered(100)[4:]
    after = numbered(2, mobile="") + before[2:]
    assert codes(before, after) == []


def test_customers_that_never_had_the_field_do_not_dilute_the_share() -> None:
    before = numbered(4, pec="studio@pec.example") + numbered(100)[4:]
    assert codes(before, numbered(100)) == ["field_emptied"]


def test_customers_that_are_not_in_the_list_do_not_dilute_the_share() -> None:
    before = numbered(100, phone="")[:80] + numbered(100)[80:]
    after = before[:80] + [replace(record, phone="") for record in before[80:83]] + before[83:86]
    assert codes(before, after) == ["field_emptied"]


@pytest.mark.parametrize("field", ["last_order_date", "actual_sales", "actual_order_count"])
def test_empty_dates_and_numbers_count_like_empty_texts(field: str) -> None:
    assert codes(numbered(10), numbered(10, **{field: None})) == ["field_emptied"]


def test_an_amount_that_becomes_zero_is_not_empty() -> None:
    assert codes(numbered(10), numbered(10, actual_sales=Decimal(0), actual_order_count=0)) == []


def test_an_unknown_column_that_goes_empty_is_held() -> None:
    before = numbered(10, extra={"LINGUA:": "it"})
    assert codes(before, numbered(10, extra={"LINGUA:": ""})) == ["field_emptied"]


def test_the_bound_on_emptied_fields_can_be_set() -> None:
    assert codes(numbered(10), numbered(3, phone="") + numbered(10)[3:], max_emptied_share=0.3) == []


@pytest.mark.parametrize("field", ["name", "phone"])
def test_values_that_move_between_customers_are_held(field: str) -> None:
    before = numbered(46)
    assert codes(before, turned(before, field)) == ["values_exchanged"]


def test_values_that_move_within_a_part_of_the_list_are_held() -> None:
    before = numbered(500)
    assert codes(before, turned(before[:46], "phone") + before[46:]) == ["values_exchanged"]


def test_one_genuine_edit_among_moved_values_does_not_hide_them() -> None:
    before = numbered(46)
    after = turned(before, "phone")
    after[0] = replace(after[0], phone="+3908177777")
    assert codes(before, after) == ["values_exchanged"]


def test_five_customers_with_moved_values_are_too_few_to_tell() -> None:
    assert codes(numbered(5), turned(numbered(5), "phone")) == []


def test_a_few_kinds_that_move_between_customers_are_normal_editing() -> None:
    before = [replace(record, type="ABC"[i % 3]) for i, record in enumerate(numbered(60))]
    assert codes(before, turned(before, "type")) == []


def test_new_values_for_everyone_are_no_exchange() -> None:
    assert codes(numbered(46), [replace(each, phone=each.phone + "9") for each in numbered(46)]) == []


def with_sales(count: int) -> list[CustomerRecord]:
    return [
        replace(each, previous_sales_1=Decimal(100 + i), previous_sales_2=Decimal(900 - i))
        for i, each in enumerate(numbered(count))
    ]


def test_swapped_columns_of_the_same_caption_are_held() -> None:
    after = [
        replace(each, previous_sales_1=each.previous_sales_2, previous_sales_2=each.previous_sales_1)
        for each in with_sales(20)
    ]
    assert codes(with_sales(20), after) == ["columns_exchanged"]


def test_a_new_year_that_moves_sales_one_period_on_passes() -> None:
    before = [
        replace(each, actual_sales=Decimal(0), previous_sales_1=Decimal(100 + i), previous_sales_2=Decimal(0))
        for i, each in enumerate(numbered(40))
    ]
    after = [
        replace(each, previous_sales_1=each.actual_sales, previous_sales_2=each.previous_sales_1)
        for each in before
    ]
    assert codes(before, after) == []


Extra = Callable[[int], dict[str, str]]


def with_extra(count: int, extra: Extra) -> list[CustomerRecord]:
    return [replace(each, extra=extra(i)) for i, each in enumerate(numbered(count))]


@pytest.mark.parametrize(
    "after",
    [
        lambda i: {"AGENTE": f"deputy {i}"},
        lambda i: {"AGENTE": f"deputy {i}", "AGENTE (2)": f"agent {i}"},
        lambda i: {"AGENTE": f"area {i}", "AGENTE (2)": f"agent {i}", "AGENTE (3)": f"deputy {i}"},
    ],
    ids=["one is hidden", "both are swapped", "a third comes first"],
)
def test_unknown_columns_of_one_caption_that_move_are_held(after: Extra) -> None:
    before = with_extra(6, lambda i: {"AGENTE": f"agent {i}", "AGENTE (2)": f"deputy {i}"})
    assert set(codes(before, with_extra(6, after))) == {"columns_exchanged"}
    assert codes(before[:5], with_extra(5, after)) == []


@pytest.mark.parametrize(
    "after",
    [
        lambda i: {"AGENTE": f"new {i}", "AGENTE (2)": f"deputy {i}"},
        lambda i: {"AGENTE": f"agent {i}", "AGENTE (2)": ""},
        lambda i: {"AGENTE": f"deputy {i}" if i < 30 else f"new {i}", "AGENTE (2)": f"deputy {i}"},
        lambda i: {"AGENTE": f"agent {i}", "AGENTE (2)": f"deputy {i}", "ZONA": f"deputy {i}"},
    ],
    ids=["others", "emptied", "few", "another caption"],
)
def test_unknown_columns_of_one_caption_that_get_new_values_pass(after: Extra) -> None:
    before = with_extra(40, lambda i: {"AGENTE": f"agent {i}", "AGENTE (2)": f"deputy {i}"})
    assert "columns_exchanged" not in codes(before, with_extra(40, after))


def test_the_reason_names_both_columns_and_how_many_customers() -> None:
    before = with_extra(7, lambda i: {"AGENTE": f"agent {i}", "AGENTE (2)": f"deputy {i}"})
    after = with_extra(7, lambda i: {"AGENTE": f"deputy {i}"})
    [reason] = reasons(before, after)
    one, other = "field extra.AGENTE (column “AGENTE”)", "field extra.AGENTE (2) (column “AGENTE (2)”)"
    assert reason.message == f"{one} has, for 7 customers, what {other} had"


def test_every_reason_is_given_at_once() -> None:
    before = numbered(100)
    after = [replace(each, city="") for each in turned(before[:60], "phone")]
    assert codes(before, after) == ["list_too_short", "field_emptied", "values_exchanged"]


def test_a_restored_customer_with_an_emptied_field_counts() -> None:
    stored = stored_as(numbered(10), missing_since=NOW)
    assert codes(stored, numbered(10, phone="")) == ["field_emptied"]


TODAY = date(2026, 1, 19)
ORDERED_AHEAD = date(2026, 10, 2)


def future_reasons(
    stored: dict[str, StoredCustomer], records: list[CustomerRecord], today: date = TODAY
) -> list[GuardReason]:
    return reasons_to_hold(compute_delta(stored, records), stored, today=today)


@pytest.mark.parametrize("known", [[], numbered(9)])
def test_a_last_order_in_the_future_is_held_even_in_the_first_list(known: list[CustomerRecord]) -> None:
    ahead = [a_record("10", last_order_date=ORDERED_AHEAD), a_record("11", last_order_date=date(2026, 3, 1))]
    message = "2 customers have a last order in the future, the latest on 2026-10-02: "
    message += "day and month may be swapped"
    held = future_reasons(stored_as(known), [*numbered(9), *ahead])
    assert told(held) == [("order_in_future", message)]


def test_one_changed_customer_with_a_last_order_in_the_future_holds_the_list() -> None:
    before, after = numbered(100), numbered(100)
    after[0] = replace(after[0], last_order_date=ORDERED_AHEAD)
    [reason] = future_reasons(stored_as(before), after)
    assert reason.message.startswith("1 customer has a last order in the future, on 2026-10-02: ")


@pytest.mark.parametrize(("day", "held"), [(20, []), (21, ["order_in_future"])])
def test_a_last_order_of_tomorrow_passes_and_a_later_one_does_not(day: int, held: list[str]) -> None:
    records = [a_record(last_order_date=date(2026, 1, day))]
    assert [reason.code for reason in future_reasons({}, records)] == held


def test_an_approved_last_order_in_the_future_holds_no_later_list() -> None:
    stored = stored_as([a_record(last_order_date=ORDERED_AHEAD)])
    assert future_reasons(stored, [a_record(last_order_date=ORDERED_AHEAD)]) == []


def test_another_change_beside_an_approved_last_order_in_the_future_passes() -> None:
    stored = stored_as([a_record(last_order_date=ORDERED_AHEAD)])
    assert future_reasons(stored, [a_record(last_order_date=ORDERED_AHEAD, phone="1")]) == []


def test_a_restored_customer_with_a_new_last_order_in_the_future_is_held() -> None:
    stored = stored_as([a_record()], missing_since=NOW)
    [reason] = future_reasons(stored, [a_record(last_order_date=ORDERED_AHEAD)])
    assert reason.code == "order_in_future"


def test_a_first_list_may_have_any_number_of_customers_unless_a_bound_is_set() -> None:
    assert codes([], numbered(1)) == []


@pytest.mark.parametrize(("count", "held"), [(9, ["first_list_too_short"]), (10, [])])
def test_a_first_list_under_the_bound_is_held(count: int, held: list[str]) -> None:
    assert codes([], numbered(count), min_first_list=10) == held


def test_a_first_list_that_is_held_says_how_many_it_has_and_should_have() -> None:
    [reason] = reasons([], numbered(9), min_first_list=10)
    assert reason.message == "the first list has 9 customers, fewer than the 10 of SYNC_MIN_CUSTOMERS"


def test_the_bound_on_the_first_list_does_not_apply_to_later_ones() -> None:
    assert codes(numbered(9), numbered(9), min_first_list=10) == []


def test_rejected_rows_are_rows_of_the_first_list() -> None:
    delta = compute_delta({}, numbered(9), {"10"})
    assert reasons_to_hold(delta, {}, GuardBounds(min_first_list=10)) == []


SOURCE_CHANGES = (Message("another ERP account"), Message("another view “B” instead of “A”"))


def test_a_list_from_another_source_without_a_customer_is_held() -> None:
    stored = stored_as(numbered(100))
    delta = compute_delta(stored, numbered(99))
    message = "another ERP account, another view “B” instead of “A”: "
    message += "the list lacks 1 of the 100 active customers"
    held = reasons_to_hold(delta, stored, source_changes=SOURCE_CHANGES)
    assert told(held) == [("source_changed", message)]


def test_customers_missing_from_the_last_list_already_count_as_absent() -> None:
    stored = stored_as(numbered(100)[:99]) | stored_as(numbered(100)[99:], missing_since=NOW)
    [reason] = reasons_to_hold(compute_delta(stored, numbered(99)), stored, source_changes=SOURCE_CHANGES)
    assert reason.code == "source_changed"


def test_a_list_from_another_source_with_every_active_customer_passes() -> None:
    stored = stored_as(numbered(99)) | stored_as(numbered(100)[99:], missing_since=NOW, removed_at=NOW)
    assert reasons_to_hold(compute_delta(stored, numbered(99)), stored, source_changes=SOURCE_CHANGES) == []


def test_reasons_name_no_customer() -> None:
    before = numbered(100)
    texts = "".join(reason.message for reason in reasons(before, turned(before[:60], "phone")))
    assert "Studio" not in texts
    assert "+39" not in texts
