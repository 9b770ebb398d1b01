"""Read the cells of a page from its content stream, which the exporter writes in one fixed way.

A page is a white background and then cell after cell: its fill, four borders, and its text, if any (see
`docs/export-format.md`). Nothing is guessed: a page with anything else is left to the second engine.

Most pieces of a page repeat others: the cells up to a text those of the same row on another page, the text
that of another row. So each piece is matched once, and then looked up by its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from sync.report.fonts import Font, FontNotUnderstood
from sync.report.page import (
    BORDER_PT,
    HEIGHT_EM,
    LEAST_SIZE_PT,
    MAX_CELLS,
    TOLERANCE_PT,
    Box,
    DrawnCells,
    Frame,
    Line,
    is_dark,
    is_seen,
    is_within,
    join_lines,
)
from sync.report.pen import NUMBER, NotInGrammar, Pen, seen_part

_RECTANGLE = b" ".join([NUMBER] * 4)
_COLOR = b" ".join([NUMBER] * 3)
_FILL_START = re.compile(b" q %b re W n %b" % (_RECTANGLE, _COLOR))
_ONE_NUMBER = re.compile(NUMBER)
# The beginning of a text is `q x y w h re W n r g b rg q BT /name size Tf x y`, after a blank.
_TEXT_OPERATORS = ([b"", b"q"], [b"re", b"W", b"n"], [b"rg", b"q", b"BT"], [b"Tf"])
_FONT_NAME = re.compile(rb"/(\w{1,40})")

_END_OF_FILL_START = b" rg "
_END_OF_FILL = b" re f Q"
_END_OF_TEXT = b" ET Q Q"
_END_OF_START = b" Td "
_END_OF_ONLY_LINE = b"> Tj"
_BORDERS = 4
# How many different pieces are kept, and cells in runs; a page has hundreds.
_KEPT, _KEPT_STARTS, _KEPT_FILL_STARTS = 8_000, 500, 500
_MAX_STYLES = 50


class _Style:
    """A font in a size, and the texts shown with it so far."""

    def __init__(self, font: Font, size_pt: float) -> None:
        self.font = font
        self.size_pt = size_pt
        self.shown: dict[bytes, _Shown] = {}


class _Start(NamedTuple):
    """Where a text begins: how far it may be below and above its first baseline.

    ``left_pt`` and ``right_pt`` are its cell's edges, from where it begins.
    """

    style: _Style
    lowest_pt: float
    highest_pt: float
    left_pt: float
    right_pt: float


class _Shown(NamedTuple):
    """A cell's value, how far it goes from where it begins, and its lines."""

    value: str
    lowest_pt: float
    highest_pt: float
    leftmost_pt: float
    rightmost_pt: float
    lines: list[Line]


class _Cell(NamedTuple):
    """A cell's frame and fill, and the starts of the texts in it so far."""

    frame: Frame
    fill: tuple[float, float, float]
    starts: dict[bytes, _Start]


class _Run(NamedTuple):
    """Cells that are drawn one after the other; only the last one may have a text."""

    frames: list[Frame]
    empty_texts: list[str]
    last: _Cell


