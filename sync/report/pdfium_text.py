"""Read texts with pdfium, and check that they are what was drawn.

pdfium edits text for display: it turns a hyphen at a line's end into U+0002 or drops it, decomposes
ligatures, drops a blank after a blank and a glyph on top of an equal one, and reorders Hebrew and Arabic. So
each text is verified: its glyphs together must be as wide as the drawn ink.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any

from pypdfium2 import raw

from sync.report import pdfium_calls as calls
from sync.report.page import Box

# The rounding error over a long text; the narrowest glyph is 1.7 pt wide.
_WIDTH_TOLERANCE_PT = 0.6
# A narrower glyph could be lost within the tolerance: zero-width joiners, or a damaged table of widths.
_NARROWEST_PT = 1.5
_GLYPH_TOLERANCE_PT = 0.05
_TEXT_BYTES = 4096
_SEEN_MAX = 4096
# pdfium's marks for a hyphen at a line's end, soft or not.
_HYPHEN_MARKS = str.maketrans({"\x02": "-", "\ufffe": "-"})
_SOFT_HYPHEN = "\xad"
_NO_CHARACTER = "\uffff"
# What pdfium decomposes or reorders: control characters, right-to-left scripts, presentation forms.
_EDITED = re.compile("[\x00-\x1f\x7f\xad\u0300-\u036f\u0590-\u08ff\u200e\u200f\ufb00-\ufdff\ufe70-\ufeff]")


class TextNotTrusted(Exception):
    """pdfium's text of this page may not be what was drawn."""


class GlyphWidths:
    """The advance of each character, and the space left and right of its ink, in points.

    Collected page by page, for the report's one font and size. With several fonts the widths do not match, so
    the text is not trusted and the second engine reads it.
    """

    def __init__(self) -> None:
        self._advances: dict[str, float] = {}
        self._bearings: dict[str, tuple[float, float]] = {}
        # Earlier texts and the widths of their ink: most cells repeat others ("0,00 €", a city).
        self.seen: dict[bytes, tuple[str, float]] = {}

    def knows(self, text: str) -> bool:
        return self._advances.keys() >= set(text)

    def advance_pt(self, character: str) -> float:
        return self._advances[character]

    def ink_width_pt(self, text: str) -> float:
        """Return how wide the ink of a text is, from its first glyph's left to its last one's right."""
        advance = sum(map(self._advances.__getitem__, text))
        return advance - self._bearings[text[0]][0] - self._bearings[text[-1]][1]

    def remember(self, encoded: bytes, text: str) -> tuple[str, float]:
        """Return a text with its ink's width, and keep both for the next time."""
        if len(self.seen) >= _SEEN_MAX:
            self.seen.clear()
        entry = self.seen[encoded] = (text, self.ink_width_pt(text))
        return entry

    def learn(self, text_page: Any) -> None:
        """Measure the characters of a page that are not known yet."""
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        previous: tuple[str, float, float] | None = None
        for index in range(raw.FPDFText_CountChars(text_page)):
            character = _character(text_page, index)
            if character in self._advances or not _is_drawn(text_page, index):
                continue
            x, y = _origin(text_page, index)
            if previous is not None and previous[1:] == (x, y):
                # A decomposed ligature: neither part has a width of its own.
                self._advances.pop(previous[0], None)
                continue
            previous = (character, x, y)
            sides = (left, right, bottom, top)
            raw.FPDFText_GetCharBox(text_page, index, *(ctypes.byref(side) for side in sides))
            advance = _advance(text_page, index, character)
            if advance < _NARROWEST_PT:
                continue
            self._advances[character] = advance
            self._bearings[character] = (left.value - x, x + advance - right.value)


