"""A message is a sentence with parameters, kept as JSON."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from customers.erp_list.message import FieldName, Message, Param, joined, message

VALUES: list[tuple[Param, Any, str]] = [
    ("Clienti", "Clienti", "Clienti"),
    (1500, 1500, "1,500"),
    (0.25, 0.25, "0.25"),
    (90.0, 90.0, "90"),
    (12345.5, 12345.5, "12,345.5"),
    (Decimal("1234.50"), {"number": "1234.50"}, "1,234.50"),
    (date(2026, 10, 26), {"date": "2026-10-26"}, "2026-10-26"),
    (
        FieldName("vat_number", "PARTITA IVA:"),
        {"field": "vat_number", "caption": "PARTITA IVA:"},
        "field vat_number (column “PARTITA IVA:”)",
    ),
    (Message("the login"), {"text": "the login", "params": {}}, "the login"),
    (["ID", 1500, Message("none")], ["ID", 1500, {"text": "none", "params": {}}], "ID, 1,500, none"),
    ([], [], "none"),
]


@pytest.mark.parametrize(("value", "stored", "english"), VALUES)
def test_a_parameter_is_stored_and_read_back(value: Param, stored: Any, english: str) -> None:
    told = message("found: %(value)s", value=value)
    assert told.as_json() == {"text": "found: %(value)s", "params": {"value": stored}}
    assert Message.from_json(json.loads(json.dumps(told.as_json()))) == told
    assert str(told) == f"found: {english}"


def test_a_field_stored_without_its_caption_has_none() -> None:
    stored = {"text": "%(field)s", "params": {"field": {"field": "city"}}}
    assert Message.from_json(stored) == message("%(field)s", field=FieldName("city", ""))


@pytest.mark.parametrize("stored", [{}, {"text": "only a text"}, {"params": {}}])
def test_anything_else_is_no_message(stored: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        Message.from_json(stored)


def test_several_messages_are_joined_with_semicolons() -> None:
    both = joined([message("%(count)s rows", count=1500), Message("no footer")])
    assert str(both) == "1,500 rows; no footer"
    assert Message.from_json(both.as_json()) == both
