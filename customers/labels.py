"""Fields and status of a customer as staff read them."""

from __future__ import annotations

from django.core.exceptions import FieldDoesNotExist
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
    try:
        field = Customer._meta.get_field(name)
    except FieldDoesNotExist:
        # Changes are kept forever; a later version may have renamed or removed the field.
        return name
    return str(getattr(field, "verbose_name", name))


def status_text(status: Customer.Status) -> str:
    """Return a status with its reason; for an active customer, its label."""
    return str(_EXPLAINED.get(status, status.label))
