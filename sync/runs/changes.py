"""What a run changed, or would change, and why its list is or would be held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from customers.models import CustomerChange
from sync.models import HeldList, Preview, SyncRun


@dataclass(frozen=True)
class RunChange:
    """The change of one customer; ``fields`` maps names to ``old`` and ``new`` as in `CustomerChange`.

    ``customer_pk`` is None for a planned change.
    """

    erp_id: str
    name: str
    kind: str
    fields: Mapping[str, Mapping[str, str | None]]
    customer_pk: int | None = None


def reasons_of(run: SyncRun) -> list[dict[str, Any]]:
    """Return why a list is held, or would be held if it were no dry run, as `GuardReason.as_json`."""
    plan = _plan(run)
    return [] if plan is None else plan.values_list("reasons", flat=True).first() or []


def stored_changes(run: SyncRun) -> Sequence[Mapping[str, Any]] | QuerySet[CustomerChange]:
    """Return the planned changes of a held or dry run, or those that a run made; cut them, then `shown`."""
    plan = _plan(run)
    if plan is not None:
        return plan.values_list("changes", flat=True).first() or []
    made = CustomerChange.objects.filter(run_id=run.pk).select_related("customer")
    return made.order_by("kind", "pk")


def shown(stored: Mapping[str, Any] | CustomerChange) -> RunChange:
    """Return a stored change, planned or made."""
    if isinstance(stored, CustomerChange):
        customer = stored.customer
        return RunChange(customer.erp_id, customer.name, stored.kind, stored.fields, customer.pk)
    fields = {each["field"]: {"old": each["old"], "new": each["new"]} for each in stored["fields"]}
    return RunChange(stored["erpId"], stored["name"], stored["change"], fields)


def _plan(run: SyncRun) -> QuerySet[Any] | None:
    if run.state == SyncRun.State.HELD:
        return HeldList.objects.filter(run=run)
    return Preview.objects.filter(run=run) if run.is_dry else None
