"""Both readers, cell by cell: what they read differently is refused."""

from __future__ import annotations

from pathlib import Path

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportUnproven
from sync.report.document import Document, Page
from sync.report.engine_pdfplumber import PdfplumberEngine
from sync.report.engine_stream import StreamEngine
from sync.report.page import TOLERANCE_PT, DrawnCells, Frame, column_count


class BothEngines:
    """Reads each page twice."""

    def __init__(self, document: Document, path: Path) -> None:
        self._first = StreamEngine(document, path)
        self._second = PdfplumberEngine(document, path)
        self.read_again = self._first.read_again

    def close(self) -> None:
        self._first.close()
        self._second.close()

    def cells(self, page: Page) -> DrawnCells:
        """Return the cells of a page.

        Raises: ReportError, ReportUnproven if the engines differ.
        """
        cells, others = self._first.cells(page), self._second.cells(page)
        if len(cells.frames) != len(others.frames):
            text = _("the content stream has %(cells)s cells, pdfplumber reads %(others)s")
            raise ReportUnproven(text, page=page.number, cells=len(cells.frames), others=len(others.frames))
        for index, cell in enumerate(zip(*cells, *others, strict=True)):
            if not _are_equal(*cell):
                row, column = divmod(index, column_count(cells.frames))
                text = _("the two engines read the cell in row %(row)s, column %(column)s differently")
                raise ReportUnproven(text, page=page.number, row=row, column=column + 1)
        return cells


def _are_equal(frame: Frame, text: str, other: Frame, other_text: str) -> bool:
    # pdfplumber counts from the page's corner, which can be elsewhere; its sizes are the same.
    sizes = zip(_size(frame), _size(other), strict=True)
    return text == other_text and all(abs(a - b) <= TOLERANCE_PT for a, b in sizes)


def _size(frame: Frame) -> tuple[float, float]:
    left, bottom, right, top = frame.box
    return right - left, top - bottom
