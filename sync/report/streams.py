"""Find the streams of a file, and unpack them within a budget, with their checksums verified.

No PDF library verifies checksums: a flipped bit in a compressed page changes a letter or a digit, which the
totals may not show. If no checksum in a file is right, its writer does not compute any.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportTooLarge, ReportUnreadable

# Repetitions are bounded, so that no file makes a pattern look at the same bytes again and again.
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_OBJECT = re.compile(rb"\b(\d{1,10})\s{1,4}\d{1,5}\s{1,4}obj\b")
_END = re.compile(rb"\s{0,8}endstream\b")
_LENGTH = re.compile(rb"/Length\s{1,8}(\d{1,12})\b(?!\s{1,4}\d{1,5}\s{1,4}R)")
_FILTER = re.compile(rb"/Filter\s{0,8}(\[[^]]{0,200}\]|/\w{1,40})")
_CODED_NAME = re.compile(rb"/\w{0,40}#")
# They have other objects in them, which the PDF library unpacks when it opens the file.
_HAS_OBJECTS = re.compile(rb"/(?:ObjStm|XRef)\b")
# The longest dictionary before a stream; the exporter's have a hundred bytes.
_DICTIONARY_BYTES = 2048
_ZLIB_HEADER_BYTES = 2
_CHECKSUM_BYTES = 4


@dataclass(frozen=True)
class Budget:
    """How much a file may unpack to.

    A page of the real export has 94 kB, its font 96 kB, and all of it 15 times its size.
    """

    stream_bytes: int = 16 << 20
    base_bytes: int = 32 << 20
    times_file_size: int = 60


@dataclass(frozen=True)
class Stream:
    """Where a stream is in the file, and whether it is packed in the one way that is read."""

    number: int
    start: int
    end: int
    is_deflated: bool
    is_plain: bool


class Streams:
    """All streams of a file, by the number of their object."""

    def __init__(self, content: mmap.mmap, budget: Budget | None = None) -> None:
        """Raises: ReportUnreadable, ReportTooLarge."""
        self._content = content
        self._budget = budget or Budget()
        self._most_bytes = self._budget.base_bytes + self._budget.times_file_size * len(content)
        self._unpacked_bytes = 0
        self._all: dict[int, Stream] = {}
        # Whether the checksum of each stream that was unpacked is right.
        self._is_sound: dict[int, bool] = {}
        for stream in self._found():
            if stream.number in self._all:
                text = _("the file is damaged: two of its streams are object %(number)s")
                raise ReportUnreadable(text, number=str(stream.number))
            self._all[stream.number] = stream

    def unpacked(self, number: int, packed: bytes) -> bytes:
        """Return the content of a stream, which ``packed`` must be: what the PDF library takes for it.

        Raises: ReportUnreadable, ReportTooLarge.
        """
        stream = self._all.get(number)
        if stream is None or not self._is_packed_as(stream, packed):
            text = _("the file is damaged: object %(number)s is not the stream in its place")
            raise ReportUnreadable(text, number=str(number))
        if not (stream.is_deflated or stream.is_plain):
            raise _packed_otherwise(stream.start)
        content = self._unpacked(stream)
        if not self._is_sound[number]:
            self.check()
        return content

    def _is_packed_as(self, stream: Stream, packed: bytes) -> bool:
        """Tell whether a stream is these bytes; a line feed may follow if its length is elsewhere."""
        found = self._content[stream.start : stream.end]
        return found.startswith(packed) and not found[len(packed) :].strip()

    def check(self) -> None:
        """Verify all streams, also those that have not been unpacked yet.

        Raises: ReportUnreadable, ReportTooLarge.
        """
        for number, stream in self._all.items():
            if number not in self._is_sound:
                self._unpacked(stream)
        checked = [stream for stream in self._all.values() if stream.is_deflated]
        unsound = [stream for stream in checked if not self._is_sound[stream.number]]
        if unsound and len(unsound) < len(checked):
            raise _not_sound(unsound[0])

    def _found(self) -> Iterator[Stream]:
        at = 0
        while match := _STREAM.search(self._content, at):
            stream = self._stream(match, at)
            at = match.end() if stream is None else stream.end
            if stream is not None:
                yield stream

    def _stream(self, match: re.Match[bytes], after: int) -> Stream | None:
        """Return the stream that begins here, unless the word belongs to something else."""
        before = self._content[max(after, match.start() - _DICTIONARY_BYTES) : match.start()]
        objects = list(_OBJECT.finditer(before))
        if not objects:
            return None
        dictionary = before[objects[-1].end() :]
        if b"endobj" in dictionary:
            return None
        start = match.end()
        end = self._end(start, _LENGTH.search(dictionary))
        filters = _filters(dictionary, start)
        is_deflated = filters in ([b"FlateDecode"], [b"Fl"])
        stream = Stream(int(objects[-1][1]), start, end, is_deflated, is_plain=not filters)
        if _HAS_OBJECTS.search(dictionary):
            self._unpacked(stream)
        return stream

    def _end(self, start: int, length: re.Match[bytes] | None) -> int:
        """Return where a stream ends, which its length must say, unless another object has the length."""
        if length is not None:
            end = start + int(length[1])
            if not _END.match(self._content, end):
                raise _wrong_length(start)
            return end
        end = self._content.find(b"endstream", start)
        if end < 0:
            raise _cut_off(start)
        return end

    def _unpacked(self, stream: Stream) -> bytes:
        if stream.is_deflated:
            return self._inflated(self._content[stream.start : stream.end], stream)
        self._spend(stream, stream.end - stream.start, is_sound=True)
        return self._content[stream.start : stream.end]

    def _inflated(self, packed: bytes, stream: Stream) -> bytes:
        """Unpack a stream, and note whether its checksum is right."""
        if not _is_zlib_header(packed):
            raise _not_sound(stream)
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = unpacker.decompress(
                memoryview(packed)[_ZLIB_HEADER_BYTES:], self._budget.stream_bytes + 1
            )
        except zlib.error:
            raise _not_sound(stream) from None
        rest = unpacker.unused_data
        is_sound = zlib.adler32(content).to_bytes(_CHECKSUM_BYTES) == rest[:_CHECKSUM_BYTES]
        self._spend(stream, len(content), is_sound=is_sound)
        if not unpacker.eof or len(rest) < _CHECKSUM_BYTES:
            raise _cut_off(stream.start)
        if rest[_CHECKSUM_BYTES:].strip():
            raise _wrong_length(stream.start)
        return content

    def _spend(self, stream: Stream, size: int, *, is_sound: bool) -> None:
        """Count what was unpacked, once for each stream."""
        if size > self._budget.stream_bytes:
            text = _("the stream at byte %(byte)s unpacks to more than %(most)s MB")
            raise ReportTooLarge(text, byte=stream.start, most=self._budget.stream_bytes >> 20)
        if stream.number not in self._is_sound:
            self._unpacked_bytes += size
        self._is_sound[stream.number] = is_sound
        if self._unpacked_bytes > self._most_bytes:
            text = _("the file unpacks to more than %(most)s MB, which no list of its size does")
            raise ReportTooLarge(text, most=self._most_bytes >> 20)


def _filters(dictionary: bytes, start: int) -> list[bytes]:
    """Return the names of a stream's filters.

    Raises: ReportUnreadable for several, which can unpack without end, and for names written in codes.
    """
    found = _FILTER.search(dictionary)
    names = [] if found is None else [name.strip() for name in found[1].strip(b"[]").split(b"/")[1:]]
    if len(names) > 1:
        raise ReportUnreadable(_("the stream at byte %(byte)s is packed more than once"), byte=start)
    if _CODED_NAME.search(dictionary) or (found is None and b"/Filter" in dictionary):
        raise _packed_otherwise(start)
    return names


def _is_zlib_header(packed: bytes) -> bool:
    """Tell whether a stream begins as zlib's do: the method, and a sum that 31 divides."""
    if len(packed) < _ZLIB_HEADER_BYTES:
        return False
    has_dictionary = packed[1] & 0x20
    return packed[0] & 0x0F == 8 and not has_dictionary and int.from_bytes(packed[:2]) % 31 == 0


def _not_sound(stream: Stream) -> ReportUnreadable:
    text = _("the file is damaged: the stream at byte %(byte)s is not sound")
    return ReportUnreadable(text, byte=stream.start)


def _wrong_length(start: int) -> ReportUnreadable:
    return ReportUnreadable(
        _("the file is damaged: the stream at byte %(byte)s has a wrong length"), byte=start
    )


def _cut_off(start: int) -> ReportUnreadable:
    return ReportUnreadable(_("the file is damaged: the stream at byte %(byte)s is cut off"), byte=start)


def _packed_otherwise(start: int) -> ReportUnreadable:
    return ReportUnreadable(_("the stream at byte %(byte)s is packed in another way"), byte=start)
