"""The export: which file the ERP sends for a filter, drawn once and kept."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import cast

from scripts.erp_simulator.culture import CULTURES, CultureName, IdentifierStyle
from scripts.erp_simulator.customer_report import draw_customers
from scripts.erp_simulator.faults import Faults
from scripts.erp_simulator.world import SimCustomer

REPORTS_KEPT = 24

_all_fields = attrgetter(*(field.name for field in fields(SimCustomer)))


@dataclass(frozen=True)
class Drawing:
    """Everything that a report's bytes depend on, apart from the customers."""

    culture: CultureName
    pages_per_group: int
    extra_columns: int
    identifier_style: IdentifierStyle
    footer: bool

    def draw(self, customers: list[SimCustomer]) -> bytes:
        target = io.BytesIO()
        draw_customers(
            target,
            customers,
            culture=self.culture,
            pages_per_group=self.pages_per_group,
            extra_columns=self.extra_columns,
            identifier_style=self.identifier_style,
            footer=self.footer,
        )
        return target.getvalue()


class _Reports:
    """Reports already drawn, by their content: the simulators of one process share them."""

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
    """What is sent when the export is clicked."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._given: Callable[[], bytes] | None = None

    def serve(self, pdf: Path | bytes | None) -> None:
        """Send this file instead of a drawn one; with None, draw again."""
        if isinstance(pdf, Path):
            self._given = pdf.read_bytes
        else:
            self._given = None if pdf is None else lambda: pdf

    def file_name(self, culture: CultureName) -> str:
        return CULTURES[culture].file_name

    def pdf(self, customers: list[SimCustomer], culture: CultureName) -> bytes:
        if self._given is not None:
            return self._given()
        faults = self._faults
        drawing = Drawing(
            culture=culture,
            pages_per_group=faults.pages_per_group,
            extra_columns=faults.extra_columns,
            identifier_style=cast(IdentifierStyle, faults.identifier_style),
            footer=not faults.no_footer,
        )
        rows = len(customers) - faults.rows_lost
        return _reports.get(drawing, [] if faults.no_rows else customers[: max(rows, 0)])
