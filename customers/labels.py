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

from customers.erp_list.records import extra_caption
from customers.models import Customer

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


def message_text(stored: Mapping[str, Any]) -> str:
    """Return a stored message in the reader's language.

    ``stored`` is that of ``Message.as_json``, with the English sentence as ``message``. That sentence is
    returned for a message of an earlier version, which has no parameters.
    """
    try:
        params = {name: _param_text(value) for name, value in stored["params"].items()}
        return gettext(stored["text"]) % params
    except (KeyError, TypeError, ValueError):
        return str(stored.get("message", ""))


def _param_text(value: Any) -> str:
    if isinstance(value, int):
        return number_format(value, force_grouping=True)
    if isinstance(value, list):
        return ", ".join(message_text(each) for each in value)
    if not isinstance(value, dict):
        return str(value)
    if "date" in value:
        return date_format(date.fromisoformat(value["date"]), "SHORT_DATE_FORMAT")
    return f"“{field_name(value['field'])}”" if "field" in value else message_text(value)


def status_text(status: Customer.Status) -> str:
    """Return a status with its reason; for an active customer, its label."""
    return str(_EXPLAINED.get(status, status.label))
