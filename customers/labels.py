"""Fields as staff read them."""

from __future__ import annotations

from customers.erp_list.records import extra_caption
from customers.models import Customer


def field_name(name: str) -> str:
    """Return a field's name in the reader's language; of an extra column, its caption."""
    if (caption := extra_caption(name)) is not None:
        return caption
    return str(getattr(Customer._meta.get_field(name), "verbose_name", name))
