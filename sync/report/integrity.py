"""Check the table of a file's objects: each must be where the table says.

If no position at all matches, the file was written that way.
"""

from __future__ import annotations

import itertools
import mmap
import re
from collections.abc import Generator, Iterator

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportTooLarge, ReportUnreadable

_TABLE_START = re.compile(rb"startxref\s{1,8}(\d{1,12})")
_TABLE = re.compile(rb"\s{0,8}(?:xref|\d{1,10}\s{1,4}\d{1,5}\s{1,4}obj)\b")
_OBJECT = re.compile(rb"\s{0,8}(\d{1,10})\s{1,4}\d{1,5}\s{1,4}obj\b")
_TABLE_SECTION = re.compile(rb"\s{0,8}(\d{1,10}) (\d{1,10})\s{1,4}(?=\d{10} |\d{1,10} \d|trailer)")
_TRAILER = re.compile(rb"\s{0,8}trailer\b")
_EARLIER = re.compile(rb"/Prev\s{1,8}(\d{1,12})")
_MAX_TRAILER_BYTES = 4096
# Ten thousand pages have some 40,000 objects, and their page tree has 120 kB. The table itself, 20 bytes for
# each object, counts as a part of the last one.
_MAX_OBJECTS = 50_000
_MAX_OBJECT_BYTES = 1 << 20
# A stream begins after a dictionary of a hundred bytes.
_STREAM_WITHIN_BYTES = 4096
_TABLE_ENTRY = re.compile(rb"(\d{10}) \d{5} ([nf])\s{1,4}")


def check_table(content: mmap.mmap) -> None:
    """Check that the objects are where the cross-reference table says, unless it is compressed.

    Raises: ReportUnreadable; ReportTooLarge for more or larger objects than any list has.
    """
    shift = content.find(b"%PDF-")
    start = content.rfind(b"startxref")
    match = _TABLE_START.match(content, start) if start >= 0 else None
    if match is None:
        raise _not_in_its_place()
    entries = list(itertools.islice(_table_entries(content, int(match[1]), shift), _MAX_OBJECTS + 1))
    if len(entries) > _MAX_OBJECTS:
        raise ReportTooLarge(_("the file has more than %(most)s objects"), most=_MAX_OBJECTS)
    misplaced = [number for number, place in entries if not _is_object(content, shift + place, number)]
    if misplaced and len(misplaced) < len(entries):
        text = _("the file is damaged: object %(number)s is not in its place")
        raise ReportUnreadable(text, number=str(misplaced[0]))
    places = sorted({shift + place for _number, place in entries} | {len(content)})
    if not misplaced and any(content.find(b"endobj", *span) < 0 for span in itertools.pairwise(places)):
        raise ReportUnreadable(_("the file is damaged: an object has no end"))
    for start, end in itertools.pairwise(places):
        if (
            end - start > _MAX_OBJECT_BYTES
            and content.find(b"stream", start, start + _STREAM_WITHIN_BYTES) < 0
        ):
            raise ReportTooLarge(_("the object at byte %(byte)s is larger than any of a list"), byte=start)


def _is_object(content: mmap.mmap, place: int, number: int) -> bool:
    match = _OBJECT.match(content, place)
    return match is not None and int(match[1]) == number


def _table_entries(content: mmap.mmap, start: int, shift: int) -> Iterator[tuple[int, int]]:
    """Yield the number and the offset of each object in use, of the last table and of earlier ones."""
    seen: set[int] = set()
    place: int | None = start
    while place is not None:
        table = _TABLE.match(content, shift + place)
        if place in seen or table is None:
            raise _not_in_its_place()
        seen.add(place)
        at = content.find(b"xref", *table.span())
        if at < 0:
            return  # a compressed table
        at = yield from _entries(content, at + len(b"xref"))
        trailer = _TRAILER.match(content, at)
        if trailer is None:
            raise _not_whole()
        end = content.find(b"startxref", trailer.end(), trailer.end() + _MAX_TRAILER_BYTES)
        if end < 0:
            # Where it names an earlier table can't be told, and that table would not be checked.
            raise _not_whole()
        earlier = _EARLIER.search(content, trailer.end(), end)
        place = None if earlier is None else int(earlier[1])


def _entries(content: mmap.mmap, at: int) -> Generator[tuple[int, int], None, int]:
    """Yield the objects in use of a table's sections; return where they end."""
    while section := _TABLE_SECTION.match(content, at):
        first, count, at = int(section[1]), int(section[2]), section.end()
        for number in range(first, first + count):
            entry = _TABLE_ENTRY.match(content, at)
            if entry is None:
                raise _not_whole()
            if entry[2] == b"n":
                yield number, int(entry[1])
            at = entry.end()
    return at


def _not_in_its_place() -> ReportUnreadable:
    return ReportUnreadable(_("the file is damaged: the table of its objects is not in its place"))


def _not_whole() -> ReportUnreadable:
    return ReportUnreadable(_("the file is damaged: the table of its objects is not whole"))
