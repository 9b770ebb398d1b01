"""Arrange the cells that an engine found on a page as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Protocol

from customers.erp_list.message import gettext_noop as _
from sync.errors import NoReport, ReportLayoutBroken, ReportTooLarge
from sync.report.document import Page

# Positions are printed to three decimals and compared in points; the thinnest line is .75 pt.
TOLERANCE_PT = 0.5
# Borders are .75 pt thick; the lowest row is 13.5 pt high and no column is as narrow as a border.
BORDER_PT = 1.5
# A gap of this share of the font size between two glyphs is a blank.
WORD_GAP_EM = 0.15
# How far a text may go back on its line. An accent that is a glyph of its own goes back less; what goes back
# further is drawn over, or to the left of, what was drawn before.
OVERLAP_EM = 0.4
# How far left of all that was drawn of its line before a glyph may begin: a justified line moves back as
# little, also after an accent that is a glyph of no width. Source: .0125 in real exports.
BACK_EM = 0.05
# Smaller text is not seen.
LEAST_SIZE_PT = 1.0
# How far below its cell's top a line begins at least: what is higher is cut off. Digits are .68 high.
HEIGHT_EM = 0.66
# How far from one edge of its cell a line begins at most that is cut off at the other one.
# Source: 2.4 in the real export; a padding of 20 px is 15.
_MARGIN_PT = 16.0
# Of a text's colour to that of its cell, from 0 to 1. Source: black on white in the real export.
_LEAST_CONTRAST = 0.1
# A header's fill is .50196 in each colour; a body's is white, a footer's .87843 at least.
_DARK = 0.8
# What a page may have. Source: one of the real export has 200 cells, the captions up to 35 characters, the
# texts up to 60.
MAX_CELLS = 10_000
_MAX_CAPTION_CHARACTERS, _MAX_CELL_CHARACTERS, _MAX_PAGE_CHARACTERS = 200, 10_000, 200_000
# How many different rows are kept: a page has 47, which lie in the same places on most pages.
_KEPT_ROWS = 4096

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in points from the page's lower left corner."""


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """The filled rectangle of a cell. Equal only to itself, so that what was found out of one can be kept."""

    box: Box
    is_shaded: bool


class DrawnCells(NamedTuple):
    """The cells of a page in drawing order: their frames, and the value of the text drawn after each."""

    frames: list[Frame]
    texts: list[str]


class Engine(Protocol):
    """Reads the cells of a PDF's pages; ``read_again`` are the numbers of those that pdfplumber read."""

    read_again: set[int]

    def cells(self, page: Page) -> DrawnCells:
        """Return the cells of a page in drawing order.

        Raises: ReportError.
        """
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

    Lines are joined with a blank, or with nothing after a hyphen that follows a letter or digit. Runs of
    blanks become one.
    """
    if len(lines) == 1:
        return " ".join(lines[0].split())
    text = ""
    for raw_line in lines:
        line = " ".join(raw_line.split())
        if text and line:
            is_hyphenated = text[-1] == "-" and text[-2:-1].isalnum()
            text += line if is_hyphenated else f" {line}"
        else:
            text += line
    return text


def is_dark(color: Sequence[float]) -> bool:
    """Tell a header's fill from that of a body or footer."""
    return max(color) < _DARK


def is_seen(ink: Sequence[float], fill: Sequence[float]) -> bool:
    """Tell whether text is seen in its cell; both colours are red, green and blue."""
    return max(abs(_shown(a) - _shown(b)) for a, b in zip(ink, fill, strict=True)) > _LEAST_CONTRAST


def _shown(part: float) -> float:
    """Return a colour's part as a viewer takes it."""
    return min(1.0, max(0.0, part))


class Line(NamedTuple):
    """Where a line of text begins and ends, and where the last word begins that was set apart.

    ``seen_end_pt`` is where it ends without the blanks at its end, which the exporter may not measure.
    """

    start_pt: float
    last_start_pt: float
    seen_end_pt: float
    end_pt: float

    def is_shown_between(self, left_pt: float, right_pt: float) -> bool:
        """Tell whether it is within a cell, or cut off because it is wider than that."""
        left_pt, right_pt = left_pt - TOLERANCE_PT, right_pt + TOLERANCE_PT
        if self.last_start_pt > right_pt or self.end_pt < left_pt:
            return False
        if self.start_pt < left_pt:
            return self.end_pt > right_pt - _MARGIN_PT
        return self.seen_end_pt <= right_pt or self.start_pt < left_pt + _MARGIN_PT


