"""Look at the changed customers all the time: they are all old or all new, never a mix."""

from __future__ import annotations

from threading import Event, Thread
from types import TracebackType
from typing import Self

from django.db import DatabaseError, connection

from customers.models import Customer
from scripts.chaos.world import Change

_PAUSE_S = 0.03


def stored_values(erp_ids: list[str]) -> dict[str, tuple[str, str]]:
    """Return phone and street of these customers, by ID."""
    rows = Customer.objects.filter(erp_id__in=erp_ids).values_list("erp_id", "phone", "street")
    return {erp_id: (phone, street) for erp_id, phone, street in rows}


class Looks:
    """Looks from a thread of its own while the ``with`` block runs; ``mix`` describes the first mix seen."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._ended = Event()
        self._thread = Thread(target=self._look_until_ended, name="looks", daemon=True)
        self.count = 0
        self.mix = ""
        self.is_new = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look_until_ended(self) -> None:
        erp_ids = list(self._change.old)
        while not self._ended.wait(_PAUSE_S):
            try:
                self._judge(stored_values(erp_ids))
            except DatabaseError:
                # Faults of the database hit this program too.
                connection.close()
        connection.close()

    def _judge(self, stored: dict[str, tuple[str, str]]) -> None:
        self.count += 1
        if stored == self._change.new:
            self.is_new = True
        elif stored != self._change.old or self.is_new:
            new = sum(stored.get(erp_id) == values for erp_id, values in self._change.new.items())
            old = sum(stored.get(erp_id) == values for erp_id, values in self._change.old.items())
            text = f"{old} customers old and {new} new of {len(self._change.new)}"
            self.mix = self.mix or (f"{text}, after all were new" if self.is_new else text)
