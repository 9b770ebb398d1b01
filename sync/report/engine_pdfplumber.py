"""The second, independent reader: pdfplumber's glyphs and rectangles, in drawing order.

Slow (a tenth of a second or more per page) but exact: it takes each glyph as it was drawn, while pdfium edits
the text for display. A glyph's cell follows from the drawing order, not from its position, since text wider
than its cell extends into the next one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.layout import LTChar, LTCurve, LTFigure, LTRect
from pdfminer.pdftypes import PDFStream, resolve1

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportError, ReportLayoutBroken, ReportUnreadable
from sync.report.page import BORDER_PT, TOLERANCE_PT, Cell

# A gap of this share of the font size between two glyphs is a blank.
_WORD_GAP = 0.15


class PdfplumberEngine:
    """Reads the cells of a file's pages with pdfplumber."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            self._pdf: Any = pdfplumber.open(self._file, raise_unicode_errors=False)
            self.page_count = len(self._pdf.pages)
        except Exception as exc:  # pdfminer raises all kinds of exceptions for broken files
            self._file.close()
            text = _("pdfplumber can't open the file (%(type)s)")
            raise ReportUnreadable(text, type=type(exc).__name__) from exc
        if self._pdf.doc.encryption:
            self.close()
            raise ReportUnreadable(_("the file is encrypted"))

    def close(self) -> None:
        self._pdf.close()
        self._file.close()

    def cells(self, page_number: int) -> list[Cell]:
        """Return the cells of a page (from 1) in drawing order.

        Raises: ReportError.
        """
        page = self._pdf.pages[page_number - 1]
        try:
            _check_fonts(page.page_obj.resources, page_number)
            return _Drawing(page_number, float(page.width)).cells(page.layout)
        except ReportError:
            raise
        except Exception as exc:
            text = _("pdfplumber can't read the page (%(type)s)")
            raise ReportUnreadable(text, page=page_number, type=type(exc).__name__) from exc
        finally:
            page.close()


class _Drawing:
    """What has been drawn on a page so far."""

    def __init__(self, page_number: int, page_width_pt: float) -> None:
        self._page_number = page_number
        self._page_width_pt = page_width_pt
        self._cells: list[Cell] = []
        self._previous: LTChar | None = None

    def cells(self, layout: Any) -> list[Cell]:
        for item in layout:
            if isinstance(item, LTChar):
                self._add_glyph(item)
            elif isinstance(item, LTRect):
                self._add_rectangle(item)
            elif isinstance(item, LTFigure | LTCurve):
                raise ReportLayoutBroken(
                    _("something else than cells is drawn on it"), page=self._page_number
                )
        return self._cells

    def _add_rectangle(self, rectangle: LTRect) -> None:
        left, bottom, right, top = rectangle.bbox
        is_border = min(right - left, top - bottom) < BORDER_PT
        is_background = right - left > self._page_width_pt - TOLERANCE_PT
        if not (is_border or is_background):
            self._cells.append(Cell((left, bottom, right, top), _is_shaded(rectangle), []))
            self._previous = None

    def _add_glyph(self, glyph: LTChar) -> None:
        if not self._cells:
            raise ReportLayoutBroken(_("text is drawn outside the table"), page=self._page_number)
        text = glyph.get_text()
        if text.startswith("(cid:"):
            raise ReportUnreadable(_("a glyph has no character"), page=self._page_number)
        lines = self._cells[-1].lines
        previous = self._previous
        if previous is None or abs(previous.matrix[5] - glyph.matrix[5]) > TOLERANCE_PT:
            _check_inside(glyph, self._cells[-1], self._page_number)
            lines.append(text)
        elif glyph.x0 - previous.x1 > _WORD_GAP * glyph.size:
            lines[-1] += f" {text}"
        else:
            lines[-1] += text
        self._previous = glyph


def _check_fonts(resources: Any, page_number: int) -> None:
    """Reject a font that numbers its glyphs without a ToUnicode map: pdfminer would make up characters."""
    for reference in (resolve1(resources.get("Font")) or {}).values():
        font = resolve1(reference)
        is_numbered = str(getattr(font.get("Encoding"), "name", "")).startswith("Identity")
        if is_numbered and not isinstance(resolve1(font.get("ToUnicode")), PDFStream):
            raise ReportUnreadable(_("its font has no map from glyphs to characters"), page=page_number)


def _is_shaded(rectangle: LTRect) -> bool:
    """Tell a header's dark fill from a body's light one (white; pale yellow under the footer)."""
    color = rectangle.non_stroking_color
    parts = color if isinstance(color, tuple | list) else (color,)
    return all(isinstance(part, int | float) and part < 0.8 for part in parts)


def _check_inside(glyph: LTChar, cell: Cell, page_number: int) -> None:
    """Make sure that a line's baseline lies in the cell that was drawn before it."""
    baseline = glyph.matrix[5]
    if not cell.box[1] - TOLERANCE_PT < baseline < cell.box[3] + TOLERANCE_PT:
        raise ReportLayoutBroken(_("text is drawn outside its cell"), page=page_number)
