"""The grid's own filters, which the ERP stores per user: filter row, header, search box, filter bar."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from scripts.erp_simulator.culture import CULTURES
from scripts.erp_simulator.world import SimCustomer

# The filter that another user leaves; a switch says how many customers it matches.
LEFT_FIELD = "city"
LEFT_TEXT = "Borgo Mirello"
LEFT_EXPRESSION = f"[Città] = '{LEFT_TEXT}'"
SEARCHED_FIELDS = ("erp_id", "name", "vat_number", "street", "postal_code", "city", "phone")
_COMPARISON = re.compile(r"\[([^\]]+)\] = '(.*)'")

Match = Callable[[SimCustomer], bool]


@dataclass
class GridFilters:
    """The filters of one user's grid; ``row`` and ``header`` are texts by a customer's field."""

    row: dict[str, str] = field(default_factory=dict)
    header: dict[str, str] = field(default_factory=dict)
    search: str = ""
    bar: str = ""

    def leave(self, kind: str) -> None:
        """Set the filter that another user leaves: ``row``, ``search``, ``bar`` or ``header``."""
        if kind == "row":
            self.row = {LEFT_FIELD: LEFT_TEXT}
        elif kind == "header":
            self.header = {LEFT_FIELD: LEFT_TEXT}
        elif kind == "search":
            self.search = LEFT_TEXT
        elif kind == "bar":
            self.bar = LEFT_EXPRESSION

    def set_column(self, name: str, text: str) -> None:
        """Filter one column by the text of its filter row; an empty text removes the filter."""
        self.row.pop(name, None)
        if text:
            self.row[name] = text

    def set_expression(self, expression: str) -> None:
        """Replace the filters of row, header and bar by an expression."""
        self.row, self.header, self.bar = {}, {}, expression

    def clear(self, *, keep_search: bool = False) -> None:
        self.row, self.header, self.bar = {}, {}, ""
        if not keep_search:
            self.search = ""

    def texts(self) -> list[str]:
        """Return the texts of the current filters."""
        return [text for text, _ in self._conditions()]

    def narrowed(self, customers: list[SimCustomer], share: float) -> list[SimCustomer]:
        """Return the matching customers; the filter that another user left matches ``share`` of them."""
        for text, match in self._conditions():
            if text in {LEFT_TEXT, LEFT_EXPRESSION}:
                customers = spread(customers, round(len(customers) * share))
            else:
                customers = [each for each in customers if match(each)]
        return customers

    def _conditions(self) -> list[tuple[str, Match]]:
        found = [(text, _contains((name,), text)) for name, text in self.row.items()]
        found += [(text, _equals(name, text)) for name, text in self.header.items()]
        if self.search:
            found.append((self.search, _contains(SEARCHED_FIELDS, self.search)))
        if self.bar:
            found.append((self.bar, _expression(self.bar)))
        return found


def spread(customers: list[SimCustomer], count: int) -> list[SimCustomer]:
    """Return ``count`` of the customers, evenly over the list and in its order."""
    kept = {len(customers) * number // count for number in range(count)} if count else set()
    return [each for position, each in enumerate(customers) if position in kept]


def _contains(names: tuple[str, ...], text: str) -> Match:
    return lambda each: any(text.lower() in str(getattr(each, name)).lower() for name in names)


def _equals(name: str, text: str) -> Match:
    return lambda each: str(getattr(each, name)) == text


def _expression(expression: str) -> Match:
    """Read ``[Caption] = 'text'``; any other expression matches everyone."""
    comparison = _COMPARISON.fullmatch(expression.strip())
    if comparison is None:
        return lambda each: True
    caption = comparison[1].strip(" :").lower()
    for culture in CULTURES.values():
        for name, printed in culture.captions.items():
            if caption in {printed.strip(" :").lower(), name}:
                return _equals(name, comparison[2])
    return lambda each: True
