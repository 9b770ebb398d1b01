"""Write the pages of a report as a PDF file like the exporter's."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from scripts.erp_simulator.pdf_font import ReportFont

PRODUCER = "Developer Express Inc. DXperience (tm) v24.1.7"


@contextmanager
def new_book(target: Path | BinaryIO, font: ReportFont, created: datetime) -> Iterator[Book]:
    """Yield a book to add pages to; write it to ``target`` at the end, with the font of the encoded text."""
    with pikepdf.new() as pdf:
        book = Book(pdf)
        yield book
        book.finish(font, created)
        pdf.save(
            target,
            force_version="1.4",
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )


class Book:
    """Collects pages, compressed one by one, into the file's page tree."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._font = pdf.make_indirect(Dictionary())
        self._resources = pdf.make_indirect(
            Dictionary(
                Font=Dictionary(FNT0=self._font),
                ProcSet=Array([Name.PDF, Name.Text, Name.ImageB, Name.ImageC, Name.ImageI]),
            )
        )
        self._tree = pdf.make_indirect(Dictionary(Type=Name.Pages))
        self._kids: list[pikepdf.Object] = []

    def add_page(self, content: str) -> None:
        packed = pikepdf.Stream(self._pdf, zlib.compress(content.encode("ascii"), 6), Filter=Name.FlateDecode)
        page = Dictionary(
            Type=Name.Page,
            Parent=self._tree,
            MediaBox=Array([0, 0, 612, 792]),
            CropBox=Array([0, 0, 612, 792]),
            Resources=self._resources,
            Contents=packed,
        )
        self._kids.append(self._pdf.make_indirect(page))

    def finish(self, font: ReportFont, created: datetime) -> None:
        font.fill(self._font, self._pdf)
        self._tree.Kids = Array(self._kids)
        self._tree.Count = len(self._kids)
        self._pdf.Root.Pages = self._tree
        moment = _pdf_date(created)
        texts = dict.fromkeys(("/Title", "/Author", "/Subject", "/Keywords", "/Creator"), "")
        texts |= {"/Producer": PRODUCER, "/CreationDate": moment, "/ModDate": moment}
        self._pdf.trailer.Info = self._pdf.make_indirect(
            Dictionary({key: String(text) for key, text in texts.items()})
        )


def _pdf_date(moment: datetime) -> str:
    offset = moment.strftime("%z") or "+0000"
    return f"D:{moment:%Y%m%d%H%M%S}{offset[:3]}'{offset[3:5]}'"
