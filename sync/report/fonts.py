"""The fonts of a page: what each code shows, and how wide it is."""

from __future__ import annotations

import itertools
import re
import struct
from binascii import unhexlify
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pikepdf

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportTooLarge, ReportUnreadable
from sync.report.font_map import FontMap, GlyphShared, MapNotUnderstood, MapTooLarge, read_font_map

_EM = 1000.0
_MAX_CODE = (1 << 16) - 1
# Neither a number nor a list.
_NO_PART: Any = None
_CODE_BYTES = 2
# What pdfminer would expand without end.
_EXPANDING = re.compile(rb"begin(?:bf|cid)range|usecmap")


class FontNotUnderstood(Exception):
    """A font that is not written as the exporter's: codes of two bytes, with a map to characters."""


class Font:
    """A font of a page; ``map_of`` returns the map in a stream."""

    def __init__(self, dictionary: Any, map_of: Callable[[Any], FontMap]) -> None:
        """Raises: FontNotUnderstood, ReportUnreadable, ReportTooLarge."""
        if "/DescendantFonts" not in dictionary:
            raise FontNotUnderstood
        default, self._widths = _widths(dictionary)
        to_unicode = dictionary.get("/ToUnicode")
        if (
            dictionary.get("/Subtype") != "/Type0"
            or dictionary.get("/Encoding") != "/Identity-H"
            or not isinstance(to_unicode, pikepdf.Stream)
            or min(default, *self._widths.values(), 0.0) < 0
        ):
            raise FontNotUnderstood
        found = map_of(to_unicode)
        for code in found.characters:
            self._widths.setdefault(int.from_bytes(code), default)
        self._characters = {int.from_bytes(code): text for code, text in found.characters.items()}
        self.has_look_alikes = found.has_look_alikes

    def codes(self, digits: bytes) -> tuple[int, ...]:
        """Return the codes of a text in hexadecimal digits.

        Raises: FontNotUnderstood.
        """
        try:
            text = unhexlify(digits)
        except ValueError:
            raise FontNotUnderstood from None
        if len(text) % _CODE_BYTES:
            raise FontNotUnderstood
        return struct.unpack(f">{len(text) // _CODE_BYTES}H", text)

    def text(self, codes: Sequence[int]) -> str:
        """Return the characters of the codes.

        Raises: FontNotUnderstood if one has none.
        """
        try:
            return "".join(map(self._characters.__getitem__, codes))
        except KeyError:
            raise FontNotUnderstood from None

    def width_em(self, codes: Sequence[int]) -> float:
        """Return how far codes that have characters advance, in the font's size."""
        return sum(map(self._widths.__getitem__, codes)) / _EM


def font_map(content: bytes) -> FontMap:
    """Read the map of a font whose codes have two bytes.

    Raises: FontNotUnderstood, ReportUnreadable, ReportTooLarge.
    """
    try:
        found = read_font_map(content)
    except GlyphShared as shared:
        text = _("a font of it has one glyph for “%(one)s” and “%(other)s”, which can't be told apart")
        raise ReportUnreadable(text, one=shared.one, other=shared.other) from None
    except MapNotUnderstood:
        if _EXPANDING.search(content):
            raise ReportUnreadable(_("a font of it has a map that can't be read")) from None
        raise FontNotUnderstood from None
    except MapTooLarge:
        raise ReportTooLarge(_("a font of it has more characters than there are")) from None
    if found.code_bytes != _CODE_BYTES:
        raise FontNotUnderstood
    return found


def _widths(font: Any) -> tuple[float, dict[int, float]]:
    """Return the default width and those of the codes.

    Raises: ReportUnreadable, ReportTooLarge: pdfminer would expand some of them without end.
    """
    try:
        descendant = font["/DescendantFonts"][0]
        return float(descendant.get("/DW", _EM)), _numbered_widths(list(descendant.get("/W", [])))
    except (pikepdf.PdfError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        raise ReportUnreadable(_("a font of it has widths that can't be read")) from None


def _numbered_widths(parts: list[Any]) -> dict[int, float]:
    """Read ``first [width …]`` and ``first last width``.

    Raises: ReportTooLarge for more codes than there are; a ValueError or TypeError for anything else.
    """
    widths: dict[int, float] = {}
    given_count = 0
    rest: Iterator[Any] = iter(parts)
    for part in rest:
        first, given = int(part), next(rest, _NO_PART)
        is_list = isinstance(given, pikepdf.Array)
        count = len(given) if is_list else max(0, int(given) - first + 1)
        given_count += count
        if first < 0 or first + count - 1 > _MAX_CODE or given_count > _MAX_CODE + 1:
            raise ReportTooLarge(_("a font of it has more characters than there are"))
        values = map(float, given if is_list else itertools.repeat(next(rest, _NO_PART), count))
        widths.update(zip(range(first, first + count), values, strict=True))
    return widths
