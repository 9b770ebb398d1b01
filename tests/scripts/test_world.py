"""The invented customers: reproducible, similar to the real list, and changed as requested."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest

from scripts.erp_simulator import world
from scripts.erp_simulator.world import SimCustomer


@pytest.fixture(scope="module")
def real_size() -> list[SimCustomer]:
    return world.generate(1452)


@pytest.fixture
def customers() -> list[SimCustomer]:
    return world.generate(100)


def filled_share(customers: list[SimCustomer], field: str) -> float:
    return sum(bool(getattr(customer, field)) for customer in customers) / len(customers)


def test_one_seed_always_gives_the_same_customers() -> None:
    assert world.generate(200, seed=7) == world.generate(200, seed=7)


def test_another_seed_gives_other_customers() -> None:
    assert world.generate(200, seed=7) != world.generate(200, seed=8)


@pytest.mark.parametrize("count", [0, 1, 3, 1452, 20_000])
def test_there_are_as_many_customers_as_asked_each_with_its_own_identifier(count: int) -> None:
    assert len({customer.erp_id for customer in world.generate(count)}) == count


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [
        ("name", 1, 1),
        ("street", 1, 1),
        ("city", 1, 1),
        ("vat_number", 0.12, 0.22),
        ("postal_code", 0.98, 0.999),
        ("phone", 0.75, 0.85),
        ("last_order_date", 0.05, 0.15),
        ("customer_profile", 0.005, 0.05),
        ("sdi", 0.005, 0.05),
        ("description", 0.99, 0.9999),
        ("our_account_number", 0, 0),
    ],
)
def test_fields_are_filled_as_often_as_in_the_real_list(
    real_size: list[SimCustomer], field: str, low: float, high: float
) -> None:
    assert low <= filled_share(real_size, field) <= high


def test_every_other_field_but_two_is_filled_somewhere(real_size: list[SimCustomer]) -> None:
    never = {field.name for field in fields(SimCustomer) if not filled_share(real_size, field.name)}
    assert never == {"url", "attention_to", "our_account_number"}


def test_about_twenty_of_1452_customers_share_a_name(real_size: list[SimCustomer]) -> None:
    by_name = Counter(customer.name for customer in real_size)
    assert sum(count > 1 for count in by_name.values()) >= 20


@pytest.mark.parametrize("oddity", ["-", '"', "&", "'", "  ", "ì", "È"])
def test_names_have_the_oddities_of_the_real_list(real_size: list[SimCustomer], oddity: str) -> None:
    assert any(oddity in customer.name for customer in real_size)


def test_names_are_cut_at_sixty_characters(real_size: list[SimCustomer]) -> None:
    assert max(len(customer.name) for customer in real_size) == 60


def test_some_postal_codes_begin_with_a_zero(real_size: list[SimCustomer]) -> None:
    assert any(customer.postal_code.startswith("00") for customer in real_size)


def test_one_external_account_number_has_a_letter(real_size: list[SimCustomer]) -> None:
    lettered = [customer for customer in real_size if customer.external_account_number != customer.erp_id]
    assert [customer.external_account_number for customer in lettered] == [f"{lettered[0].erp_id}A"]


def test_amounts_are_whole_cents_unless_asked_otherwise(real_size: list[SimCustomer]) -> None:
    cents = Decimal("0.01")
    assert all(customer.previous_sales_1 % cents == 0 for customer in real_size)
    unrounded = world.generate(1452, unrounded=True)
    assert any(customer.previous_sales_1 % cents for customer in unrounded)


def test_added_customers_are_new_and_the_others_stay_as_they_were(customers: list[SimCustomer]) -> None:
    before = list(customers)
    added = world.add(customers, 30, seed=3)
    assert len(added) == 30
    assert len({customer.erp_id for customer in customers}) == 130
    assert [customer for customer in customers if customer not in added] == before


def test_adding_twice_with_one_seed_adds_other_customers(customers: list[SimCustomer]) -> None:
    world.add(customers, 5)
    world.add(customers, 5)
    assert len({customer.erp_id for customer in customers}) == 110


def test_a_change_returns_every_replaced_value(customers: list[SimCustomer]) -> None:
    before = {customer.erp_id: customer for customer in customers}
    changes = world.change(customers, 20, seed=5)
    assert len({change.erp_id for change in changes}) == 20
    undone = {customer.erp_id: customer for customer in customers}
    for change in changes:
        assert change.old != change.new
        assert getattr(undone[change.erp_id], change.field) == change.new
        old: dict[str, Any] = {change.field: change.old}
        undone[change.erp_id] = replace(undone[change.erp_id], **old)
    assert undone == before


def test_changing_twice_with_one_seed_changes_twice(customers: list[SimCustomer]) -> None:
    world.change(customers, 4)
    between = copy.copy(customers)
    world.change(customers, 4)
    assert sum(old != new for old, new in zip(between, customers, strict=True)) == 4


def test_changes_are_reproducible(customers: list[SimCustomer]) -> None:
    other = list(customers)
    assert world.change(customers, 10, seed=9) == world.change(other, 10, seed=9)


def test_removed_customers_are_gone_and_the_order_stays(customers: list[SimCustomer]) -> None:
    before = list(customers)
    removed = world.remove(customers, 40)
    assert len(removed) == 40
    assert customers == [customer for customer in before if customer not in removed]