class PageText:
    """The texts of one page."""

    def __init__(self, text_page: Any, widths: GlyphWidths) -> None:
        self._text_page = text_page
        self._widths = widths
        self._has_learned = False
        self._buffer = ctypes.create_string_buffer(_TEXT_BYTES)
        self._buffer_address = ctypes.addressof(self._buffer)
        self._text_page_address = calls.address_of(text_page)
        self._indexes: dict[int, list[int]] = {}

    def of(self, item: int, box: Box, *, is_alone: bool) -> str:
        """Return the text of a text object, after checking that it is what was drawn.

        ``box`` bounds its ink; ``is_alone`` says that no other text overlaps it.
        Raises: TextNotTrusted.
        """
        size = calls.get_text(item, self._text_page_address, self._buffer_address, _TEXT_BYTES)
        if size > _TEXT_BYTES:
            raise TextNotTrusted
        encoded = ctypes.string_at(self._buffer_address, size - 2)
        text, ink_width_pt = self._widths.seen.get(encoded) or self._measured(encoded, item)
        excess_pt = box[2] - box[0] - ink_width_pt
        if abs(excess_pt) > _WIDTH_TOLERANCE_PT and not (is_alone and self._only_blanks_dropped(item)):
            raise TextNotTrusted
        return text

    def _measured(self, encoded: bytes, item: int) -> tuple[str, float]:
        """Decode a text and return it with the width that its ink must have.

        Raises: TextNotTrusted.
        """
        text = encoded.decode("utf-16-le", "surrogatepass").strip(" ")
        if not text.isascii() or not text.isprintable():
            unmarked = text.translate(_HYPHEN_MARKS)
            if _EDITED.search(unmarked) or (unmarked != text and _has_character(item, _SOFT_HYPHEN)):
                raise TextNotTrusted
            text = unmarked
        if not self._widths.knows(text) and not self._has_learned:
            self._widths.learn(self._text_page)
            self._has_learned = True
        if not text or not self._widths.knows(text):
            raise TextNotTrusted
        return self._widths.remember(encoded, text)

    def _only_blanks_dropped(self, item: int) -> bool:
        """Tell whether each glyph directly follows the one before, except for blanks after a blank.

        Runs of blanks are read as one anyway, so those that pdfium drops do not matter.
        """
        blank_pt = self._widths.advance_pt(" ") if self._widths.knows(" ") else 0.0
        end_x: float | None = None
        previous = ""
        for index in self._indexes_of(item):
            character = _character(self._text_page, index)
            x, _ = _origin(self._text_page, index)
            gap_pt = 0.0 if end_x is None else x - end_x
            if previous == " " and blank_pt:
                gap_pt -= round(gap_pt / blank_pt) * blank_pt
            if abs(gap_pt) > _GLYPH_TOLERANCE_PT or not self._widths.knows(character):
                return False
            end_x, previous = x + self._widths.advance_pt(character), character
        return True

    def _indexes_of(self, item: int) -> list[int]:
        """Return where the drawn characters of a text object stand in the page's text."""
        if not self._indexes:
            for index in range(raw.FPDFText_CountChars(self._text_page)):
                if raw.FPDFText_IsGenerated(self._text_page, index) != 1:
                    owner = raw.FPDFText_GetTextObject(self._text_page, index)
                    self._indexes.setdefault(calls.address_of(owner), []).append(index)
        return self._indexes.get(item, [])


def _character(text_page: Any, index: int) -> str:
    return chr(raw.FPDFText_GetUnicode(text_page, index)).translate(_HYPHEN_MARKS)


def _is_drawn(text_page: Any, index: int) -> bool:
    """Tell whether a character was drawn and is in the font's own map: otherwise pdfium guesses it."""
    is_generated = raw.FPDFText_IsGenerated(text_page, index) == 1
    return not is_generated and raw.FPDFText_HasUnicodeMapError(text_page, index) != 1


def _origin(text_page: Any, index: int) -> tuple[float, float]:
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, ctypes.byref(x), ctypes.byref(y))
    return x.value, y.value


def _advance(text_page: Any, index: int, character: str) -> float:
    return _advance_in(calls.address_of(raw.FPDFText_GetTextObject(text_page, index)), character)


def _advance_in(item: int, character: str) -> float:
    size, width = ctypes.c_float(), ctypes.c_float()
    text_object = ctypes.cast(item, raw.FPDF_PAGEOBJECT)
    raw.FPDFTextObj_GetFontSize(text_object, ctypes.byref(size))
    raw.FPDFFont_GetGlyphWidth(
        raw.FPDFTextObj_GetFont(text_object), ord(character), size, ctypes.byref(width)
    )
    return width.value


def _has_character(item: int, character: str) -> bool:
    """Tell whether the font of a text has a glyph for a character: missing ones all have the same width."""
    return _advance_in(item, character) != _advance_in(item, _NO_CHARACTER)
