"""The fast reader: the content stream of each page, which says exactly what was drawn.

A page that is not drawn as the exporter draws it is read by the second engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sync.report.cell_grammar import CellGrammar
from sync.report.document import Document, Page
from sync.report.fonts import FontNotUnderstood
from sync.report.page import DrawnCells, Engine
from sync.report.pen import NotInGrammar

# The exporter's pages all have the same font and size.
_KEPT_GRAMMARS = 8


class StreamEngine:
    """Reads the cells of a document's pages."""

    def __init__(self, document: Document, path: Path) -> None:
        self._document = document
        self._path = path
        self._second: Engine | None = None
        self._grammars: dict[tuple[Any, ...], CellGrammar] = {}
        self.read_again: set[int] = set()

    def close(self) -> None:
        if self._second is not None:
            self._second.close()

    def cells(self, page: Page) -> DrawnCells:
        """Return the cells of a page in drawing order.

        Raises: ReportError.
        """
        contents = self._document.contents(page)
        try:
            grammar = self._grammar(page)
            if len(contents) != 1 or not page.is_upright:
                raise NotInGrammar
            return grammar.cells(contents[0])
        except (NotInGrammar, FontNotUnderstood):
            self.read_again.add(page.number)
            return self._second_engine().cells(page)

    def _grammar(self, page: Page) -> CellGrammar:
        """Return the grammar that has what the earlier pages with the same fonts taught it.

        Raises: FontNotUnderstood, ReportError.
        """
        fonts = self._document.fonts(page)
        key = (page.box, *fonts.items())
        if key not in self._grammars:
            if len(self._grammars) >= _KEPT_GRAMMARS:
                self._grammars.clear()
            self._grammars[key] = CellGrammar(fonts, page.box)
        return self._grammars[key]

    def _second_engine(self) -> Engine:
        if self._second is None:
            from sync.report.engine_pdfplumber import PdfplumberEngine  # noqa: PLC0415  # slow to import

            self._second = PdfplumberEngine(self._document, self._path)
        return self._second
