"""Read whole lists: the simulator's, and the shared export if it is available."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from customers.erp_list.delta import compute_delta
from customers.erp_list.records import FIELD_NAMES, OPTIONAL_FIELD_NAMES, InvalidList
from customers.erp_list.rows import read_records
from customers.models import Customer
from customers.services import apply_delta, load_stored
from scripts.erp_simulator.culture import IdentifierStyle
from scripts.erp_simulator.customer_report import report_table
from scripts.erp_simulator.world import generate
from tests.customers.customer_lists import NOW

SHARED = Path(__file__).parents[3].parent / "shared/exports/clienti-2026-01-8-pages.expected.json"

Table = dict[str, Any]


def simulated() -> Table:
    table = report_table(generate(300))
    return {"columns": table.columns, "rows": table.rows, "footer": table.footer}


def shared() -> Table:
    table: Table = json.loads(SHARED.read_text())
    return table


LISTS = [simulated, *([shared] if SHARED.exists() else [])]


@pytest.fixture(params=LISTS, ids=lambda source: source.__name__)
def table(request: pytest.FixtureRequest) -> Table:
    source: Callable[[], Table] = request.param
    return source()


def test_every_row_of_a_whole_list_is_read(table: Table) -> None:
    read_list = read_records(table["columns"], table["rows"], footer=table["footer"])
    assert len(read_list.records) == len(table["rows"])
    assert read_list.notes == ()


@pytest.mark.parametrize(
    "field",
    ["actual_order_count", "actual_sales", "previous_order_count_1", "previous_sales_1",
     "previous_order_count_2", "previous_sales_2"],
)  # fmt: skip
def test_the_records_add_up_to_the_printed_totals(table: Table, field: str) -> None:
    read_list = read_records(table["columns"], table["rows"], footer=table["footer"])
    total = sum((getattr(record, field) for record in read_list.records), Decimal(0))
    index = next(index for index, column in read_list.columns.known if column.field == field)
    printed = table["footer"][index].removeprefix("Sum=").removesuffix(" €")
    assert total == Decimal(printed.replace(".", "").replace(",", "."))


@pytest.mark.django_db
def test_a_whole_list_is_new_once_and_then_unchanged(table: Table) -> None:
    records = read_records(table["columns"], table["rows"], footer=table["footer"]).records
    apply_delta(compute_delta({}, records), run_id=1, now=NOW)
    again = compute_delta(load_stored(), records).counts()
    assert again["unchanged"] == again["rows"] == Customer.objects.count() == len(table["rows"])


@pytest.mark.parametrize("style", ["culture", "dot", "comma", "plain"])
@pytest.mark.parametrize("extra_columns", [0, 6])
def test_every_field_of_every_customer_is_read_as_it_was_printed(
    style: IdentifierStyle, extra_columns: int
) -> None:
    customers = generate(300, seed=3)
    table = report_table(customers, identifier_style=style, extra_columns=extra_columns)
    records = read_records(table.columns, table.rows, footer=table.footer).records
    printed = [field for field in FIELD_NAMES if field not in OPTIONAL_FIELD_NAMES]
    for customer, record in zip(customers, records, strict=True):
        for field in printed:
            read, was = getattr(record, field), getattr(customer, field)
            assert read == (" ".join(was.split()) if isinstance(was, str) else was), field
        assert len(record.extra) == extra_columns


def test_an_english_list_is_refused_for_its_language() -> None:
    table = report_table(generate(20), culture="en")
    with pytest.raises(InvalidList) as caught:
        read_records(table.columns, table.rows, footer=table.footer)
    assert caught.value.code == "list_language"
