"""Detect damaged bytes, which the PDF engines do not report.

Neither pdfium nor pdfminer verifies checksums: a flipped bit in a compressed page changes a letter or a
digit, which the totals may not show. Nor do they notice that one page is shown twice and another not at all.
So every compressed stream must match its checksum, every drawn page must be shown once, and every object must
be where the file's table says. If no checksum at all matches, or no position, the file was written that way.
"""

from __future__ import annotations

import itertools
import mmap
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportTooLarge, ReportUnreadable

_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_AFTER_STREAM = re.compile(rb"\s*endstream")
_LENGTH = re.compile(rb"/Length\s+(\d+)(?!\s+\d+\s+R)\b")
_PAGE_NODE = re.compile(rb"/Type\s*/Pages\b")
_KIDS = re.compile(rb"/Kids\s*\[([^]]*)\]")
_REFERENCE = re.compile(rb"\d+\s+\d+\s+R\b")
_PAGE_CONTENT = re.compile(rb"/Contents\s*(\[[^]]*\]|\d+\s+\d+\s+R\b)")
_TABLE_START = re.compile(rb"startxref\s+(\d+)")
_TABLE = re.compile(rb"\s*(?:xref|\d+\s+\d+\s+obj)\b")
_OBJECT = re.compile(rb"\s*(\d+)\s+\d+\s+obj\b")
_TABLE_SECTION = re.compile(rb"\s*(\d+) (\d+)\s+(?=\d{10} )")
_TABLE_ENTRY = re.compile(rb"(\d{10}) \d{5} ([nf])\s+")
_WRONG_CHECKSUM = "incorrect data check"
# The longest dictionary before a stream; the exporter's have a hundred bytes.
_DICTIONARY_BYTES = 2048
_CHUNK_BYTES = 1 << 16
# What one stream may unpack to. Source: a page of the real export has 90 kB, its font 250 kB.
_MAX_UNPACKED_BYTES = 1 << 26


class _WrongChecksum(ReportUnreadable):
    """A stream that decompresses, but does not match its checksum."""


