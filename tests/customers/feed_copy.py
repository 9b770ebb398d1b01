"""A copy of the customers that is kept by the change feed only, as docs/api.md says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# The keys of a customer's JSON whose empty value is null; all others are texts.
_NULLABLE = {
    "lastOrderDate",
    "actualOrderCount",
    "actualSales",
    "previousOrderCount1",
    "previousSales1",
    "previousOrderCount2",
    "previousSales2",
    "exclusivePeriodStart",
    "exclusivePeriodEnd",
    "exclusiveSalesForecast",
    "exclusiveSalesInPeriod",
}
_NUMBERS = {"actualOrderCount", "previousOrderCount1", "previousOrderCount2"}

Copy = dict[str, dict[str, Any]]


def camel_case(name: str) -> str:
    """Return a field's key in the JSON. Not by the product's function, which imports Django."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def apply_entry(copy: Copy, entry: Mapping[str, Any], empty: Mapping[str, Any]) -> None:
    """Apply one entry of the feed; ``empty`` is a customer without any value.

    Raises: ValueError, where the copy is not in the state that the entry changes.
    """
    erp_id, kind, moment = entry["erpId"], entry["kind"], entry["changedAt"]
    if kind == "erased":
        copy.pop(erp_id, None)
        return
    if (kind == "new") == (erp_id in copy):
        raise ValueError(f"{kind} for {erp_id}")
    if kind == "new":
        copy[erp_id] = {**empty, "extra": {}, "firstSeenAt": moment}
    customer = copy[erp_id]
    for changed in entry["changedFields"]:
        _set(customer, changed)
    if entry["changedFields"]:
        customer["changedAt"] = moment
    if kind == "missing":
        customer["missingSince"] = moment
    elif kind == "removed":
        customer["removedAt"] = moment
    else:
        customer["missingSince"] = customer["removedAt"] = None


def _set(customer: dict[str, Any], changed: Mapping[str, Any]) -> None:
    field, old, new = changed["field"], changed["old"], changed["new"]
    if field.startswith("extra."):
        caption = field.removeprefix("extra.")
        if customer["extra"].pop(caption, None) != old:
            raise ValueError(f"{field} was not {old}")
        if new is not None:
            customer["extra"][caption] = new
        return
    if customer[field] != _typed(field, old):
        raise ValueError(f"{field} was not {old}")
    customer[field] = _typed(field, new)


def _typed(field: str, text: str | None) -> Any:
    if text is None:
        return None if field in _NULLABLE else ""
    return int(text) if field in _NUMBERS else text


def empty_customer(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a customer without values, with the keys of a customer's JSON."""
    return {key: None if key in _NULLABLE else "" for key in fields}
