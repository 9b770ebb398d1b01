"""The second, independent reader: pdfplumber's glyphs and rectangles, in drawing order.

Slow (a tenth of a second or more per page). A glyph's cell follows from the drawing order, not from its
position, since text wider than its cell extends into the next one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.layout import LTChar, LTCurve, LTFigure, LTRect
from pdfminer.pdftypes import PDFStream, resolve1

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportError, ReportLayoutBroken, ReportTooLarge, ReportUnreadable
from sync.report.clips import is_shown_whole
from sync.report.document import Document, Page
from sync.report.page import (
    BACK_EM,
    BORDER_PT,
    HEIGHT_EM,
    LEAST_SIZE_PT,
    MAX_CELLS,
    OVERLAP_EM,
    TOLERANCE_PT,
    WORD_GAP_EM,
    Box,
    DrawnCells,
    Frame,
    Line,
    is_dark,
    is_seen,
    is_within,
    join_lines,
)

# More would take several seconds. Source: a page of the real export has 24,000 words at most, and of these
# 6,000 operators; one full of the narrowest columns would have four times as many.
_MAX_WORDS, _MAX_OPERATORS = 150_000, 40_000
# The real page has 15,000, four for each glyph.
_MAX_HEX_DIGITS = 250_000
# Of a glyph, in the fonts that are read.
_MAX_CODE_BYTES = 2
# They need no map from glyphs to characters, if their encoding is one of these.
_SIMPLE_FONTS = ("Type1", "MMType1", "TrueType")
_KNOWN_ENCODINGS = ("WinAnsiEncoding", "MacRomanEncoding", "StandardEncoding")
# Operators of images, shadings, layers and transparency, those that move text or hide it, those of
# colours other than red, green and blue, and the one for which pdfminer begins no line.
_OTHERWISE_DRAWN = frozenset(b'Do BI sh OC gs Tr Ts Tz cs CS sc SC scn SCN "'.split())
_HEX = re.compile(rb"<[0-9A-Fa-f\s]*>")
_WORD = re.compile(rb"[^\0\s\[\]()<>{}/%]+")


class PdfplumberEngine:
    """Reads the cells of a document's pages with pdfplumber, which opens the file once more."""

    def __init__(self, document: Document, path: Path) -> None:
        document.streams.check()
        self.read_again: set[int] = set()
        self._document = document
        self._file = path.open("rb")
        try:
            self._pdf: Any = pdfplumber.open(self._file, raise_unicode_errors=False)
            count = len(self._pdf.pages)
        except (ReportError, MemoryError):
            self._file.close()
            raise
        except Exception as exc:  # pdfminer raises all kinds of exceptions for broken files
            self._file.close()
            text = _("pdfplumber can't open the file (%(type)s)")
            raise ReportUnreadable(text, type=type(exc).__name__) from exc
        if count != len(document.pages):
            self.close()
            text = _("pikepdf sees %(pages)s pages in it, pdfplumber %(others)s")
            raise ReportUnreadable(text, pages=len(document.pages), others=count)

    def close(self) -> None:
        self._pdf.close()
        self._file.close()

    def cells(self, page: Page) -> DrawnCells:
        """Return the cells of a page in drawing order.

        Raises: ReportError.
        """
        shown_bytes = self._check_content(page)
        self._check_maps(page)
        self.read_again.add(page.number)
        plumbed = self._pdf.pages[page.number - 1]
        try:
            _check_fonts(plumbed.page_obj.resources, page.number)
            return _Drawing(page).cells(plumbed.layout, shown_bytes)
        except (ReportError, MemoryError):
            raise
        except Exception as exc:
            text = _("pdfplumber can't read the page (%(type)s)")
            raise ReportUnreadable(text, page=page.number, type=type(exc).__name__) from exc
        finally:
            plumbed.close()

    def _check_maps(self, page: Page) -> None:
        """Refuse what pdfminer would expand without end, and a glyph of which it takes the last character."""
        if self._document.has_look_alikes(page):
            raise ReportUnreadable(_("a glyph of it has two characters"), page=page.number)

    def _check_content(self, page: Page) -> int:
        """Refuse what pdfminer would take long for; return how many bytes are shown as hexadecimal digits."""
        content = b"\n".join(self._document.contents(page))
        shown, rest = _HEX.findall(content), _HEX.sub(b" ", content)
        words = _WORD.findall(rest)
        # A name's letters can be written as codes, `#4f`.
        if not _OTHERWISE_DRAWN.isdisjoint(words) or any(b"#" in word for word in words):
            raise ReportLayoutBroken(_("something else than cells is drawn on it"), page=page.number)
        is_large = len(words) + len(shown) > _MAX_WORDS or sum(map(bytes.isalpha, words)) > _MAX_OPERATORS
        if is_large or sum(map(len, shown)) > _MAX_HEX_DIGITS:
            text = _("more is drawn on it than on any page of a list")
            raise ReportTooLarge(text, page=page.number)
        if not is_shown_whole(rest):
            raise ReportLayoutBroken(_("a part of it is cut off"), page=page.number)
        return sum(len(each.translate(None, b"<> \t\r\n\f\0")) for each in shown) // 2


