"""Arrange the cells that an engine found on a page as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from customers.erp_list.message import gettext_noop as _
from sync.errors import NoReport, ReportLayoutBroken

# Positions are printed to three decimals and compared in points; the thinnest line is .75 pt.
TOLERANCE_PT = 0.5
# Borders are .75 pt thick; the lowest row is 13.5 pt high and no column is as narrow as a border.
BORDER_PT = 1.5

_HYPHEN_BREAK = re.compile(r"\w-$")

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in points from the page's lower left corner."""


@dataclass(frozen=True)
class Limits:
    """The size limits of a report; a larger one is rejected before it is read."""

    max_bytes: int = 100 * 1024 * 1024
    max_pages: int = 10_000


class Cell(NamedTuple):
    """A filled rectangle and the lines of text drawn after it, in drawing order."""

    box: Box
    is_shaded: bool
    lines: list[str]


class Engine(Protocol):
    """Reads the cells of a PDF's pages."""

    page_count: int

    def cells(self, page_number: int) -> list[Cell]:
        """Return the cells of a page (from 1) in drawing order."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class BandKey:
    """Identifies a band: its captions and the right edges of its columns."""

    captions: tuple[str, ...]
    edges_pt: tuple[float, ...]


@dataclass(frozen=True)
class PageTable:
    """One page: a band's header and rows."""

    number: int
    key: BandKey
    row_tops_pt: tuple[float, ...]
    rows: list[tuple[str, ...]]


def join_lines(lines: Sequence[str]) -> str:
    """Join a cell's lines to its value.

    Lines are joined with a blank, or with nothing after a hyphen within a word. Runs of blanks become one.
    """
    if len(lines) == 1:
        return " ".join(lines[0].split())
    text = ""
    for raw_line in lines:
        line = " ".join(raw_line.split())
        if text and line:
            text += line if _HYPHEN_BREAK.search(text) else f" {line}"
        else:
            text += line
    return text


def table_of(cells: list[Cell], page_number: int) -> PageTable:
    """Arrange a page's cells as a table.

    Raises: NoReport if nothing is drawn, ReportLayoutBroken if the cells form no grid with a header.
    """
    if not cells:
        raise NoReport(_("no table is drawn on it"), page=page_number)
    width = _column_count(cells)
    if not cells[0].is_shaded:
        raise ReportLayoutBroken(_("it does not begin with a header row"), page=page_number)
    if len(cells) % width:
        raise ReportLayoutBroken(_("its last row is cut off"), page=page_number)
    header = cells[:width]
    tops = tuple(_row_tops(cells, width, page_number))
    texts = [join_lines(cell.lines) if cell.lines else "" for cell in cells]
    rows = list(zip(*(texts[width + column :: width] for column in range(width)), strict=True))
    edges = tuple(round(cell.box[2], 1) for cell in header)
    return PageTable(page_number, BandKey(tuple(texts[:width]), edges), tops, rows)


def _column_count(cells: Sequence[Cell]) -> int:
    first_top = cells[0].box[3]
    for index, cell in enumerate(cells):
        if abs(cell.box[3] - first_top) > TOLERANCE_PT:
            return index
    return len(cells)


def _row_tops(cells: list[Cell], width: int, page_number: int) -> Iterator[float]:
    """Check each row against the header's columns and the row above; yield the tops and the last bottom."""
    header = cells[:width]
    for start in range(0, len(cells), width):
        row = cells[start : start + width]
        _left, bottom, _right, top = row[0].box
        if start and row[0].is_shaded:
            raise ReportLayoutBroken(_("a second header row is among its rows"), page=page_number)
        if start and abs(cells[start - 1].box[1] - top) > TOLERANCE_PT:
            text = _("row %(row)s does not follow the one above")
            raise ReportLayoutBroken(text, page=page_number, row=start // width)
        for cell, caption in zip(row, header, strict=True):
            box, column = cell.box, caption.box
            if (
                abs(box[1] - bottom) > TOLERANCE_PT
                or abs(box[3] - top) > TOLERANCE_PT
                or abs(box[0] - column[0]) > TOLERANCE_PT
                or abs(box[2] - column[2]) > TOLERANCE_PT
            ):
                text = _("row %(row)s has a cell out of place")
                raise ReportLayoutBroken(text, page=page_number, row=start // width)
        yield round(top, 1)
    yield round(cells[-1].box[1], 1)