def is_within(box: Box, outer: Box) -> bool:
    """Tell whether a cell is on its page, or within a clip."""
    return (
        box[0] >= outer[0] - TOLERANCE_PT
        and box[1] >= outer[1] - TOLERANCE_PT
        and box[2] <= outer[2] + TOLERANCE_PT
        and box[3] <= outer[3] + TOLERANCE_PT
    )


def table_of(cells: DrawnCells, page_number: int) -> PageTable:
    """Arrange a page's cells as a table.

    Raises: NoReport if nothing is drawn, ReportLayoutBroken if the cells form no grid with a header,
    ReportTooLarge for longer texts than any list has.
    """
    frames, texts = cells
    if not frames:
        raise NoReport(_("no table is drawn on it"), page=page_number)
    width = column_count(frames)
    _check_lengths(texts, width, page_number)
    if not frames[0].is_shaded:
        raise ReportLayoutBroken(_("it does not begin with a header row"), page=page_number)
    if any(abs(left.box[2] - right.box[0]) > TOLERANCE_PT for left, right in pairwise(frames[:width])):
        raise ReportLayoutBroken(_("its columns are not side by side"), page=page_number)
    if len(frames) % width:
        raise ReportLayoutBroken(_("its last row is cut off"), page=page_number)
    tops = tuple(_row_tops(frames, width, page_number))
    rows = [tuple(texts[start : start + width]) for start in range(width, len(texts), width)]
    edges = tuple(round(frame.box[2], 1) for frame in frames[:width])
    return PageTable(page_number, BandKey(tuple(texts[:width]), edges), tops, rows)


def _check_lengths(texts: Sequence[str], width: int, page_number: int) -> None:
    """Refuse texts that would take long to compare, and much memory to keep."""
    lengths = list(map(len, texts))
    if (
        max(lengths[:width]) > _MAX_CAPTION_CHARACTERS
        or max(lengths) > _MAX_CELL_CHARACTERS
        or sum(lengths) > _MAX_PAGE_CHARACTERS
    ):
        raise ReportTooLarge(_("a text of it is longer than any of a list"), page=page_number)


def column_count(frames: Sequence[Frame]) -> int:
    """Return how many cells the first row has."""
    first_top = frames[0].box[3]
    for index, frame in enumerate(frames):
        if abs(frame.box[3] - first_top) > TOLERANCE_PT:
            return index
    return len(frames)


def _row_tops(frames: list[Frame], width: int, page_number: int) -> Iterator[float]:
    """Check each row against the header's columns and the row above; yield the tops and the last bottom."""
    header = tuple(frames[:width])
    above_pt = header[0].box[3]
    for start in range(0, len(frames), width):
        row = _row_of(header, tuple(frames[start : start + width]))
        if start and row.is_shaded:
            raise ReportLayoutBroken(_("a second header row is among its rows"), page=page_number)
        if abs(above_pt - row.top_pt) > TOLERANCE_PT:
            text = _("row %(row)s does not follow the one above")
            raise ReportLayoutBroken(text, page=page_number, row=start // width)
        if not row.is_straight:
            text = _("row %(row)s has a cell out of place")
            raise ReportLayoutBroken(text, page=page_number, row=start // width)
        yield row.rounded_top_pt
        above_pt = row.bottom_pt
    yield round(above_pt, 1)


class _Row(NamedTuple):
    """Where a row lies, by its first cell and the bottom of its last one."""

    top_pt: float
    bottom_pt: float
    rounded_top_pt: float
    is_shaded: bool
    is_straight: bool


@lru_cache(_KEPT_ROWS)
def _row_of(header: tuple[Frame, ...], row: tuple[Frame, ...]) -> _Row:
    top_pt = row[0].box[3]
    return _Row(top_pt, row[-1].box[1], round(top_pt, 1), row[0].is_shaded, _is_straight(header, row))


def _is_straight(header: tuple[Frame, ...], row: tuple[Frame, ...]) -> bool:
    """Tell whether frames have the same bottom and top, and the columns of the header."""
    _left, bottom_pt, _right, top_pt = row[0].box
    return all(
        abs(box[1] - bottom_pt) <= TOLERANCE_PT
        and abs(box[3] - top_pt) <= TOLERANCE_PT
        and abs(box[0] - column[0]) <= TOLERANCE_PT
        and abs(box[2] - column[2]) <= TOLERANCE_PT
        for box, column in zip((frame.box for frame in row), (frame.box for frame in header), strict=True)
    )
