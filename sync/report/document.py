"""Open a file as its pages, after everything that shows damage or an attack without reading them."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pikepdf

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportLayoutBroken, ReportTooLarge, ReportUnreadable
from sync.report.font_map import FontMap
from sync.report.fonts import Font, FontNotUnderstood, font_map
from sync.report.integrity import check_table
from sync.report.streams import Streams

# A page tree of the exporter is flat; other writers nest a few levels.
_MAX_DEPTH = 30
# The key of a page, followed by a reference or several; a comment on a page has a text there.
_CONTENTS = re.compile(rb"/Contents\s{0,8}[\[\d]")
# What a page may have. Source: a page of the real export has 94 kB.
_MAX_PAGE_BYTES = 2 << 20
# What the dictionary of a stream may say; anything else could change what is in it.
_STREAM_KEYS = frozenset({"/Length", "/Filter", "/Length1"})
_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")


@dataclass(frozen=True)
class Page:
    """A page of the file: ``contents`` are its content streams, ``box`` its left, bottom, right and top."""

    number: int
    contents: tuple[Any, ...]
    box: tuple[float, float, float, float]
    is_upright: bool
    fonts: dict[str, Any]


class Document:
    """An open file. Use it as a context manager."""

    def __init__(self, path: Path, *, max_pages: int) -> None:
        """Raises: ReportUnreadable, ReportTooLarge."""
        self._ended = ExitStack()
        self._fonts: dict[tuple[int, int], Font] = {}
        self._font_maps: dict[tuple[int, int], FontMap] = {}
        try:
            file = self._ended.enter_context(path.open("rb"))
            self._content = self._ended.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            if self._content.find(b"/Encrypt") >= 0:
                raise ReportUnreadable(_("the file is encrypted"))
            check_table(self._content)
            self.streams = Streams(self._content)
            pdf = self._ended.enter_context(_opened(path))
            self.pages = self._checked_pages(pdf.Root, max_pages)
        except BaseException:
            self._ended.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.close()

    def contents(self, page: Page) -> list[bytes]:
        """Return a page's content streams.

        Raises: ReportUnreadable, ReportTooLarge.
        """
        contents = [self._unpacked(stream) for stream in page.contents]
        if sum(map(len, contents)) > _MAX_PAGE_BYTES:
            raise ReportTooLarge(_("more is drawn on it than on any page of a list"), page=page.number)
        return contents

    def fonts(self, page: Page) -> dict[str, Font]:
        """Return a page's fonts by name.

        Raises: FontNotUnderstood, ReportUnreadable, ReportTooLarge.
        """
        return {name: self._font(font) for name, font in page.fonts.items()}

    def has_look_alikes(self, page: Page) -> bool:
        """Read the map of each font, also if the font is not understood; tell whether one has look-alikes.

        Raises: ReportUnreadable, ReportTooLarge.
        """
        found = []
        for dictionary in page.fonts.values():
            with suppress(FontNotUnderstood):
                self._font(dictionary)
            to_unicode = dictionary.get("/ToUnicode")
            if isinstance(to_unicode, pikepdf.Stream):
                with suppress(FontNotUnderstood):
                    found.append(self._font_map(to_unicode).has_look_alikes)
        return any(found)

    def _font(self, dictionary: Any) -> Font:
        """Return a font, read once for all pages unless it is in a page's own dictionary."""
        number = dictionary.objgen
        font = self._fonts.get(number) or Font(dictionary, self._font_map)
        if number[0]:
            self._fonts[number] = font
        return font

    def _font_map(self, stream: Any) -> FontMap:
        number = stream.objgen
        if number not in self._font_maps:
            self._font_maps[number] = font_map(self._unpacked(stream))
        return self._font_maps[number]

    def _unpacked(self, stream: Any) -> bytes:
        """Return the content of a stream, which must be packed in the one way that is read."""
        filters = stream.get("/Filter")
        if isinstance(filters, pikepdf.Array) and len(filters) == 1:
            filters = filters[0]
        if not set(stream.keys()) <= _STREAM_KEYS or filters not in (None, "/FlateDecode", "/Fl"):
            text = _("object %(number)s is packed in another way")
            raise ReportUnreadable(text, number=str(stream.objgen[0]))
        return self.streams.unpacked(stream.objgen[0], stream.read_raw_bytes())

    def _checked_pages(self, root: Any, max_pages: int) -> list[Page]:
        """Return the pages, which must be all that are drawn, each with a content of its own."""
        tree = _PageTree(max_pages)
        try:
            pages = list(tree.pages(root))
        except (pikepdf.PdfError, AttributeError, KeyError, TypeError, ValueError) as exc:
            text = _("the file is damaged: its page tree can't be read (%(type)s)")
            raise ReportUnreadable(text, type=type(exc).__name__) from exc
        if not pages:
            raise ReportUnreadable(_("the file has no pages"))
        contents = [stream.objgen for page in pages for stream in page.contents]
        if len(set(contents)) < len(contents):
            raise ReportUnreadable(_("the file is damaged: two of its pages have one content"))
        drawn = sum(1 for _ in _CONTENTS.finditer(self._content))
        if drawn and drawn != len(pages):
            text = _("the file is damaged: %(drawn)s pages are drawn in it, %(shown)s are shown")
            raise ReportUnreadable(text, drawn=drawn, shown=len(pages))
        return pages


