"""Read a file as one table and prove it, with a second engine if the first one fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from customers.erp_list.message import Message, joined
from customers.erp_list.message import gettext_noop as _
from sync.errors import (
    NoReport,
    ReportError,
    ReportLayoutBroken,
    ReportTooLarge,
    ReportTruncated,
    ReportUnproven,
    ReportUnreadable,
)
from sync.pdf_ends import read_ends
from sync.report.document import Document, Page
from sync.report.engine_stream import StreamEngine
from sync.report.groups import group_pages, possible_group_sizes
from sync.report.page import Engine, PageTable, table_of
from sync.report.report import EngineName, Limits, OnPage, Report
from sync.report.totals import contradictions, counts_rows, is_footer

logger = logging.getLogger(__name__)

# The file is read again for each; a list with one caption at the head of several bands needs one or two.
_MAX_OTHER_GROUPINGS = 4
# And as many as the file has bytes. A code can stand for many characters, and equal texts are one object only
# until another process gets the report. Source: the real export has .18 characters a byte.
_MOST_CHARACTERS = 8_000_000


def read_report(
    path: Path,
    *,
    engine: EngineName | None = None,
    limits: Limits | None = None,
    on_page: OnPage | None = None,
) -> Report:
    """Read a list report and prove it against its footer.

    Without an ``engine``, its content streams are read; if that fails, pdfplumber reads it; if both fail, the
    first error is raised.

    Raises: ReportError.
    """
    limits = limits or Limits()
    _check_file(path, limits)
    if engine is not None:
        return _read_with(engine, path, limits, on_page)
    try:
        return _read_with("stream", path, limits, on_page)
    except ReportTooLarge:
        raise
    except ReportError as refusal:
        return _read_again(path, limits, on_page, refusal)


def _read_again(path: Path, limits: Limits, on_page: OnPage | None, refusal: ReportError) -> Report:
    """Read with pdfplumber what was rejected.

    Raises: ``refusal``, if pdfplumber rejects it as well.
    """
    logger.warning("the report can't be read (%s); trying pdfplumber", refusal.message)
    try:
        report = _read_with("pdfplumber", path, limits, on_page)
    except ReportError as second:
        logger.warning("pdfplumber can't read it either (%s)", second.message)
        raise refusal from second
    logger.warning("pdfplumber has read the report")
    return report


def _check_file(path: Path, limits: Limits) -> None:
    """Reject an incomplete PDF before it is opened."""
    try:
        ends = read_ends(path)
    except OSError as exc:
        raise ReportUnreadable(_("the file can't be opened: %(error)s"), error=str(exc.strerror)) from exc
    if ends.size_bytes > limits.max_bytes:
        text = _("the file has %(bytes)s bytes, more than the %(most)s allowed")
        raise ReportTooLarge(text, bytes=ends.size_bytes, most=limits.max_bytes)
    if not ends.size_bytes:
        raise ReportUnreadable(_("the file is empty"))
    if not ends.has_header:
        raise ReportUnreadable(_("the file is not a PDF but %(kind)s"), kind=_kind_of(ends.head))
    if not ends.has_end_mark:
        raise ReportTruncated(_("the file's end is missing"))


def _kind_of(head: bytes) -> Message:
    is_html = any(mark in head.lower() for mark in (b"<html", b"<!doctype"))
    return Message(_("an HTML page")) if is_html else Message(_("something else"))


def _open_engine(name: EngineName, document: Document, path: Path) -> Engine:
    if name == "stream":
        return StreamEngine(document, path)
    # Imported only if needed: pdfplumber takes 0.2 s.
    if name == "both":
        from sync.report.engine_both import BothEngines  # noqa: PLC0415

        return BothEngines(document, path)
    from sync.report.engine_pdfplumber import PdfplumberEngine  # noqa: PLC0415

    return PdfplumberEngine(document, path)


def _read_with(engine_name: EngineName, path: Path, limits: Limits, on_page: OnPage | None) -> Report:
    with Document(path, max_pages=limits.max_pages) as document:
        engine = _open_engine(engine_name, document, path)
        try:
            report = _Reading(document, engine, engine_name, on_page).report()
        finally:
            engine.close()
        document.streams.check()
    _check_size(report, path)
    return report


def _check_size(report: Report, path: Path) -> None:
    count = sum(map(len, chain.from_iterable(report.rows)))
    most = _MOST_CHARACTERS + path.stat().st_size
    if count > most:
        text = _("its texts have %(count)s characters, more than the %(most)s allowed")
        raise ReportTooLarge(text, count=count, most=most)


class _Reading:
    """One engine's reading of one file."""

    def __init__(
        self, document: Document, engine: Engine, engine_name: EngineName, on_page: OnPage | None
    ) -> None:
        self._document_pages = document.pages
        self._engine = engine
        self._engine_name = engine_name
        self._on_page = on_page
        # Pages that took long to read, for a second grouping.
        self._kept: dict[int, PageTable] = {}

    def report(self) -> Report:
        """Read with the group size that the headers suggest; if that fails, try longer ones.

        Captions are not unique: a later band of the group can have the header of the first one. Then only a
        longer period fits, and only the footer's count of rows can confirm it.
        """
        try:
            return self._report(None)
        except (ReportLayoutBroken, ReportUnproven):
            for size in self._longer_group_sizes():
                try:
                    report = self._report(size)
                except ReportError:
                    continue
                if report.footer is not None and counts_rows(report.footer):
                    return report
            raise

    def _report(self, group_size: int | None) -> Report:
        rows: list[tuple[str, ...]] = []
        footer: tuple[str, ...] | None = None
        for group in group_pages(self._pages(), group_size):
            if not any(group.columns):
                raise NoReport(_("no caption can be read in its header"), page=group.first_page)
            if footer is not None:
                raise ReportLayoutBroken(_("rows follow the footer of totals"), page=group.first_page)
            if group.rows and is_footer(group.rows[-1]):
                footer = group.rows.pop()
            if any(map(is_footer, group.rows)):
                raise ReportLayoutBroken(_("a row of totals is among its rows"), page=group.first_page)
            rows += group.rows
        _prove(group.columns, rows, footer)
        return Report(
            group.columns,
            rows,
            footer,
            len(self._document_pages),
            group.size,
            self._engine_name,
            len(self._engine.read_again),
        )

    def _pages(self) -> Iterator[PageTable]:
        count = len(self._document_pages)
        for page in self._document_pages:
            yield self._kept.get(page.number) or self._read(page)
            if self._on_page is not None:
                self._on_page(page.number, count)

    def _read(self, page: Page) -> PageTable:
        table = table_of(self._engine.cells(page), page.number)
        if page.number in self._engine.read_again:
            self._kept[page.number] = table
        return table

    def _longer_group_sizes(self) -> list[int]:
        try:
            keys = [page.key for page in self._pages()]
        except ReportError:
            return []
        first = next((i for i, key in enumerate(keys) if i and key == keys[0]), len(keys))
        longer = [size for size in possible_group_sizes(keys) if size > first]
        return longer[:_MAX_OTHER_GROUPINGS]


def _prove(columns: Sequence[str], rows: Sequence[Sequence[str]], footer: Sequence[str] | None) -> None:
    found = [] if footer is None else contradictions(rows, footer, columns)
    if found:
        text = _("the rows do not add up to the footer: %(contradictions)s")
        raise ReportUnproven(text, contradictions=joined(found))
