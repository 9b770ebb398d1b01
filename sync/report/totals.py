"""Compare the rows with the footer of totals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

from customers.erp_list.message import Message, message
from customers.erp_list.message import gettext_noop as _

Convention = Literal["it", "en"]
"""How numbers are printed: ``1.234,50`` or ``1,234.50``."""

CONVENTIONS: tuple[Convention, ...] = ("it", "en")

_KINDS = "Count|Sum|Min|Max|Avg|Average"
_TOTAL = re.compile(rf"({_KINDS})=(.*?)(?=\s(?:{_KINDS})=|$)")
_FOOTER_CELL = re.compile(rf"(?:{_KINDS})=\S")
_UNITS = "€$£%"
# For each convention, the marks between thousands and before the decimals, as regular expressions.
_MARKS: tuple[tuple[Convention, str, str], ...] = (("it", r"\.", ","), ("en", ",", r"\."))
_NUMBERS: dict[Convention, re.Pattern[str]] = {
    convention: re.compile(
        rf"(?P<before>[-(\s{_UNITS}]*)"
        rf"(?P<whole>\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{point}(?P<decimals>\d+))?"
        rf"(?P<after>[-)\s{_UNITS}]*)",
        re.ASCII,
    )
    for convention, group, point in _MARKS
}
# The signs before and after a number, and whether they make it negative. Any others are ambiguous.
_SIGNS = {("", ""): False, ("-", ""): True, ("", "-"): True, ("(", ")"): True}
# How many contradictions are told.
_NAMED = 60
_ZERO = Decimal(0)
_HALF = Decimal("0.5")


class Number(NamedTuple):
    """A printed number, and half a unit of its last printed decimal (0 for a whole number or zero)."""

    value: Decimal
    half_unit: Decimal


_NOTHING = Number(_ZERO, _ZERO)


@lru_cache(maxsize=1 << 12)
def parse_number(text: str, convention: Convention) -> Number | None:
    """Read a printed number, with or without currency; None if the text is not a number in that convention.

    A negative number has a minus on either side or is in brackets, with the currency inside or outside.
    """
    match = _NUMBERS[convention].fullmatch(text)
    if match is None:
        return None
    around = match["before"], match["after"]
    is_negative = _SIGNS.get((_signs(around[0]), _signs(around[1])))
    if is_negative is None or sum(mark in _UNITS for mark in "".join(around)) > 1:
        return None
    whole = re.sub(r"\D", "", match["whole"])
    decimals = match["decimals"] or ""
    value = Decimal(f"{whole}.{decimals}" if decimals else whole)
    half_unit = _HALF.scaleb(-len(decimals)) if decimals and value else _ZERO
    return Number(-value if is_negative else value, half_unit)


def _signs(marks: str) -> str:
    return "".join(mark for mark in marks if mark in "-()")


def is_footer(row: Sequence[str]) -> bool:
    """Tell whether a row contains only totals: cells like ``Count=12`` and ``Sum=3,50 €``."""
    filled = filter(None, row)
    # Nearly no row begins with a total, and this is asked of each.
    return bool(_FOOTER_CELL.match(next(filled, ""))) and all(map(_FOOTER_CELL.match, filled))


def counts_rows(footer: Sequence[str]) -> bool:
    """Tell whether a footer contains the number of rows."""
    return any(kind == "Count" for cell in footer for kind, _printed in _TOTAL.findall(cell))


def contradictions(
    rows: Sequence[Sequence[str]], footer: Sequence[str], columns: Sequence[str]
) -> list[Message]:
    """Return the totals that the rows do not match: none if they prove the report.

    All totals must match in one convention; the messages are the first of the closest one.
    """
    found = [
        list(islice(_contradictions(rows, footer, columns, convention), _NAMED)) for convention in CONVENTIONS
    ]
    return min(found, key=len)


def _contradictions(
    rows: Sequence[Sequence[str]], footer: Sequence[str], columns: Sequence[str], convention: Convention
) -> Iterator[Message]:
    text = _("column %(column)s: the footer says %(kind)s=%(printed)s, the rows give %(given)s")
    for index, cell in enumerate(footer):
        totals = _TOTAL.findall(cell)
        is_summed = any(kind == "Sum" for kind, _printed in totals)
        total = _sum([row[index] for row in rows], convention) if is_summed else None
        for kind, spaced in totals:
            printed = spaced.strip()
            number = parse_number(printed, convention)
            given: int | Message | None
            if kind == "Count":
                given = _other_count(number, len(rows))
            elif kind == "Sum":
                given = _other_sum(number, total)
            else:
                continue  # a minimum, maximum or mean is no proof that all rows were read
            if given is not None:
                yield message(text, column=columns[index], kind=kind, printed=printed, given=given)


class _Sum(NamedTuple):
    """The sum of a column, and how far the total may be from it: the cells are rounded."""

    value: Decimal
    bound: Decimal


def _sum(cells: Iterable[str], convention: Convention) -> _Sum | None:
    """Add up a column; None if a cell is not a number in the convention."""
    value = bound = _ZERO
    for text, count in Counter(cells).items():
        number = parse_number(text, convention) if text else _NOTHING
        if number is None:
            return None
        value += number.value * count
        bound += number.half_unit * count
    return _Sum(value, bound)


def _other_count(number: Number | None, count: int) -> int | None:
    """Return the number of rows if it is not the total."""
    # No count has decimals: 1.000 is a thousand, not one in the other convention.
    is_right = number is not None and number.value == count and not number.half_unit
    return None if is_right else count


def _other_sum(number: Number | None, total: _Sum | None) -> Message | None:
    """Return the sum of a column if it is not the printed one."""
    if total is None:
        return Message(_("no sum (a cell is no number)"))
    if number is not None and abs(total.value - number.value) <= total.bound:
        return None
    return message(_("%(sum)s (± %(bound)s)"), sum=total.value, bound=total.bound)
