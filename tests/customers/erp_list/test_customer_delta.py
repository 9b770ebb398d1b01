import json
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from customers.erp_list.delta import Delta, FieldChange, StoredCustomer, compute_delta
from customers.erp_list.records import FIELD_NAMES, CustomerRecord, content_hash
from tests.customers.customer_lists import NOW, a_record, numbered, stored_as


def ids(delta: Delta, outcome: str) -> list[str]:
    return [change.record.erp_id for change in getattr(delta, outcome)]


def test_the_first_list_is_all_new() -> None:
    assert compute_delta({}, numbered(3)).counts() == {
        "rows": 3,
        "new": 3,
        "updated": 0,
        "unchanged": 0,
        "missing": 0,
        "removed": 0,
        "restored": 0,
        "rejected": 0,
    }


def test_the_same_list_again_changes_nothing() -> None:
    delta = compute_delta(stored_as(numbered(3)), numbered(3))
    assert (delta.unchanged_ids, delta.all_changes) == (("1", "2", "3"), ())


def test_a_changed_customer_has_the_old_and_new_value_of_each_field_that_differs() -> None:
    changed = a_record(phone="", actual_sales=Decimal("40.00"))
    delta = compute_delta(stored_as([a_record()]), [changed])
    assert delta.updated[0].fields == (
        FieldChange("phone", "+39081000050", ""),
        FieldChange("actual_sales", Decimal("38.15"), Decimal("40.00")),
    )


@pytest.mark.parametrize("field", [name for name in FIELD_NAMES if name != "erp_id"])
def test_a_change_in_any_field_is_seen(field: str) -> None:
    values = {"last_order_date": date(2020, 2, 2), "actual_order_count": 0, "actual_sales": Decimal(0)}
    changed = replace(a_record(), **{field: values.get(field, "77")})  # type: ignore[arg-type]
    delta = compute_delta(stored_as([a_record()]), [changed])
    assert [each.field for each in delta.updated[0].fields] == [field]


def test_a_zero_amount_is_not_an_empty_one() -> None:
    delta = compute_delta(stored_as([a_record(actual_sales=None)]), [a_record(actual_sales=Decimal("0.00"))])
    assert delta.updated[0].fields == (FieldChange("actual_sales", None, Decimal("0.00")),)


def test_an_outdated_hash_over_equal_fields_changes_nothing() -> None:
    stored = {"50": StoredCustomer(a_record(), "an older hash")}
    assert compute_delta(stored, [a_record()]).unchanged_ids == ("50",)


def test_a_customer_that_is_not_in_the_list_is_missing_the_first_time() -> None:
    delta = compute_delta(stored_as(numbered(3)), numbered(2))
    assert (ids(delta, "missing"), ids(delta, "removed")) == (["3"], [])


def test_a_customer_missing_from_a_second_list_in_a_row_is_removed() -> None:
    delta = compute_delta(stored_as([a_record()], missing_since=NOW), numbered(2))
    assert (ids(delta, "missing"), ids(delta, "removed")) == ([], ["50"])


def test_a_removed_customer_that_is_still_not_in_the_list_is_in_no_outcome() -> None:
    delta = compute_delta(stored_as([a_record()], missing_since=NOW, removed_at=NOW), [])
    assert delta.all_changes == ()


def test_a_customer_back_after_missing_is_restored_and_not_unchanged() -> None:
    delta = compute_delta(stored_as([a_record()], missing_since=NOW), [a_record()])
    assert delta.counts()["restored"] == 1
    assert delta.counts()["unchanged"] == 0


def test_a_removed_customer_that_comes_back_changed_is_restored_with_its_changes() -> None:
    stored = stored_as([a_record()], missing_since=NOW, removed_at=NOW)
    delta = compute_delta(stored, [a_record(city="Salerno")])
    assert delta.restored[0].fields == (FieldChange("city", "Napoli", "Salerno"),)
    assert delta.updated == ()


def test_a_rejected_row_leaves_its_customer_neither_changed_nor_missing() -> None:
    delta = compute_delta(stored_as(numbered(3)), numbered(2), {"3"})
    assert delta.all_changes == ()
    assert delta.counts()["rejected"] == 1