class _Drawing:
    """What has been drawn on a page so far."""

    def __init__(self, page: Page) -> None:
        self._page_number = page.number
        left, bottom, right, top = page.box
        # pdfminer counts from the page's corner.
        self._page_box: Box = (0.0, 0.0, right - left, top - bottom)
        self._has_background = False
        self._frames: list[Frame] = []
        self._lines: list[list[str]] = []
        # Of the last frame.
        self._fill = (1.0, 1.0, 1.0)
        self._previous: LTChar | None = None
        self._line: Line | None = None
        # Whether only blanks were drawn on it since a gap, and where the glyph furthest to the right began.
        self._is_apart = False
        self._furthest_x0 = 0.0

    def cells(self, layout: Any, shown_bytes: int) -> DrawnCells:
        """Return the cells of a page on which ``shown_bytes`` of text are shown at least."""
        glyph_count = 0
        for item in layout:
            if isinstance(item, LTChar):
                self._add_glyph(item)
                glyph_count += 1
            elif isinstance(item, LTRect):
                self._add_rectangle(item)
            elif isinstance(item, LTFigure | LTCurve):
                raise ReportLayoutBroken(
                    _("something else than cells is drawn on it"), page=self._page_number
                )
        self._end_line()
        # pdfminer leaves out what is shown in no font, or in one that it can't read.
        if glyph_count * _MAX_CODE_BYTES < shown_bytes:
            raise ReportUnreadable(_("not all of its text can be read"), page=self._page_number)
        return DrawnCells(self._frames, [join_lines(lines) for lines in self._lines])

    def _add_rectangle(self, rectangle: LTRect) -> None:
        left, bottom, right, top = rectangle.bbox
        is_border = min(right - left, top - bottom) < BORDER_PT
        is_page = all(abs(a - b) <= TOLERANCE_PT for a, b in zip(rectangle.bbox, self._page_box, strict=True))
        if is_page and not (self._frames or self._has_background):
            self._has_background = True
        elif not is_border:
            is_page = right - left > self._page_box[2] - TOLERANCE_PT
            if is_page or not is_within(rectangle.bbox, self._page_box):
                raise ReportLayoutBroken(
                    _("something else than cells is drawn on it"), page=self._page_number
                )
            if len(self._frames) >= MAX_CELLS:
                raise ReportTooLarge(
                    _("more is drawn on it than on any page of a list"), page=self._page_number
                )
            self._end_line()
            self._fill = _rgb(rectangle.non_stroking_color)
            self._frames.append(Frame((left, bottom, right, top), is_dark(self._fill)))
            self._lines.append([])
            self._previous = None

    def _add_glyph(self, glyph: LTChar) -> None:
        if not self._frames:
            raise ReportLayoutBroken(_("text is drawn outside the table"), page=self._page_number)
        text, lines = self._seen_text(glyph), self._lines[-1]
        previous = self._previous
        gap_em = (glyph.x0 - previous.x1) / glyph.size if previous is not None else 0.0
        if previous is None or glyph.matrix[5] < previous.matrix[5] - TOLERANCE_PT:
            self._end_line()
            _check_inside(glyph, self._frames[-1].box, self._page_number)
            lines.append(text)
            self._line = Line(glyph.x0, glyph.x0, glyph.x0, glyph.x0)
            self._furthest_x0, self._is_apart = glyph.x0, False
        elif _is_before(glyph, previous, self._furthest_x0):
            text = _("its text is not drawn from left to right and from top to bottom")
            raise ReportLayoutBroken(text, page=self._page_number)
        elif gap_em > WORD_GAP_EM:
            lines[-1] += f" {text}"
            self._is_apart = True
        else:
            lines[-1] += text
        self._previous, self._furthest_x0 = glyph, max(self._furthest_x0, glyph.x0)
        if self._line is not None:
            self._line = self._with(self._line, glyph, is_blank=not text.strip())

    def _with(self, line: Line, glyph: LTChar, *, is_blank: bool) -> Line:
        """Return a line with one more glyph."""
        line = line._replace(end_pt=max(line.end_pt, glyph.x1))
        if is_blank:
            return line
        start_pt, self._is_apart = glyph.x0 if self._is_apart else line.last_start_pt, False
        return line._replace(last_start_pt=start_pt, seen_end_pt=max(line.seen_end_pt, glyph.x1))

    def _seen_text(self, glyph: LTChar) -> str:
        """Return a glyph's characters. Raises: ReportUnreadable, ReportLayoutBroken."""
        text = str(glyph.get_text())
        # Empty for a code that the map gives no whole character.
        if not text or "\0" in text or text.startswith("(cid:"):
            raise ReportUnreadable(_("a glyph has no character"), page=self._page_number)
        across, up, slanted, high, _x, _y = glyph.matrix
        if up or slanted or min(across, high) <= 0:
            raise ReportLayoutBroken(_("text is drawn at an angle"), page=self._page_number)
        size_pt = glyph.size * min(1.0, across / high)
        if size_pt < LEAST_SIZE_PT or not is_seen(_rgb(glyph.graphicstate.ncolor), self._fill):
            raise ReportLayoutBroken(_("it has text that can't be seen"), page=self._page_number)
        return text

    def _end_line(self) -> None:
        """Refuse a line that is not in its cell; a wider one may begin left of it or end right of it."""
        if self._line is not None:
            left, _bottom, right, _top = self._frames[-1].box
            if not self._line.is_shown_between(left, right):
                raise _outside(self._page_number)
        self._line = None


