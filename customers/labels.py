"""Fields as staff read them."""

from __future__ import annotations

from customers.models import Customer

_EXTRA_PREFIX = "extra."


def field_name(name: str) -> str:
    """Say a field's name as staff know it; an extra column by its caption."""
    if name.startswith(_EXTRA_PREFIX):
        return name.removeprefix(_EXTRA_PREFIX)
    return str(getattr(Customer._meta.get_field(name), "verbose_name", name))
