"""Fields, changes, status and messages as staff read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.erp_list.message import NOTHING, FieldName, Message, Param, plain_number
from customers.erp_list.records import extra_caption
from customers.models import Customer, CustomerChange

_EXPLAINED = {
    Customer.Status.MISSING: _("missing once: not in the last list"),
    Customer.Status.REMOVED: _("removed: not in two lists in a row"),
}


def field_name(name: str) -> str:
    """Return a field's name in the reader's language; of an extra column, its caption."""
    if (caption := extra_caption(name)) is not None:
        return caption
    return str(getattr(_model_field(name), "verbose_name", name))


def field_change(name: str, change: Mapping[str, str | None]) -> tuple[str, str, str]:
    """Return a stored change of a field as the reader writes it: the field's name, old and new value."""
    return field_name(name), _value_text(name, change["old"]), _value_text(name, change["new"])


def changed_fields(kind: str, fields: Mapping[str, Mapping[str, str | None]]) -> list[tuple[str, str, str]]:
    """Return what changed as the reader writes it; nothing for a new customer, whose fields are all new."""
    if kind == CustomerChange.Kind.NEW:
        return []
    return [field_change(name, each) for name, each in fields.items()]


def _value_text(name: str, stored: str | None) -> str:
    if stored is None:
        return "–"
    field = _model_field(name)
    try:
        if isinstance(field, models.DateField):
            return date_format(date.fromisoformat(stored), "SHORT_DATE_FORMAT")
        if isinstance(field, models.DecimalField):
            return f"{number_format(Decimal(stored), field.decimal_places, force_grouping=True)} €"
        if isinstance(field, models.IntegerField):
            return number_format(int(stored), force_grouping=True)
    except (ValueError, InvalidOperation):
        pass  # an earlier version stored another kind of value
    return stored


def _model_field(name: str) -> object:
    try:
        return Customer._meta.get_field(name)
    except FieldDoesNotExist:
        # Changes are kept forever; a later version may have renamed or removed the field.
        return None


def message_text(message: Message | Mapping[str, Any] | str, stored_text: str = "") -> str:
    """Return a message in the reader's language.

    A stored one is that of ``Message.as_json``. One of an earlier version has no parameters: it is its
    English sentence, alone or as ``message``, or ``stored_text``.
    """
    if isinstance(message, str):
        return message
    if isinstance(message, Message):
        params = {name: _param_text(value) for name, value in message.params.items()}
        return gettext(message.text) % params
    try:
        return message_text(Message.from_json(message))
    except (KeyError, TypeError, ValueError):
        return str(message.get("message", stored_text))


def _param_text(value: Param) -> str:
    if isinstance(value, float):
        return _number_text(plain_number(value))
    if isinstance(value, int | Decimal):
        return _number_text(Decimal(value))
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, FieldName):
        return f"“{field_name(value.name)}”"
    if isinstance(value, str | Message):
        return message_text(value)
    return ", ".join(map(_param_text, value)) or gettext(NOTHING)


def _number_text(number: Decimal) -> str:
    decimals = max(0, -int(number.as_tuple().exponent))
    return number_format(number, decimals, force_grouping=True)


def status_text(status: Customer.Status) -> str:
    """Return a status with its reason; for an active customer, its label."""
    return str(_EXPLAINED.get(status, status.label))
