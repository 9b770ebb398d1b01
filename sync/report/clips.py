"""Whether what is drawn on a page is within its clips, which pdfminer ignores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from sync.report.page import BORDER_PT, Box, is_within

# A comment, a string in brackets with at most one pair in it, a bracket, or a name, a number or an operator.
_TOKEN = re.compile(
    rb"%[^\r\n]*|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)|[<>\[\]{}()]|/?[^\0\s\[\]()<>{}/%]+", re.DOTALL
)
_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)")
_PAINTS = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"n"})
_SHOWS = frozenset({b"Tj", b"TJ", b"'"})
# They draw what no list has, if their operands are not those below.
_DRAWS = frozenset({b"cm", b"re", b"m", b"l", b"c", b"v", b"y", b"W*"})
_EVERYWHERE: Box = (-1e9, -1e9, 1e9, 1e9)


def is_shown_whole(content: bytes) -> bool:
    """Tell whether no clip cuts off a cell or the cell of a text, and no glyph is upside down.

    ``content`` is a page's without its hexadecimal strings. A clip must be one rectangle.
    """
    clips, operands = _Clips(), list[float]()
    for token in (match[0] for match in _TOKEN.finditer(content)):
        if _NUMBER.fullmatch(token):
            operands.append(float(token))
        elif token in (b"(", b")"):
            return False
        elif token[:1].isalpha() or token == b"'":
            if not clips.apply(token, operands):
                return False
            operands = []
    return True


def _without_borders(cell: Box) -> Box:
    """Return what a text is clipped to at least."""
    left, bottom, right, top = cell
    return left + BORDER_PT, bottom + BORDER_PT, right - BORDER_PT, top - BORDER_PT


class _State(NamedTuple):
    """What ``q`` saves: the scale and the origin of coordinates, and the clip."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    x: float = 0.0
    y: float = 0.0
    clip: Box = _EVERYWHERE


class _Clips:
    """The clip, the path and the last cell so far."""

    def __init__(self) -> None:
        self._state = _State()
        self._saved: list[_State] = []
        self._path: list[Box] = []
        self._has_lines = self._is_clip = False
        self._cell: Box | None = None

    def apply(self, operator: bytes, operands: Sequence[float]) -> bool:
        """Follow an operator; tell whether all is shown so far."""
        match operator, operands:
            case b"q", _:
                self._saved.append(self._state)
            case b"Q", _ if self._saved:
                self._state = self._saved.pop()
            case b"cm", [a, 0.0, 0.0, d, e, f]:
                now = self._state
                x, y = now.x + e * now.scale_x, now.y + f * now.scale_y
                self._state = _State(now.scale_x * a, now.scale_y * d, x, y, now.clip)
            case b"re", [x, y, width, height]:
                self._add(x, y, x + width, y + height)
            case ((b"m" | b"l"), [x, y]):
                self._has_lines = True
                self._add(x, y, x, y)
            case b"W", _:
                self._is_clip = True
            case _:
                return self._is_shown(operator, operands)
        return True

    def _is_shown(self, operator: bytes, operands: Sequence[float]) -> bool:
        if operator in _PAINTS:
            return self._paint(is_filled=operator != b"n")
        if operator in _SHOWS:
            return self._cell is None or is_within(_without_borders(self._cell), self._state.clip)
        is_upside_down = operator == b"Tf" and min(operands, default=0.0) < 0
        return operator not in _DRAWS and not is_upside_down

    def _add(self, left: float, bottom: float, right: float, top: float) -> None:
        now = self._state
        xs = sorted(now.x + now.scale_x * each for each in (left, right))
        ys = sorted(now.y + now.scale_y * each for each in (bottom, top))
        self._path.append((xs[0], ys[0], xs[1], ys[1]))

    def _paint(self, *, is_filled: bool) -> bool:
        path, has_lines, is_clip = self._path, self._has_lines, self._is_clip
        self._path, self._has_lines, self._is_clip = [], False, False
        if has_lines:
            lefts, bottoms, rights, tops = zip(*path, strict=True)
            path = [(min(lefts), min(bottoms), max(rights), max(tops))]
        cells = [box for box in path if min(box[2] - box[0], box[3] - box[1]) >= BORDER_PT]
        if is_filled and cells:
            self._cell = cells[-1]
            if not all(is_within(cell, self._state.clip) for cell in cells):
                return False
        if is_clip:
            if has_lines or len(path) != 1:
                return False
            (left, bottom, right, top), outer = path[0], self._state.clip
            clip = (max(left, outer[0]), max(bottom, outer[1]), min(right, outer[2]), min(top, outer[3]))
            self._state = self._state._replace(clip=clip)
        return True
