"""The fast reader: pdfium's page objects, in drawing order.

A page whose text pdfium may have edited (see `pdfium_text`) is read glyph by glyph by the second engine.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportLayoutBroken, ReportUnreadable
from sync.report import pdfium_calls as calls
from sync.report.page import BORDER_PT, TOLERANCE_PT, Box, Cell, Engine
from sync.report.pdfium_text import GlyphWidths, PageText, TextNotTrusted

# Each cell is drawn as its fill and four borders, then its text: see docs/export-format.md.
_BORDERS = 4
# A header's fill is 128 of 255 in each colour, a body's at least 224.
_LIGHT = 204


class PdfiumEngine:
    """Reads the cells of a file's pages with pdfium."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._second: Engine | None = None
        self._widths = GlyphWidths()
        try:
            self._document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError as exc:
            raise ReportUnreadable(_("pdfium can't open the file: %(error)s"), error=str(exc)) from exc
        if raw.FPDF_GetSecurityHandlerRevision(self._document.raw) >= 0:
            self._document.close()
            raise ReportUnreadable(_("the file is encrypted"))
        self.page_count: int = len(self._document)

    def close(self) -> None:
        self._document.close()
        if self._second is not None:
            self._second.close()

    def cells(self, page_number: int) -> list[Cell]:
        """Return the cells of a page (from 1) in drawing order.

        Raises: ReportError.
        """
        try:
            with self._open_page(page_number) as (page, text_page):
                return _Drawing(page, PageText(text_page, self._widths), page_number).cells()
        except TextNotTrusted:
            return self._second_engine().cells(page_number)

    def _second_engine(self) -> Engine:
        if self._second is None:
            from sync.report.engine_pdfplumber import PdfplumberEngine  # noqa: PLC0415  # slow to import

            self._second = PdfplumberEngine(self._path)
            if self._second.page_count != self.page_count:
                raise ReportUnreadable(
                    _("pdfium sees %(pages)s pages in it, pdfplumber %(others)s"),
                    pages=self.page_count,
                    others=self._second.page_count,
                )
        return self._second

    @contextmanager
    def _open_page(self, page_number: int) -> Iterator[tuple[Any, Any]]:
        page = raw.FPDF_LoadPage(self._document.raw, page_number - 1)
        if not page:
            raise ReportUnreadable(_("pdfium can't read the page"), page=page_number)
        text_page = raw.FPDFText_LoadPage(page)
        try:
            yield page, text_page
        finally:
            raw.FPDFText_ClosePage(text_page)
            raw.FPDF_ClosePage(page)


class _Drawing:
    """The objects of one page, turned into cells."""

    def __init__(self, page: Any, text: PageText, page_number: int) -> None:
        self._page = calls.address_of(page)
        self._text = text
        self._page_number = page_number
        self._count: int = raw.FPDFPage_CountObjects(page)
        self._width_pt: float = raw.FPDF_GetPageWidthF(page)
        self._sides = (ctypes.c_float * 4)()
        self._side_addresses = calls.element_addresses(self._sides)
        self._color = (ctypes.c_uint * 4)()
        self._color_addresses = calls.element_addresses(self._color)
        self._line_bottom = 0.0
        # The top of a row, and how far right its texts that are wider than their cells extend.
        self._spilled: tuple[float, float] = (0.0, 0.0)

    def cells(self) -> list[Cell]:
        """Return the page's cells: skip the borders if they are where they belong, else check each object."""
        cells = self._read(borders=_BORDERS)
        if cells is None:
            self._line_bottom, self._spilled = 0.0, (0.0, 0.0)
            cells = self._read(borders=0)
        if cells is None:
            raise ReportLayoutBroken(_("something else than cells is drawn on it"), page=self._page_number)
        return cells

    def _read(self, *, borders: int) -> list[Cell] | None:
        """Read the page, skipping this many objects after each fill; None if something else is drawn.

        Most of a page's objects are the four borders after each fill: skipping them halves the time. If they
        are followed by anything but text or the next fill, the page is not drawn by that pattern.
        """
        get_object, get_type, page, count = calls.get_object, calls.get_type, self._page, self._count
        cells: list[Cell] = []
        cell: Cell | None = None
        index, row_top = self._first_cell_index(), 0.0
        while index < count:
            item = get_object(page, index)
            kind, box = get_type(item), self._box(item)
            index += 1
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                if cell is None:
                    raise ReportLayoutBroken(_("text is drawn outside the table"), page=self._page_number)
                self._add_text(item, box, cell)
            elif kind != raw.FPDF_PAGEOBJ_PATH:
                return None
            elif not _is_border(box):
                # The cells of one row are filled alike.
                is_shaded = cell.is_shaded if cell and box[3] == row_top else self._is_shaded(item)
                cell, row_top = Cell(box, is_shaded, []), box[3]
                cells.append(cell)
                index += borders
            elif borders:
                return None
        return cells if index == count else None

    def _first_cell_index(self) -> int:
        """Return 1 to skip the page's white background, 0 if there is none."""
        if not self._count:
            return 0
        left, _bottom, right, _top = self._box(calls.get_object(self._page, 0))
        return int(right - left > self._width_pt - TOLERANCE_PT)

    def _box(self, item: int) -> Box:
        calls.get_bounds(item, *self._side_addresses)
        left, bottom, right, top = self._sides
        return left, bottom, right, top

    def _is_shaded(self, fill: int) -> bool:
        """Tell a header's dark fill from a body's light one (white; pale yellow under the footer)."""
        calls.get_fill_color(fill, *self._color_addresses)
        return max(self._color[:3]) < _LIGHT

    def _add_text(self, item: int, box: Box, cell: Cell) -> None:
        text = self._text.of(item, box, is_alone=self._is_alone(box, cell))
        if not cell.box[1] < (box[1] + box[3]) / 2 < cell.box[3]:
            raise ReportLayoutBroken(_("text is drawn outside its cell"), page=self._page_number)
        if cell.lines and box[3] > self._line_bottom:
            raise TextNotTrusted  # a second piece on one line: a blank may separate them
        self._line_bottom = box[1]
        cell.lines.append(text)

    def _is_alone(self, box: Box, cell: Cell) -> bool:
        """Tell whether no other text overlaps: pdfium drops a glyph drawn on top of an equal one."""
        top, right = self._spilled if self._spilled[0] == cell.box[3] else (cell.box[3], 0.0)
        self._spilled = (top, max(right, box[2]) if box[2] > cell.box[2] else right)
        return box[0] > max(right, cell.box[0])


def _is_border(box: Box) -> bool:
    return min(box[2] - box[0], box[3] - box[1]) < BORDER_PT
