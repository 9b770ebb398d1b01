"""The customers that the ERP holds, and which of them a filter shows."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from scripts.erp_simulator import world
from scripts.erp_simulator.faults import Faults
from scripts.erp_simulator.grid_filters import spread
from scripts.erp_simulator.labels import FilterName
from scripts.erp_simulator.sessions import UserState
from scripts.erp_simulator.world import SimCustomer

# Customers that came from a dealer are free for all agents; the others belong to this agent.
FREE_TYPES = frozenset({"PotFromCon", "PotDentiItal"})
SETTABLE = frozenset(field.name for field in fields(SimCustomer)) - {"erp_id"}


class NoSuchCustomer(LookupError):
    """No customer with that ID, no such field, or a value that the field can't take."""


class CustomerBook:
    """The list of customers; hold ``lock`` while changing ``customers`` in place."""

    def __init__(self, customers: Sequence[SimCustomer], faults: Faults) -> None:
        self.lock = threading.RLock()
        self.customers = list(customers)
        self._first = list(customers)
        self._faults = faults
        self._before: dict[str, dict[str, object]] = {}

    def shown(self, chosen: FilterName) -> list[SimCustomer]:
        """Return the customers that a list with this filter shows."""
        with self.lock:
            present = _without(self.customers, self._faults.customers_missing)
        if self._faults.other_account_rights:
            present = spread(present, round(len(present) * self._faults.other_account_rights))
        if chosen == "all":
            return present
        return [each for each in present if (each.type in FREE_TYPES) == (chosen == "free")]

    def listed(self, state: UserState) -> list[SimCustomer]:
        """Return the customers that list and export show to a user in this state."""
        return state.grid_filters.narrowed(self.shown(state.filter), self._faults.grid_filter_share)

    def find(self, erp_id: str) -> SimCustomer | None:
        with self.lock:
            return next((each for each in self.customers if each.erp_id == erp_id), None)

    def add(self, count: int, seed: int) -> list[str]:
        """Add invented customers and return their IDs."""
        with self.lock:
            return [each.erp_id for each in world.add(self.customers, count, seed)]

    def change(self, count: int, seed: int) -> list[dict[str, str]]:
        """Change some customers and return each field that differs."""
        with self.lock:
            changes = world.change(self.customers, count, seed)
        return [
            {"erp_id": each.erp_id, "field": each.field, "old": str(each.old), "new": str(each.new)}
            for each in changes
        ]

    def remove(self, count: int, seed: int) -> list[str]:
        """Remove some customers and return their IDs."""
        with self.lock:
            return [each.erp_id for each in world.remove(self.customers, count, seed)]

    def remove_one(self, erp_id: str) -> None:
        """Raises: NoSuchCustomer."""
        with self.lock:
            self.customers.pop(self._position(erp_id))

    def set_field(self, erp_id: str, field: str, text: str) -> None:
        """Set one field of one customer; dates as ``2026-01-31``, amounts as ``1234.50``.

        Raises: NoSuchCustomer, if the ID, the field or the value does not exist.
        """
        with self.lock:
            position = self._position(erp_id)
            customer = self.customers[position]
            if field not in SETTABLE:
                raise NoSuchCustomer(f"no field to set: {field}")
            changes: dict[str, Any] = {field: _typed(field, text, getattr(customer, field))}
            self.customers[position] = replace(customer, **changes)

    def owe(self, owing: bool) -> None:
        """Give every twelfth customer negative sales, or restore their own."""
        chosen = range(0, len(self.customers), 12) if owing else ()
        values = {position: Decimal(-36065 - position).scaleb(-2) for position in chosen}
        self._alter("actual_sales", values)

    def order_in_future(self, count: int) -> None:
        """Date the last order of ``count`` customers after today, as if day and month were swapped."""
        today = date.today()
        values = {
            position: today + timedelta(days=30 + position % 200)
            for position in range(min(count, len(self.customers)))
        }
        self._alter("last_order_date", values)

    def _alter(self, field: str, values: dict[int, Any]) -> None:
        """Set one field of the customers at these positions; restore that field of all others."""
        with self.lock:
            before = self._before.pop(field, {})
            for position, customer in enumerate(self.customers):
                if customer.erp_id in before:
                    changes: dict[str, Any] = {field: before[customer.erp_id]}
                    self.customers[position] = replace(customer, **changes)
            self._before[field] = {
                self.customers[position].erp_id: getattr(self.customers[position], field)
                for position in values
            }
            for position, value in values.items():
                changes = {field: value}
                self.customers[position] = replace(self.customers[position], **changes)

    def reset(self) -> None:
        """Restore the initial customers."""
        with self.lock:
            self._before.clear()
            self.customers[:] = self._first

    def _position(self, erp_id: str) -> int:
        for position, customer in enumerate(self.customers):
            if customer.erp_id == erp_id:
                return position
        raise NoSuchCustomer(f"no customer {erp_id}")


def _without(customers: list[SimCustomer], missing: float) -> list[SimCustomer]:
    """Leave out customers, evenly spread; ``missing`` below 1 is a share, else a number."""
    count = round(len(customers) * missing) if missing < 1 else min(int(missing), len(customers))
    if not count:
        return list(customers)
    left_out = {len(customers) * number // count for number in range(count)}
    return [each for position, each in enumerate(customers) if position not in left_out]


def _typed(field: str, text: str, present: object) -> object:
    try:
        if field == "last_order_date":
            return date.fromisoformat(text) if text else None
        if isinstance(present, Decimal):
            return Decimal(text)
        return int(text) if isinstance(present, int) else text
    except (ValueError, InvalidOperation):
        raise NoSuchCustomer(f"{field} can't be {text!r}") from None