class CellGrammar:
    """Reads pages with the same fonts, given by name, and the same box."""

    def __init__(self, fonts: Mapping[str, Font], page_box: Box) -> None:
        self._fonts = fonts
        self._page_box = page_box
        self._styles: dict[tuple[bytes, bytes], _Style] = {}
        self._cells: dict[tuple[bytes, ...], _Cell] = {}
        self._runs: dict[bytes, _Run] = {}
        self._kept_in_runs = 0

    def cells(self, content: bytes) -> DrawnCells:
        """Return the cells of a page in drawing order, from its whole content.

        Raises: NotInGrammar.
        """
        background, _end, content = content.partition(_END_OF_FILL)
        self._check_background(background)
        frames: list[Frame] = []
        texts: list[str] = []
        *with_text, rest = content.split(_END_OF_TEXT)
        for piece in with_text:
            drawn, _end, text = piece.rpartition(_END_OF_FILL)
            run = self._runs.get(drawn) or self._add_run(drawn)
            frames += run.frames
            texts += run.empty_texts
            before, _end, printed = text.partition(_END_OF_START)
            start = run.last.starts.get(before) or self._start(run.last, before)
            shown = start.style.shown.get(printed) or _add_shown(start.style, printed)
            if shown.lowest_pt < start.lowest_pt or shown.highest_pt > start.highest_pt:
                raise NotInGrammar
            if shown.leftmost_pt < start.left_pt or shown.rightmost_pt > start.right_pt:
                _check_lines(shown, start)
            texts.append(shown.value)
        if rest:
            drawn, _end, after = rest.rpartition(_END_OF_FILL)
            run = self._runs.get(drawn) or self._add_run(drawn)
            frames += run.frames
            texts += [*run.empty_texts, ""]
            if after:
                raise NotInGrammar
        if len(frames) > MAX_CELLS:
            raise NotInGrammar
        return DrawnCells(frames, texts)

    def _check_background(self, piece: bytes) -> None:
        box, color = _filled(piece)
        if min(color) < 1 or not _are_close(box, self._page_box):
            raise NotInGrammar

    def _add_run(self, drawn: bytes) -> _Run:
        """Match the fills and borders of some cells, but for the end of the last one."""
        pieces = drawn.split(_END_OF_FILL)
        count, rest = divmod(len(pieces), 1 + _BORDERS)
        if rest or count > MAX_CELLS:
            raise NotInGrammar
        keys = [tuple(pieces[at : at + 1 + _BORDERS]) for at in range(0, len(pieces), 1 + _BORDERS)]
        cells = [self._cells.get(key) or self._add_cell(key) for key in keys]
        if self._kept_in_runs + count > _KEPT:
            self._forget_runs()
        self._kept_in_runs += count
        run = self._runs[drawn] = _Run([cell.frame for cell in cells], [""] * (count - 1), cells[-1])
        return run

    def _forget_runs(self) -> None:
        self._runs.clear()
        self._kept_in_runs = 0

    def _add_cell(self, key: tuple[bytes, ...]) -> _Cell:
        """Match the fill and the borders of a cell."""
        box, color = _filled(key[0])
        borders = [_filled(piece)[0] for piece in key[1:]]
        width_pt, height_pt = box[2] - box[0], box[3] - box[1]
        page_width_pt = self._page_box[2] - self._page_box[0]
        is_cell = min(width_pt, height_pt) > BORDER_PT and width_pt < page_width_pt - TOLERANCE_PT
        is_cell = is_cell and is_within(box, self._page_box)
        if not is_cell or not all(map(_are_close, borders, _sides(box))):
            raise NotInGrammar
        if len(self._cells) >= _KEPT:
            self._cells.clear()
            self._forget_runs()
        cell = self._cells[key] = _Cell(Frame(box, is_dark(color)), color, {})
        return cell

    def _start(self, cell: _Cell, piece: bytes) -> _Start:
        """Match the beginning of a text: a clip to the inside of its cell, its font and its place."""
        parts = piece.split(b" ", 20)
        if len(parts) != 20 or (parts[:2], parts[6:9], parts[12:15], parts[17:18]) != _TEXT_OPERATORS:
            raise NotInGrammar
        x, y, width, height, *ink = map(_number, parts[2:6] + parts[9:12])
        start_x, baseline_pt = map(_number, parts[18:])
        box = cell.frame.box
        if not _are_close((x, y, x + width, y + height), box) or start_x > x + width:
            raise NotInGrammar
        if not is_seen(ink, cell.fill):
            raise NotInGrammar
        name, size = parts[15:17]
        style = self._styles.get((name, size)) or self._add_style(name, size)
        if len(cell.starts) >= _KEPT_STARTS:
            cell.starts.clear()
        lowest_pt = box[1] - TOLERANCE_PT - baseline_pt
        highest_pt = box[3] - HEIGHT_EM * style.size_pt - baseline_pt
        start = _Start(style, lowest_pt, highest_pt, box[0] - start_x, box[2] - start_x)
        cell.starts[piece] = start
        return start

    def _add_style(self, name: bytes, size: bytes) -> _Style:
        match = _FONT_NAME.fullmatch(name)
        font = self._fonts.get(match[1].decode("ascii")) if match else None
        size_pt = _number(size)
        if font is None or size_pt < LEAST_SIZE_PT or len(self._styles) >= _MAX_STYLES:
            raise NotInGrammar
        style = self._styles[name, size] = _Style(font, size_pt)
        return style