def test_a_rejected_row_of_an_unknown_customer_adds_no_customer() -> None:
    assert compute_delta({}, [], {"3"}).counts()["new"] == 0


def test_a_field_whose_column_is_absent_stays_as_stored() -> None:
    stored = stored_as([a_record(city="Napoli")])
    delta = compute_delta(stored, [a_record(city="", name="Altro")], absent_fields={"city"})
    assert [each.field for each in delta.updated[0].fields] == ["name"]
    assert delta.updated[0].record.city == "Napoli"


def test_an_absent_column_alone_changes_nothing() -> None:
    delta = compute_delta(stored_as([a_record()]), [a_record(city="")], absent_fields={"city"})
    assert delta.unchanged_ids == ("50",)


def test_a_change_carries_the_hash_of_what_will_be_stored() -> None:
    stored = stored_as([a_record(extra={"LINGUA:": "it"})])
    delta = compute_delta(stored, [a_record(city="", phone="1")], absent_fields={"city"})
    assert delta.updated[0].content_hash == content_hash(a_record(phone="1", extra={"LINGUA:": "it"}))


def test_an_unknown_column_is_compared_by_its_caption() -> None:
    stored = stored_as([a_record(extra={"LINGUA:": "it"})])
    delta = compute_delta(stored, [a_record(extra={"LINGUA:": "en"})])
    assert delta.updated[0].fields == (FieldChange("extra.LINGUA:", "it", "en"),)


def test_a_new_unknown_column_that_is_empty_changes_nothing() -> None:
    delta = compute_delta(stored_as([a_record()]), [a_record(extra={"LINGUA:": ""})])
    assert delta.unchanged_ids == ("50",)


def test_an_unknown_cell_that_goes_empty_is_a_change() -> None:
    stored = stored_as([a_record(extra={"LINGUA:": "it"})])
    delta = compute_delta(stored, [a_record(extra={"LINGUA:": ""})])
    assert delta.updated[0].fields == (FieldChange("extra.LINGUA:", "it", ""),)


def test_an_unknown_column_that_is_gone_stays_as_stored_and_is_named() -> None:
    stored = stored_as([a_record(extra={"LINGUA:": "it"})])
    delta = compute_delta(stored, [a_record()])
    assert (delta.unchanged_ids, delta.kept_captions) == (("50",), ("LINGUA:",))


def test_an_unknown_column_changes_beside_one_that_is_gone() -> None:
    stored = stored_as([a_record(extra={"CLASSE": "B", "LINGUA:": "it"})])
    delta = compute_delta(stored, [a_record(extra={"LINGUA:": "en"})])
    assert delta.updated[0].record.extra == {"CLASSE": "B", "LINGUA:": "en"}


def test_changes_are_ready_for_json() -> None:
    stored = stored_as([a_record()])
    changed = a_record(last_order_date=date(2026, 1, 20), actual_sales=Decimal("1234.50"), phone="")
    assert json.loads(json.dumps(compute_delta(stored, [changed]).changes())) == [
        {
            "erpId": "50",
            "name": "Studio 50",
            "change": "updated",
            "fields": [
                {"field": "phone", "old": "+39081000050", "new": None},
                {"field": "last_order_date", "old": "2026-01-18", "new": "2026-01-20"},
                {"field": "actual_sales", "old": "38.15", "new": "1234.50"},
            ],
        }
    ]


def test_a_new_customer_has_all_filled_fields_and_no_empty_ones() -> None:
    brought = compute_delta({}, [a_record(extra={"LINGUA:": "it", "CLASSE": ""})]).changes()[0]
    assert [each["field"] for each in brought["fields"]] == [
        "erp_id",
        "name",
        "city",
        "phone",
        "last_order_date",
        "actual_order_count",
        "actual_sales",
        "extra.LINGUA:",
    ]


