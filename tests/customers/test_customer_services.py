"""Writing a delta, against a real database."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from customers.erp_list.delta import Delta, compute_delta
from customers.erp_list.records import CustomerRecord, content_hash
from customers.models import Customer, CustomerChange, ErasedCustomer
from customers.services import apply_delta, erase_customer, load_stored
from tests.customers.customer_lists import NOW, a_record, numbered

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=30)


def sync(records: Sequence[CustomerRecord], run_id: int = 1, now: datetime = NOW) -> Delta:
    delta = compute_delta(load_stored(), records)
    apply_delta(delta, run_id=run_id, now=now)
    return delta


def queries_of(records: Sequence[CustomerRecord], run_id: int = 2) -> int:
    delta = compute_delta(load_stored(), records)
    with CaptureQueriesContext(connection) as queries:
        apply_delta(delta, run_id=run_id, now=LATER)
    return len(queries)


def test_a_record_survives_the_database_unchanged() -> None:
    record = CustomerRecord(
        erp_id="98336",
        name="Studio D'Àngelo & Figli “Sorriso”",
        postal_code="00184",
        last_order_date=date(2026, 1, 18),
        actual_order_count=0,
        actual_sales=Decimal("999999999999.99"),
        previous_sales_1=Decimal("-0.01"),
        extra={"LINGUA:": "it"},
    )
    sync([record])
    stored = load_stored()["98336"]
    assert stored.record == record
    assert stored.content_hash == content_hash(stored.record)


def test_values_as_long_as_a_record_may_hold_fit_into_the_database() -> None:
    text = "è" * 500
    record = a_record(
        "9" * 20, name=text, vat_number=text, city=text, phone=text, actual_order_count=2**31 - 1
    )
    sync([record])
    assert load_stored()["9" * 20].record == record


def test_a_new_customer_is_first_seen_and_changed_now() -> None:
    sync([a_record()])
    customer = Customer.objects.get()
    assert (customer.first_seen_at, customer.changed_at) == (NOW, NOW)
    assert (customer.missing_since, customer.removed_at) == (None, None)


def test_an_empty_unknown_cell_is_not_stored() -> None:
    sync([a_record(extra={"LINGUA:": "it", "CLASSE": ""})])
    assert Customer.objects.get().extra == {"LINGUA:": "it"}


def test_an_unchanged_list_needs_no_query() -> None:
    sync(numbered(1500))
    assert queries_of(numbered(1500)) == 0


def test_customers_are_loaded_with_one_query() -> None:
    sync(numbered(1500))
    with CaptureQueriesContext(connection) as queries:
        load_stored()
    assert len(queries) == 1


def test_queries_grow_with_batches_and_not_with_rows() -> None:
    sync(numbered(2000))
    of_twenty = queries_of([replace(each, city="Bari") for each in numbered(20)] + numbered(2000)[20:])
    of_all = queries_of([replace(each, city="Lecce") for each in numbered(2000)], run_id=3)
    assert of_twenty <= 10
    assert of_all <= 100


def test_only_changed_customers_are_written() -> None:
    sync(numbered(3))
    sync([*numbered(2), a_record("3", city="Bari")], run_id=2, now=LATER)
    assert list(Customer.objects.filter(changed_at=LATER).values_list("erp_id", "city")) == [("3", "Bari")]


def test_a_changed_customer_keeps_its_row_and_the_day_it_was_first_seen() -> None:
    sync([a_record()])
    before = Customer.objects.get()
    sync([a_record(city="Bari")], run_id=2, now=LATER)
    after = Customer.objects.get()
    assert (after.pk, after.first_seen_at, after.city) == (before.pk, NOW, "Bari")


def test_a_change_keeps_old_and_new_value_of_each_field_that_differs() -> None:
    sync([a_record()])
    sync([a_record(phone="", actual_sales=Decimal("1234.50"))], run_id=7, now=LATER)
    change = CustomerChange.objects.get(run_id=7)
    assert (change.customer_id, change.kind, change.changed_at) == ("50", "updated", LATER)
    assert change.fields == {
        "phone": {"old": "+39081000050", "new": None},
        "actual_sales": {"old": "38.15", "new": "1234.50"},
    }


def test_each_changed_customer_has_one_change_per_run() -> None:
    sync(numbered(4), run_id=1)
    sync([a_record("1"), a_record("2", city="Bari"), a_record("5")], run_id=2)
    kinds = CustomerChange.objects.filter(run_id=2).values_list("customer__erp_id", "kind")
    assert sorted(kinds) == [("2", "updated"), ("3", "missing"), ("4", "missing"), ("5", "new")]


def test_missing_once_sets_a_date_and_changes_nothing_else() -> None:
    sync(numbered(2))
    sync(numbered(1), run_id=2, now=LATER)
    customer = Customer.objects.get(erp_id="2")
    assert (customer.missing_since, customer.removed_at, customer.changed_at) == (LATER, None, NOW)


def test_missing_twice_removes_and_deletes_nothing() -> None:
    sync(numbered(2))
    sync(numbered(1), run_id=2, now=LATER)
    later_still = LATER + timedelta(minutes=30)
    sync(numbered(1), run_id=3, now=later_still)
    customer = Customer.objects.get(erp_id="2")
    assert (customer.missing_since, customer.removed_at) == (LATER, later_still)


def test_a_removed_customer_stays_removed_in_further_lists() -> None:
    sync(numbered(2))
    for run_id in (2, 3):
        sync(numbered(1), run_id=run_id, now=LATER)
    assert queries_of(numbered(1), run_id=4) == 0


@pytest.mark.parametrize("absences", [1, 2])
def test_a_customer_back_again_is_restored_in_the_same_row(absences: int) -> None:
    sync(numbered(2))
    before = Customer.objects.get(erp_id="2")
    for run_id in range(2, 2 + absences):
        sync(numbered(1), run_id=run_id, now=LATER)
    assert sync(numbered(2), run_id=9, now=LATER).counts()["restored"] == 1
    after = Customer.objects.get(erp_id="2")
    assert (after.pk, after.missing_since, after.removed_at) == (before.pk, None, None)
    assert after.changed_at == before.changed_at


def test_a_customer_restored_with_changes_has_them_too() -> None:
    sync(numbered(2))
    sync(numbered(1), run_id=2)
    sync([a_record("1"), a_record("2", city="Bari")], run_id=3, now=LATER)
    customer = Customer.objects.get(erp_id="2")
    change = CustomerChange.objects.get(run_id=3)
    assert (customer.city, customer.missing_since, customer.changed_at) == ("Bari", None, LATER)
    assert (change.kind, change.fields) == ("restored", {"city": {"old": "Napoli", "new": "Bari"}})


def test_a_field_whose_column_was_absent_keeps_its_stored_value() -> None:
    sync([a_record()])
    delta = compute_delta(load_stored(), [a_record(city="", name="Altro")], absent_fields={"city"})
    apply_delta(delta, run_id=2, now=LATER)
    customer = Customer.objects.get()
    assert (customer.name, customer.city) == ("Altro", "Napoli")
    assert queries_of([a_record(name="Altro")], run_id=3) == 0


def test_a_delta_is_written_completely_or_not_at_all() -> None:
    sync([a_record("2")])
    delta = compute_delta({}, [a_record("1"), a_record("2")])
    with pytest.raises(IntegrityError):
        apply_delta(delta, run_id=2, now=LATER)
    assert list(Customer.objects.values_list("erp_id", flat=True)) == ["2"]
    assert CustomerChange.objects.filter(run_id=2).count() == 0


def test_a_delta_is_not_written_twice_for_one_run() -> None:
    sync([a_record()])
    delta = compute_delta(load_stored(), [a_record(city="Bari")])
    apply_delta(delta, run_id=2, now=NOW)
    with pytest.raises(IntegrityError):
        apply_delta(delta, run_id=2, now=LATER)


def test_any_series_of_lists_leaves_the_content_of_the_last_ones() -> None:
    rng = random.Random(5)
    latest: dict[str, CustomerRecord] = {}
    absences: dict[str, int] = {}
    for run_id in range(1, 41):
        numbers = rng.sample(range(1, 26), rng.randrange(1, 25))
        records = [a_record(str(number), city=rng.choice("ABC")) for number in numbers]
        sync(records, run_id=run_id)
        absences = {erp_id: count + 1 for erp_id, count in absences.items()}
        absences |= {record.erp_id: 0 for record in records}
        latest |= {record.erp_id: record for record in records}
        stored = load_stored()
        assert {erp_id: customer.record for erp_id, customer in stored.items()} == latest
        assert all(customer.content_hash == content_hash(customer.record) for customer in stored.values())
        away = {erp_id for erp_id, customer in stored.items() if customer.missing_since is not None}
        gone = {erp_id for erp_id, customer in stored.items() if customer.removed_at is not None}
        assert away == {erp_id for erp_id, count in absences.items() if count >= 1}
        assert gone == {erp_id for erp_id, count in absences.items() if count >= 2}


def test_a_customer_erased_after_the_comparison_is_not_written_again() -> None:
    sync(numbered(4))
    sync(numbered(3), run_id=2)
    delta = compute_delta(load_stored(), [a_record("1", city="Bari"), a_record("2", city="Bari")])
    for erp_id in ("1", "3", "4"):
        erase_customer(erp_id, now=LATER)
    apply_delta(delta, run_id=3, now=LATER)
    assert list(Customer.objects.values_list("erp_id", "city")) == [("2", "Bari")]
    assert CustomerChange.objects.get(run_id=3).customer.erp_id == "2"


def test_erasing_an_unknown_customer_writes_nothing() -> None:
    assert not erase_customer("50", now=NOW)
    assert not ErasedCustomer.objects.exists()