class _Numbers(dict[bytes, float]):
    """The numbers by how they are printed: an export has thousands of rectangles, and hundreds of numbers."""

    def __missing__(self, printed: bytes) -> float:
        if not _ONE_NUMBER.fullmatch(printed):
            raise NotInGrammar
        if len(self) >= _KEPT:
            self.clear()
        number = self[printed] = float(printed)
        return number


_number = _Numbers().__getitem__


def _filled(piece: bytes) -> tuple[Box, tuple[float, float, float]]:
    """Match a filled rectangle; return its box, which must be inside its clip, and its color."""
    before, _end, rectangle = piece.partition(_END_OF_FILL_START)
    (lowest_x, lowest_y, highest_x, highest_y), color = _clip_and_color(before)
    try:
        left, bottom, width, height = map(_number, rectangle.split(b" ", 4))
    except ValueError:
        raise NotInGrammar from None
    right, top = left + width, bottom + height
    if left < lowest_x or bottom < lowest_y or right > highest_x or top > highest_y:
        raise NotInGrammar
    return (left, bottom, right, top), color


@lru_cache(_KEPT_FILL_STARTS)
def _clip_and_color(piece: bytes) -> tuple[Box, tuple[float, float, float]]:
    """Match the beginning of a filled rectangle; return its clip, wider by the tolerance, and its color."""
    match = _FILL_START.fullmatch(piece)
    if match is None:
        raise NotInGrammar
    left, bottom, width, height, red, green, blue = map(float, match.groups())
    right, top = left + width + TOLERANCE_PT, bottom + height + TOLERANCE_PT
    return (left - TOLERANCE_PT, bottom - TOLERANCE_PT, right, top), (red, green, blue)


def _sides(box: Box) -> tuple[Box, Box, Box, Box]:
    """Return the lines on the left, right, top and bottom of a box."""
    left, bottom, right, top = box
    return (
        (left, bottom, left, top),
        (right, bottom, right, top),
        (left, top, right, top),
        (left, bottom, right, bottom),
    )


def _are_close(box: Box, other: Box) -> bool:
    return (
        abs(box[0] - other[0]) <= TOLERANCE_PT
        and abs(box[1] - other[1]) <= TOLERANCE_PT
        and abs(box[2] - other[2]) <= TOLERANCE_PT
        and abs(box[3] - other[3]) <= TOLERANCE_PT
    )


def _check_lines(shown: _Shown, start: _Start) -> None:
    """Make sure that each line of a text that leaves its cell is seen as one that is wider."""
    if not all(line.is_shown_between(start.left_pt, start.right_pt) for line in shown.lines):
        raise NotInGrammar


def _add_shown(style: _Style, piece: bytes) -> _Shown:
    """Match what a text shows, one operator for each of its lines or for a part of one."""
    digits = piece[1 : -len(_END_OF_ONLY_LINE)]
    try:
        if piece[:1] == b"<" and piece.endswith(_END_OF_ONLY_LINE) and digits.isalnum():
            codes = style.font.codes(digits)
            text = style.font.text(codes)
            seen_pt = width_pt = style.font.width_em(codes) * style.size_pt
            if text[-1:].isspace():
                seen_pt = style.font.width_em(codes[: seen_part(style.font, codes)[1]]) * style.size_pt
            lines = [Line(0.0, 0.0, seen_pt, width_pt)]
            shown = _Shown(join_lines([text]), 0.0, 0.0, 0.0, width_pt, lines)
        else:
            pen = Pen(style.font, style.size_pt)
            pen.apply_all(piece)
            value = join_lines(list(map("".join, pen.parts)))
            leftmost_pt = min((line.start_pt for line in pen.lines), default=0.0)
            rightmost_pt = max((line.end_pt for line in pen.lines), default=0.0)
            shown = _Shown(value, pen.lowest_pt, pen.highest_pt, leftmost_pt, rightmost_pt, pen.lines)
    except FontNotUnderstood:
        raise NotInGrammar from None
    if len(style.shown) >= _KEPT:
        style.shown.clear()
    style.shown[piece] = shown
    return shown