def _is_before(glyph: LTChar, previous: LTChar, furthest_x0: float) -> bool:
    """Tell whether a glyph is above the one drawn before it, over it, or left of one of its line."""
    least_x0 = max(furthest_x0 - BACK_EM * glyph.size, previous.x1 - OVERLAP_EM * glyph.size)
    return bool(glyph.matrix[5] > previous.matrix[5] + TOLERANCE_PT or glyph.x0 < least_x0)


def _check_fonts(resources: Any, page_number: int) -> None:
    """Reject a font that does not say which characters its glyphs are: pdfminer would make them up."""
    for reference in (resolve1(resources.get("Font")) or {}).values():
        if not _has_characters(resolve1(reference)):
            raise ReportUnreadable(_("its font has no map from glyphs to characters"), page=page_number)


def _has_characters(font: Any) -> bool:
    has_map = isinstance(resolve1(font.get("ToUnicode")), PDFStream)
    encoding = resolve1(font.get("Encoding"))
    # pdfminer reads the program of one without an encoding, and skips differences that it does not know.
    if encoding is None and "FontFile" in (resolve1(font.get("FontDescriptor")) or {}):
        return False
    if isinstance(encoding, dict) and "Differences" in encoding and not has_map:
        return False
    if isinstance(encoding, dict):
        encoding = resolve1(encoding.get("BaseEncoding"))
    name, kind = (getattr(each, "name", "") for each in (encoding, resolve1(font.get("Subtype"))))
    if kind == "Type0":
        return has_map and name == "Identity-H"
    return has_map or (kind in _SIMPLE_FONTS and name in _KNOWN_ENCODINGS)


def _rgb(color: Any) -> tuple[float, float, float]:
    """Return red, green and blue of a colour given as one to four numbers, or as none for black.

    Raises: TypeError, ValueError, for a pattern.
    """
    parts = color if isinstance(color, tuple | list) else (0.0 if color is None else color,)
    numbers = [float(part) for part in parts]
    if len(numbers) == 4:
        *inks, black = numbers
        numbers = [1 - min(1.0, ink + black) for ink in inks]
    red, green, blue = numbers * 3 if len(numbers) == 1 else numbers
    return red, green, blue


def _check_inside(glyph: LTChar, box: Box, page_number: int) -> None:
    """Make sure that a line begins at a height in the cell that was drawn before it, and not right of it."""
    baseline = glyph.matrix[5]
    is_at_its_height = box[1] - TOLERANCE_PT < baseline < box[3] - HEIGHT_EM * glyph.size
    if not is_at_its_height or glyph.x0 > box[2] + TOLERANCE_PT:
        raise _outside(page_number)


def _outside(page_number: int) -> ReportLayoutBroken:
    return ReportLayoutBroken(_("text is drawn outside its cell"), page=page_number)