def test_changes_name_every_outcome_but_unchanged_and_rejected() -> None:
    stored = {
        **stored_as([a_record("1"), a_record("2"), a_record("3")]),
        **stored_as([a_record("4"), a_record("5")], missing_since=NOW),
    }
    records = [a_record("1"), a_record("2", city="Bari"), a_record("5"), a_record("6")]
    changes = compute_delta(stored, records).changes()
    assert {change["erpId"]: change["change"] for change in changes} == {
        "6": "new",
        "2": "updated",
        "5": "restored",
        "3": "missing",
        "4": "removed",
    }


def test_stored_customers_can_be_left_out_of_the_changes_and_new_ones_can_not() -> None:
    stored = {
        **stored_as([a_record("2"), a_record("3")]),
        **stored_as([a_record("4"), a_record("5")], missing_since=NOW),
    }
    delta = compute_delta(stored, [a_record("2", city="Bari"), a_record("5"), a_record("6")])
    assert [change.record.erp_id for change in delta.without({"2", "3"}).all_changes] == ["6", "5", "4"]
    assert [change.record.erp_id for change in delta.without({"4", "5", "6"}).all_changes] == ["6", "2", "3"]


def some_customers(rng: random.Random) -> list[CustomerRecord]:
    return [
        a_record(str(number), city=rng.choice("AB")) for number in rng.sample(range(30), rng.randrange(30))
    ]


def test_every_row_of_any_list_has_exactly_one_outcome() -> None:
    rng = random.Random(11)
    for _ in range(300):
        stored = stored_as(some_customers(rng))
        for erp_id in list(stored)[::3]:
            removed = NOW if rng.random() < 0.5 else None
            stored[erp_id] = replace(stored[erp_id], missing_since=NOW, removed_at=removed)
        records = some_customers(rng)
        cut = rng.randrange(len(records) + 1)
        rejected = {record.erp_id for record in records[cut:]}
        delta = compute_delta(stored, records[:cut], rejected)
        of_rows = [*ids(delta, "new"), *ids(delta, "updated"), *ids(delta, "restored"), *delta.unchanged_ids]
        assert sorted(of_rows + list(rejected)) == sorted(record.erp_id for record in records)
        absent = {*ids(delta, "missing"), *ids(delta, "removed")}
        active = {erp_id for erp_id, customer in stored.items() if customer.is_active}
        assert absent == active - {record.erp_id for record in records}
        counts = delta.counts()
        assert counts["rows"] == sum(
            (counts["new"], counts["updated"], counts["unchanged"], counts["restored"], counts["rejected"])
        )


def test_the_first_values_of_a_new_customer_are_told() -> None:
    (change,) = compute_delta(
        {}, [CustomerRecord(erp_id="50", name="Studio Ferlandi", extra={"X": "y"})]
    ).changes()
    assert change["fields"] == [
        {"field": "erp_id", "old": None, "new": "50"},
        {"field": "name", "old": None, "new": "Studio Ferlandi"},
        {"field": "extra.X", "old": None, "new": "y"},
    ]


def test_an_unknown_cell_that_was_never_filled_was_empty() -> None:
    delta = compute_delta(stored_as([a_record()]), [a_record(extra={"LINGUA:": "it"})])
    assert delta.updated[0].fields == (FieldChange("extra.LINGUA:", "", "it"),)


def test_unknown_columns_of_several_customers_that_are_gone_are_all_named() -> None:
    stored = stored_as([a_record("1", extra={"A": "x"}), a_record("2", extra={"B": "y"})])
    assert compute_delta(stored, [a_record("1"), a_record("2")]).kept_captions == ("A", "B")


def test_restored_and_absent_customers_carry_their_hash() -> None:
    stored = stored_as([a_record("1"), a_record("2")]) | stored_as([a_record("3")], missing_since=NOW)
    delta = compute_delta(stored, [a_record("1"), a_record("3", city="Bari")])
    assert delta.restored[0].content_hash == content_hash(a_record("3", city="Bari"))
    assert delta.missing[0].content_hash == content_hash(a_record("2"))


def test_a_new_customer_carries_its_hash() -> None:
    assert compute_delta({}, [a_record()]).new[0].content_hash == content_hash(a_record())
