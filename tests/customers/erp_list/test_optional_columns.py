"""The six optional columns: read if present, otherwise stored values are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from customers.erp_list.columns import OPTIONAL_COLUMNS, map_columns
from customers.erp_list.delta import Delta, StoredCustomer, compute_delta
from customers.erp_list.guard import reasons_to_hold
from customers.erp_list.records import OPTIONAL_FIELD_NAMES, CustomerRecord, content_hash
from customers.erp_list.rows import RecordList
from tests.customers.customer_lists import CAPTIONS, a_record, a_row, count_footer, numbered, read, stored_as

SIX = [column.caption for column in OPTIONAL_COLUMNS]
CELLS = ["Sì", "01/02/2026", "31/12/2026", "12.000,00 €", "(360,65)", "M-17"]
ABSENT = frozenset(OPTIONAL_FIELD_NAMES)


def read_six(*rows: list[str], captions: list[str] = SIX) -> RecordList:
    """Read a list whose rows have these cells in the six columns."""
    printed = [[*a_row(str(50 + number)), *cells] for number, cells in enumerate(rows)]
    return read(printed, captions=[*CAPTIONS, *captions])


def with_cell(field: str, cell: str) -> list[str]:
    return [cell if column.field == field else "" for column in OPTIONAL_COLUMNS]


def synced(stored: dict[str, StoredCustomer], read_list: RecordList) -> Delta:
    return compute_delta(stored, read_list.records, absent_fields=read_list.absent_fields)


# --- read -----------------------------------------------------------------------------------------------


def test_the_six_columns_become_fields_of_their_own() -> None:
    [record] = read_six(CELLS).records
    assert [getattr(record, name) for name in OPTIONAL_FIELD_NAMES] == [
        "Sì",
        date(2026, 2, 1),
        date(2026, 12, 31),
        Decimal("12000.00"),
        Decimal("-360.65"),
        "M-17",
    ]
    assert record.extra == {}


def test_the_six_columns_need_no_note() -> None:
    assert read_six(CELLS).notes == ()


@pytest.mark.parametrize("spelling", [str.lower, str.title, lambda caption: f" {caption}:"])
def test_the_six_columns_are_found_in_any_case_and_with_a_colon(spelling: object) -> None:
    captions = [spelling(caption) for caption in SIX]  # type: ignore[operator]
    assert read_six(CELLS, captions=captions).records == read_six(CELLS).records


def test_the_six_columns_may_be_at_any_position() -> None:
    moved = read([[*CELLS, *a_row()]], captions=[*SIX, *CAPTIONS], footer=count_footer(1))
    assert (moved.records, moved.notes) == (read_six(CELLS).records, ())


def test_a_list_without_the_six_columns_is_complete() -> None:
    columns = map_columns(CAPTIONS)
    assert (columns.missing, columns.notes, columns.absent_fields) == (frozenset(), (), ABSENT)


def test_a_list_may_have_some_of_the_six_columns() -> None:
    columns = map_columns([*CAPTIONS, "EXCLUSIVACTIVE"])
    assert columns.absent_fields == ABSENT - {"exclusive_active"}


def test_a_repeated_caption_of_the_six_is_kept_as_unknown() -> None:
    [record] = read_six(["Sì", "No"], captions=["EXCLUSIVACTIVE", "EXCLUSIVACTIVE"]).records
    assert (record.exclusive_active, record.extra) == (
        "",
        {"EXCLUSIVACTIVE": "Sì", "EXCLUSIVACTIVE (2)": "No"},
    )


# --- values of another kind than assumed ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("exclusive_period_start", "illimitato"),
        ("exclusive_period_end", "31/02/2026"),
        ("exclusive_sales_forecast", "12"),
        ("exclusive_sales_in_period", "(-360,65)"),
        ("mechanographic_number", "7" * 501),
    ],
)
def test_a_value_that_can_not_be_read_is_kept_as_extra(field: str, cell: str) -> None:
    read_list = read_six(with_cell(field, cell))
    caption = next(column.caption for column in OPTIONAL_COLUMNS if column.field == field)
    [record] = read_list.records
    assert not getattr(record, field)
    assert record.extra == {caption: cell}


def test_a_value_kept_as_extra_is_noted_without_its_text() -> None:
    cells = with_cell("exclusive_period_start", "di Carla Ferlandi")
    [note] = read_six(cells, CELLS, CELLS).notes
    reason = "1 of 3 values in column “EXCLUSIVPERIODSTART” can't be read as dates"
    assert str(note) == f"{reason}; they are kept as text"


def test_other_values_of_a_column_are_read_beside_one_that_can_not_be() -> None:
    first, second = read_six(with_cell("exclusive_period_start", "mai"), CELLS).records
    assert (first.exclusive_period_start, second.exclusive_period_start) == (None, date(2026, 2, 1))


@pytest.mark.parametrize(
    ("field", "foreign", "doubtful"),
    [
        ("exclusive_period_start", "01/18/2026", "05/03/2026"),
        ("exclusive_sales_forecast", "1,090.00", "12,00"),
    ],
)
def test_one_value_in_a_foreign_format_makes_its_whole_column_extra(
    field: str, foreign: str, doubtful: str
) -> None:
    caption = next(column.caption for column in OPTIONAL_COLUMNS if column.field == field)
    records = read_six(with_cell(field, doubtful), with_cell(field, foreign)).records
    assert [getattr(record, field) for record in records] == [None, None]
    assert [record.extra for record in records] == [{caption: doubtful}, {caption: foreign}]


def test_a_control_character_rejects_the_row_as_in_any_unknown_column() -> None:
    read_list = read_six(with_cell("exclusive_active", "a\x00b"), CELLS)
    assert [each.column for each in read_list.rejected] == ["EXCLUSIVACTIVE"]


# --- hashes ---------------------------------------------------------------------------------------------

KNOWN_BEFORE = CustomerRecord(
    erp_id="269",
    name="Studio Ronzoli",
    customer_profile="C00012",
    vat_number="01234567890",
    pec="studio@pec.example",
    sdi="M5UXCR1",
    fiscal_code="01234567890",
    delivery_terms="FedEx",
    street="Via Prova 1",
    postal_code="00184",
    city="Roma",
    phone="+39061234567",
    mobile="+393331234567",
    url="https://studio.example",
    attention_to="Dott.ssa Ronzoli",
    last_order_date=date(2026, 1, 18),
    actual_order_count=3,
    actual_sales=Decimal("1234.50"),
    previous_order_count_1=4,
    previous_sales_1=Decimal("-360.65"),
    previous_order_count_2=0,
    previous_sales_2=Decimal("0.00"),
    description="Debitor",
    type="Debitor",
    external_account_number="50.049A",
    our_account_number="7",
)


# Computed before the six fields existed.
@pytest.mark.parametrize(
    ("extra", "stored_hash"),
    [
        ({}, "e3c37b628d6555c2ec6e9afd694b860e71b72bd9ad3e499b69a90c847036733c"),
        (
            {"EXCLUSIVACTIVE": "Sì", "LINGUA:": "it"},
            "4a5a67871b4e25b5b14328d59fdb178efd930b1295c9c267d15163a3972b9f25",
        ),
    ],
)
def test_a_customer_without_the_six_fields_keeps_the_hash_that_is_stored(
    extra: dict[str, str], stored_hash: str
) -> None:
    assert content_hash(replace(KNOWN_BEFORE, extra=extra)) == stored_hash


@pytest.mark.parametrize(
    "values",
    [
        {"exclusive_active": "Sì"},
        {"exclusive_period_start": date(2026, 2, 1)},
        {"exclusive_sales_forecast": Decimal("0.00")},
        {"mechanographic_number": "M-17"},
    ],
)
def test_the_hash_covers_the_six_fields(values: dict[str, object]) -> None:
    assert content_hash(replace(KNOWN_BEFORE, **values)) != content_hash(KNOWN_BEFORE)  # type: ignore[arg-type]


def test_the_hash_tells_the_six_fields_from_each_other_and_from_extra_columns() -> None:
    records = [
        replace(KNOWN_BEFORE, exclusive_active="1"),
        replace(KNOWN_BEFORE, mechanographic_number="1"),
        replace(KNOWN_BEFORE, extra={"EXCLUSIVACTIVE": "1"}),
        replace(KNOWN_BEFORE, extra={"exclusive_active": "1"}),
    ]
    assert len({content_hash(record) for record in records}) == 4


# --- compared with what is stored -----------------------------------------------------------------------


def test_a_list_without_the_six_columns_leaves_their_fields_as_they_were() -> None:
    stored = stored_as(read_six(CELLS).records)
    delta = synced(stored, read([a_row("50")]))
    assert delta.unchanged_ids == ("50",)


def test_a_list_without_the_six_columns_after_one_with_them_is_noted() -> None:
    stored = stored_as(read_six(CELLS).records)
    assert set(synced(stored, read([a_row("50")])).kept_captions) == set(SIX)


def test_a_list_without_the_six_columns_is_not_noted_if_no_value_is_stored() -> None:
    assert synced(stored_as([a_record()]), read([a_row("50")])).kept_captions == ()


def test_a_value_that_goes_empty_in_a_column_that_is_there_is_a_change() -> None:
    stored = stored_as(read_six(CELLS).records)
    [change] = synced(stored, read_six(["", *CELLS[1:]])).updated
    assert [(each.field, each.old, each.new) for each in change.fields] == [("exclusive_active", "Sì", "")]


@pytest.mark.parametrize("spelling", ["EXCLUSIVACTIVE", "ExclusivActive:", "exclusivactive"])
def test_the_value_of_an_unknown_column_moves_to_its_field(spelling: str) -> None:
    before = replace(read([a_row("50")]).records[0], extra={spelling: "Sì", "LINGUA:": "it"})
    [change] = synced(stored_as([before]), read_six(with_cell("exclusive_active", "Sì"))).updated
    assert [(each.field, each.old, each.new) for each in change.fields] == [
        ("exclusive_active", "", "Sì"),
        (f"extra.{spelling}", "Sì", ""),
    ]
    assert change.record.extra == {"LINGUA:": "it"}


def test_a_value_that_moved_to_its_field_does_not_change_again() -> None:
    before = replace(read([a_row("50")]).records[0], extra=dict(zip(SIX, CELLS, strict=True)))
    [change] = synced(stored_as([before]), read_six(CELLS)).updated
    assert synced(stored_as([change.record]), read_six(CELLS)).unchanged_ids == ("50",)


def test_an_unreadable_value_that_stays_the_same_changes_nothing() -> None:
    cells = with_cell("exclusive_period_start", "illimitato")
    assert synced(stored_as(read_six(cells).records), read_six(cells)).unchanged_ids == ("50",)


def test_an_unreadable_value_that_becomes_readable_leaves_the_extra_columns() -> None:
    stored = stored_as(read_six(with_cell("exclusive_period_start", "illimitato")).records)
    [change] = synced(stored, read_six(with_cell("exclusive_period_start", "01/02/2026"))).updated
    assert (change.record.exclusive_period_start, change.record.extra) == (date(2026, 2, 1), {})


def test_an_unknown_column_stays_as_stored_while_its_field_is_not_in_the_list() -> None:
    stored = stored_as([replace(read([a_row("50")]).records[0], extra={"EXCLUSIVACTIVE": "Sì"})])
    assert synced(stored, read([a_row("50")])).unchanged_ids == ("50",)


def test_values_moving_to_their_fields_do_not_hold_the_list() -> None:
    stored = stored_as(numbered(50, extra={"EXCLUSIVACTIVE": "Sì"}))
    delta = compute_delta(stored, numbered(50, exclusive_active="Sì"))
    assert (len(delta.updated), reasons_to_hold(delta, stored)) == (50, [])


def test_one_of_the_six_fields_going_empty_for_many_holds_the_list() -> None:
    stored = stored_as(numbered(50, exclusive_active="Sì"))
    assert [reason.code for reason in reasons_to_hold(compute_delta(stored, numbered(50)), stored)] == [
        "field_emptied"
    ]


def test_an_unknown_column_whose_field_stays_empty_too_holds_the_list() -> None:
    stored = stored_as(numbered(50, extra={"EXCLUSIVACTIVE": "Sì"}))
    assert [reason.code for reason in reasons_to_hold(compute_delta(stored, numbered(50)), stored)] == [
        "field_emptied"
    ]
