"""The files that the ERP exports: each is drawn once and cached."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import cast

from scripts.erp_simulator.culture import CULTURES, CultureName, IdentifierStyle, NegativeStyle
from scripts.erp_simulator.customer_report import draw_customers, list_columns
from scripts.erp_simulator.faults import SWITCHES, Faults
from scripts.erp_simulator.world import SimCustomer

REPORTS_KEPT = 24

_all_fields = attrgetter(*(field.name for field in fields(SimCustomer)))


@dataclass(frozen=True)
class Drawing:
    """The options that a report depends on, besides the customers."""

    culture: CultureName
    pages_per_group: int | None
    extra_columns: int
    named_columns: bool
    hidden_fields: tuple[str, ...]
    identifier_style: IdentifierStyle
    negative_style: NegativeStyle
    footer: bool

    def draw(self, customers: list[SimCustomer]) -> bytes:
        target = io.BytesIO()
        draw_customers(
            target,
            customers,
            culture=self.culture,
            pages_per_group=self.pages_per_group,
            extra_columns=self.extra_columns,
            named_columns=self.named_columns,
            hidden_fields=self.hidden_fields,
            identifier_style=self.identifier_style,
            negative_style=self.negative_style,
            footer=self.footer,
        )
        return target.getvalue()


class _Reports:
    """A cache of drawn reports, shared by the simulators of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drawn: OrderedDict[tuple[int, Drawing], bytes] = OrderedDict()

    def get(self, drawing: Drawing, customers: list[SimCustomer]) -> bytes:
        key = (hash(tuple(_all_fields(each) for each in customers)), drawing)
        with self._lock:
            if key not in self._drawn:
                self._drawn[key] = drawing.draw(customers)
                while len(self._drawn) > REPORTS_KEPT:
                    self._drawn.popitem(last=False)
            self._drawn.move_to_end(key)
            return self._drawn[key]


_reports = _Reports()


class Export:
    """Returns the file for a click on the export."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._given: Callable[[], bytes] | None = None

    def serve(self, pdf: Path | bytes | None) -> None:
        """Send this file instead of a drawn one; None returns to drawn ones."""
        if isinstance(pdf, Path):
            self._given = pdf.read_bytes
        else:
            self._given = None if pdf is None else lambda: pdf

    def file_name(self, culture: CultureName) -> str:
        return CULTURES[culture].file_name

    def columns(self, culture: CultureName) -> list[tuple[str, str]]:
        """Return field and caption of each current column of grid and report."""
        return list_columns(
            culture,
            extra_columns=self._faults.extra_columns,
            named_columns=self._faults.extra_columns_named,
            hidden_fields=self._hidden_fields(culture),
        )

    def _hidden_fields(self, culture: CultureName) -> tuple[str, ...]:
        fields = list(CULTURES[culture].captions)
        return tuple(fields[len(fields) - self._faults.columns_hidden :])

    def _pages_per_group(self) -> int | None:
        """Return the number of bands; None, as many as needed, if columns were added or hidden."""
        faults = self._faults
        first = faults.pages_per_group == SWITCHES["pages_per_group"].default
        return (
            None
            if first and (faults.extra_columns_named or faults.columns_hidden)
            else faults.pages_per_group
        )

    def pdf(self, customers: list[SimCustomer], culture: CultureName) -> bytes:
        if self._given is not None:
            return self._given()
        faults = self._faults
        drawing = Drawing(
            culture=culture,
            pages_per_group=self._pages_per_group(),
            extra_columns=faults.extra_columns,
            named_columns=faults.extra_columns_named,
            hidden_fields=self._hidden_fields(culture),
            identifier_style=cast(IdentifierStyle, faults.identifier_style),
            negative_style=cast(NegativeStyle, faults.negative_style),
            footer=not faults.no_footer,
        )
        rows = len(customers) - faults.rows_lost
        return _reports.get(drawing, [] if faults.no_rows else customers[: max(rows, 0)])