class _PageTree:
    """A walk through the page tree, which must hold each node once."""

    def __init__(self, max_pages: int) -> None:
        self._max_pages = max_pages
        self._seen: set[tuple[int, int]] = set()
        self._count = 0

    def pages(self, root: Any) -> Iterator[Page]:
        yield from self._below(root["/Pages"], {}, 0)

    def _below(self, node: Any, inherited: dict[str, Any], depth: int) -> Iterator[Page]:
        if node.objgen in self._seen or depth > _MAX_DEPTH:
            raise ReportUnreadable(_("the file is damaged: its page tree does not hold each page once"))
        self._seen.add(node.objgen)
        inherited = {**inherited, **{key: node[key] for key in _INHERITED if key in node}}
        if "/Kids" not in node:
            self._count += 1
            self._check_count(self._count)
            yield _page(node, inherited, self._count)
            return
        kids = node["/Kids"]
        self._check_count(len(kids))
        before = self._count
        for kid in kids:
            yield from self._below(kid, inherited, depth + 1)
        if int(node["/Count"]) != self._count - before:
            raise ReportUnreadable(_("the file is damaged: its page tree does not hold each page once"))

    def _check_count(self, count: int) -> None:
        if count > self._max_pages:
            text = _("the file has %(pages)s pages, more than the %(most)s allowed")
            raise ReportTooLarge(text, pages=count, most=self._max_pages)


def _opened(path: Path) -> pikepdf.Pdf:
    """Open the file without repairing it: a repair could lose pages."""
    try:
        return pikepdf.open(path, suppress_warnings=True, attempt_recovery=False)
    except pikepdf.PasswordError as exc:
        raise ReportUnreadable(_("the file is encrypted")) from exc
    except pikepdf.PdfError as exc:
        raise ReportUnreadable(_("pikepdf can't open the file: %(error)s"), error=_reason(exc, path)) from exc


def _reason(exc: Exception, path: Path) -> str:
    """Return the library's reason without the file's path, which says nothing to the reader."""
    return str(exc).replace(str(path), "").lstrip(": ")


def _page(node: Any, inherited: dict[str, Any], number: int) -> Page:
    contents = node.get("/Contents")
    if contents is None:
        contents = []
    elif not isinstance(contents, pikepdf.Array):
        contents = [contents]
    if not all(isinstance(each, pikepdf.Stream) for each in contents):
        raise TypeError("a content is no stream")
    # A link has an area that can be clicked, and no look of its own.
    if any(each.get("/Subtype") != "/Link" or "/AP" in each for each in node.get("/Annots", [])):
        raise ReportLayoutBroken(_("something else than cells is drawn on it"), page=number)
    left, bottom, right, top = map(float, inherited["/MediaBox"])
    shown = list(map(float, inherited.get("/CropBox", (left, bottom, right, top))))
    if shown[0] > left or shown[1] > bottom or shown[2] < right or shown[3] < top:
        raise ReportLayoutBroken(_("a part of it is cut off"), page=number)
    fonts = inherited.get("/Resources", {}).get("/Font", {})
    by_name = {name.removeprefix("/"): font for name, font in fonts.items()}
    if not all(isinstance(font, pikepdf.Dictionary) for font in by_name.values()):
        raise TypeError("a font is no dictionary")
    return Page(
        number,
        tuple(contents),
        (left, bottom, right, top),
        not int(inherited.get("/Rotate", 0)) and "/UserUnit" not in node,
        by_name,
    )
