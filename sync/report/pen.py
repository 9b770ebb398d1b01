"""Follow the operators of a cell's text: where each piece is shown, and what its lines are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sync.report.fonts import Font
from sync.report.page import BACK_EM, OVERLAP_EM, TOLERANCE_PT, WORD_GAP_EM, Line

# As the exporter writes a number: without an exponent.
NUMBER = rb"(-?(?:\d{1,8}(?:\.\d{0,12})?|\.\d{1,12}))"
# A part of what a text shows: a string, a number, a bracket, an operator.
_PART = re.compile(rb" ?(?:<([0-9A-Fa-f]*)>|%b(?=[ <\]])|([\[\]])|(Td|Tj|TJ)(?= |\Z))" % NUMBER)
# Of a cell. The exporter cuts a text off at 60 characters.
_MAX_CODES = 20_000


class NotInGrammar(Exception):
    """A page that is not drawn as the exporter draws it."""


def seen_part(font: Font, codes: Sequence[int]) -> tuple[int, int]:
    """Return where the codes begin and end without the blanks around them; both are 0 for blanks only."""
    seen = [at for at, code in enumerate(codes) if font.text([code]).strip()]
    return (seen[0], seen[-1] + 1) if seen else (0, 0)


_Operand = float | bytes
"""A number, the hexadecimal digits of a string, or a bracket."""


def _operations(piece: bytes) -> Iterator[tuple[bytes, list[_Operand]]]:
    """Yield each operator with its operands."""
    at, operands = 0, list[_Operand]()
    while at < len(piece):
        match = _PART.match(piece, at)
        if match is None:
            raise NotInGrammar
        at = match.end()
        digits, number, bracket, operator = match.groups()
        if operator:
            yield operator, operands
            operands = []
        else:
            operands.append(float(number) if number else bracket or digits)
    if operands:
        raise NotInGrammar


class Pen:
    """Where the next glyph is drawn, relative to the text's start, and the parts of the lines so far."""

    def __init__(self, font: Font, size_pt: float) -> None:
        self.parts: list[list[str]] = []
        self.lines: list[Line] = []
        self._code_count = 0
        self.lowest_pt = self.highest_pt = 0.0
        self._font, self._size_pt = font, size_pt
        self._line_x_pt = self._x_pt = self._y_pt = 0.0
        # Where the glyph furthest to the right began on this line, and where the glyph before ended.
        self._glyph_x_pt = self._end_x_pt = self._end_y_pt = 0.0
        # Whether only blanks were shown since a gap.
        self._is_apart = False

    def apply_all(self, piece: bytes) -> None:
        """Raises: NotInGrammar, FontNotUnderstood."""
        for operator, operands in _operations(piece):
            self._apply(operator, operands)

    def _apply(self, operator: bytes, operands: list[_Operand]) -> None:
        match operator, operands:
            case b"Td", [float(x_pt), float(y_pt)]:
                self._line_x_pt += x_pt
                self._x_pt, self._y_pt = self._line_x_pt, self._y_pt + y_pt
            case b"Tj", [bytes(digits)] if digits not in (b"[", b"]"):
                self._show(digits)
            case b"TJ", [b"[", *parts, b"]"] if b"[" not in parts and b"]" not in parts:
                self._show_all(parts)
            case _:
                raise NotInGrammar

    def _show_all(self, parts: list[_Operand]) -> None:
        for part in parts:
            if isinstance(part, float):
                self._x_pt -= part / 1000 * self._size_pt
            else:
                self._show(part)

    def _show(self, digits: bytes) -> None:
        codes = self._font.codes(digits)
        if not codes:
            return
        self._code_count += len(codes)
        if self._code_count > _MAX_CODES:
            raise NotInGrammar
        text = self._font.text(codes)
        gap_em = (self._x_pt - self._end_x_pt) / self._size_pt
        if not self.parts or self._y_pt < self._end_y_pt - TOLERANCE_PT:
            self.parts.append([text])
            self.lines.append(Line(self._x_pt, self._x_pt, self._x_pt, self._x_pt))
            self._glyph_x_pt, self._is_apart = self._x_pt, False
        elif (
            self._y_pt > self._end_y_pt + TOLERANCE_PT
            or gap_em < -OVERLAP_EM
            or self._x_pt < self._glyph_x_pt - BACK_EM * self._size_pt
        ):
            # A viewer shows it above, over or to the left of what was drawn before.
            raise NotInGrammar
        elif gap_em > WORD_GAP_EM:
            self.parts[-1] += [" ", text]
            self._is_apart = True
        else:
            self.parts[-1].append(text)
        self._see(codes)
        self._x_pt += self._font.width_em(codes) * self._size_pt
        self._end_x_pt, self._end_y_pt = self._x_pt, self._y_pt
        last_x_pt = self._x_pt - self._font.width_em(codes[-1:]) * self._size_pt
        self._glyph_x_pt = max(self._glyph_x_pt, last_x_pt)
        self.lines[-1] = self.lines[-1]._replace(end_pt=max(self.lines[-1].end_pt, self._x_pt))
        self.lowest_pt = min(self.lowest_pt, self._y_pt)
        self.highest_pt = max(self.highest_pt, self._y_pt)

    def _see(self, codes: Sequence[int]) -> None:
        """Note where what is seen of some codes begins and ends, which are shown next."""
        first, end = seen_part(self._font, codes)
        if not end:
            return
        line, width_em, size_pt = self.lines[-1], self._font.width_em, self._size_pt
        if self._is_apart:
            line = line._replace(last_start_pt=self._x_pt + width_em(codes[:first]) * size_pt)
        seen_end_pt = max(line.seen_end_pt, self._x_pt + width_em(codes[:end]) * size_pt)
        self.lines[-1] = line._replace(seen_end_pt=seen_end_pt)
        self._is_apart = False
