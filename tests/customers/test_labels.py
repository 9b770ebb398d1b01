"""Stored changes and messages are shown in the reader's language and number format."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.translation import gettext

from customers.erp_list.message import FieldName, Message, Param
from customers.labels import field_change, message_text

ITALIAN = [
    ("last_order_date", "2026-10-26", "26/10/2026"),
    ("actual_order_count", "1500", "1.500"),
    ("actual_sales", "1234.50", "1.234,50 €"),
    ("actual_sales", "-360.65", "-360,65 €"),
    ("exclusive_period_end", "2026-12-31", "31/12/2026"),
    ("phone", "0823 1", "0823 1"),
    ("postal_code", "00042", "00042"),
    ("extra.FAX", "1234.50", "1234.50"),
    ("field_of_another_version", "2026-10-26", "2026-10-26"),
]


@pytest.mark.parametrize(("field", "stored", "shown"), ITALIAN)
def test_italian_readers_see_italian_values(field: str, stored: str, shown: str) -> None:
    with translation.override("it"):
        assert field_change(field, {"old": None, "new": stored})[1:] == ("–", shown)


def test_english_readers_see_english_values() -> None:
    with translation.override("en"):
        assert field_change("last_order_date", {"old": "2026-10-26", "new": None})[1:] == ("10/26/2026", "–")
        assert field_change("actual_sales", {"old": "1234.50", "new": "0.00"})[1:] == ("1,234.50 €", "0.00 €")


@pytest.mark.parametrize("field", ["last_order_date", "actual_order_count", "actual_sales"])
def test_a_stored_value_that_is_of_another_kind_is_shown_as_it_is(field: str) -> None:
    assert field_change(field, {"old": "about 12", "new": "about 13"})[1:] == ("about 12", "about 13")


# --- messages -------------------------------------------------------------------------------------------


def in_italian(message: Message) -> str:
    with translation.override("it"):
        return message_text(message.as_json())


def test_a_message_is_in_the_reader_s_language_with_numbers_as_usual_there() -> None:
    text = "the list has %(rows)s customers, but %(active)s are active"
    message = Message(text, {"rows": 900, "active": 1500})
    assert str(message) == "the list has 900 customers, but 1,500 are active"
    assert in_italian(message) == "l'elenco ha 900 clienti, ma quelli attivi sono 1.500"


def test_a_message_shows_dates_and_fields_as_the_reader_knows_them() -> None:
    text = "%(count)s customers have a last order in the future, the latest on %(latest)s: "
    text += "day and month may be swapped"
    assert "il più recente il 26/10/2026" in in_italian(
        Message(text, {"count": 2, "latest": date(2026, 10, 26)})
    )
    emptied = "%(field)s goes empty for %(emptied)s of the %(had)s customers that had it"
    message = Message(emptied, {"field": FieldName("phone", "TELEFONO:"), "emptied": 5, "had": 12})
    assert str(message).startswith("field phone (column “TELEFONO:”) goes empty")
    assert in_italian(message).startswith("“telefono”")


def test_a_message_within_a_message_is_in_the_same_language() -> None:
    text = "%(changes)s: the list lacks %(lacking)s of the %(active)s active customers"
    view = Message("another view “%(now)s” instead of “%(before)s”", {"now": "50% clienti", "before": "A"})
    changes = [Message("another ERP account"), view]
    said = in_italian(Message(text, {"changes": changes, "lacking": 1, "active": 100}))
    assert said.startswith("altro account dell'ERP, altra vista “50% clienti” invece di “A”: ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.1, "0,1"),
        (90.0, "90"),
        (Decimal("1234.50"), "1.234,50"),
        (["VIA:", 1500, 0.5], "VIA:, 1.500, 0,5"),
    ],
)
def test_numbers_and_lists_in_a_message_are_shown_as_the_reader_writes_them(value: Param, shown: str) -> None:
    assert in_italian(Message("%(value)s", {"value": value})) == shown


def test_an_empty_list_in_a_message_is_shown_as_none() -> None:
    empty = Message("%(value)s", {"value": []})
    assert str(empty) == "none"
    with translation.override("it"):
        assert in_italian(empty) == gettext("none")


@pytest.mark.parametrize(
    "stored",
    [
        {"code": "list_too_short", "message": "the list has 9 customers"},
        {"message": "the list has 9 customers", "text": "%(gone)s", "params": {}},
        {"message": "the list has 9 customers", "text": "100 %", "params": {}},
    ],
)
def test_a_message_of_another_version_is_shown_as_it_was_stored(stored: dict[str, object]) -> None:
    assert message_text(stored) == "the list has 9 customers"