def check_integrity(path: Path, page_count: int) -> None:
    """Check that no bytes are damaged; ``page_count`` is the number of pages that an engine finds.

    Raises: ReportUnreadable for a damaged file, ReportTooLarge for a stream that unpacks to more than 64 MB.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        _check_pages(content, page_count)
        _check_table(content)
        _check_streams(content)


def _check_pages(content: mmap.mmap, page_count: int) -> None:
    """Check that each page has its own content, and that the page tree contains all pages.

    This finds nothing in a file with compressed objects (PDF 1.5), which the exporter does not write.
    """
    matches = list(_PAGE_CONTENT.finditer(content))
    for match in matches:
        if not content[match.end() : content.find(b"endobj", match.end())].rstrip().endswith(b">>"):
            text = _("the file is damaged: the page at byte %(byte)s is not sound")
            raise ReportUnreadable(text, byte=match.start())
    contents = [match[1] for match in matches]
    if len(set(contents)) < len(contents):
        raise ReportUnreadable(_("the file is damaged: two of its pages have one content"))
    if contents and len(contents) != page_count:
        text = _("the file is damaged: %(drawn)s pages are drawn in it, %(shown)s are shown")
        raise ReportUnreadable(text, drawn=len(contents), shown=page_count)
    nodes = [_kids(content, match.start()) for match in _PAGE_NODE.finditer(content)]
    kids = [kid for node in nodes for kid in node]
    # Every page, and every node but the root, is the kid of one node.
    if nodes and not len(set(kids)) == len(kids) == page_count + len(nodes) - 1:
        raise ReportUnreadable(_("the file is damaged: its page tree does not hold each page once"))


def _kids(content: mmap.mmap, at: int) -> list[bytes]:
    """Return the references to the kids of the page tree node at this offset."""
    node = content[content.rfind(b" obj", 0, at) + 1 : content.find(b"endobj", at)]
    kids = _KIDS.search(node)
    return [] if kids is None else _REFERENCE.findall(kids[1])


def _check_table(content: mmap.mmap) -> None:
    """Check that the objects are where the cross-reference table says, unless it is compressed."""
    shift = content.find(b"%PDF-")
    start = content.rfind(b"startxref")
    match = _TABLE_START.match(content, start) if start >= 0 else None
    if match is None or not _TABLE.match(content, shift + int(match[1])):
        raise ReportUnreadable(_("the file is damaged: the table of its objects is not in its place"))
    entries = list(_table_entries(content, shift + int(match[1])))
    misplaced = [number for number, place in entries if not _is_object(content, shift + place, number)]
    if misplaced and len(misplaced) < len(entries):
        text = _("the file is damaged: object %(number)s is not in its place")
        raise ReportUnreadable(text, number=str(misplaced[0]))
    places = sorted({shift + place for _number, place in entries} | {len(content)})
    if not misplaced and any(content.find(b"endobj", *span) < 0 for span in itertools.pairwise(places)):
        raise ReportUnreadable(_("the file is damaged: an object has no end"))


def _is_object(content: mmap.mmap, place: int, number: int) -> bool:
    match = _OBJECT.match(content, place)
    return match is not None and int(match[1]) == number


def _table_entries(content: mmap.mmap, start: int) -> Iterator[tuple[int, int]]:
    """Yield the number and the offset of each object in use."""
    at = content.find(b"xref", start, start + 8) + len(b"xref")
    if at < len(b"xref"):
        return  # a compressed table
    while section := _TABLE_SECTION.match(content, at):
        first, count, at = int(section[1]), int(section[2]), section.end()
        for number in range(first, first + count):
            entry = _TABLE_ENTRY.match(content, at)
            if entry is None:
                raise ReportUnreadable(_("the file is damaged: the table of its objects is not whole"))
            if entry[2] == b"n":
                yield number, int(entry[1])
            at = entry.end()


def _check_streams(content: mmap.mmap) -> None:
    sound, unsound = 0, None
    for match in _STREAM.finditer(content):
        dictionary = content[max(0, match.start() - _DICTIONARY_BYTES) : match.start()]
        dictionary = dictionary[dictionary.rfind(b" obj") + 1 :]
        if _is_deflated(dictionary):
            try:
                _check_stream(content, match.end(), dictionary)
            except _WrongChecksum as exc:
                unsound = unsound or exc
            else:
                sound += 1
    if sound and unsound is not None:
        raise unsound


def _is_deflated(dictionary: bytes) -> bool:
    """Tell whether Flate is a stream's first filter."""
    return re.search(rb"/Filter\s*\[?\s*/(?:FlateDecode|Fl)\b", dictionary) is not None


def _check_stream(content: mmap.mmap, start: int, dictionary: bytes) -> None:
    end = _end_of_deflated(content, start)
    length = _LENGTH.search(dictionary)
    is_cut = length is not None and int(length[1]) < end - start
    if is_cut or not _AFTER_STREAM.match(content, end):
        text = _("the file is damaged: the stream at byte %(byte)s has a wrong length")
        raise ReportUnreadable(text, byte=start)


def _end_of_deflated(content: mmap.mmap, start: int) -> int:
    """Verify the checksum of a compressed stream and return where it ends."""
    unpacker = zlib.decompressobj()
    packed, at, unpacked_bytes = b"", start, 0
    while not unpacker.eof:
        if not packed:
            packed = content[at : at + _CHUNK_BYTES]
            at += len(packed)
            if not packed:
                text = _("the file is damaged: the stream at byte %(byte)s is cut off")
                raise ReportUnreadable(text, byte=start)
        try:
            unpacked_bytes += len(unpacker.decompress(packed, _CHUNK_BYTES * 16))
        except zlib.error as exc:
            error = _WrongChecksum if _WRONG_CHECKSUM in str(exc) else ReportUnreadable
            text = _("the file is damaged: the stream at byte %(byte)s is not sound")
            raise error(text, byte=start) from exc
        if unpacked_bytes > _MAX_UNPACKED_BYTES:
            raise ReportTooLarge(_("the stream at byte %(byte)s unpacks to more than 64 MB"), byte=start)
        packed = unpacker.unconsumed_tail
    return at - len(unpacker.unused_data)
