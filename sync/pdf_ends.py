"""The first and last bytes of a file, to check for a PDF header and end mark."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HEADER = b"%PDF-"
_END_MARK = b"%%EOF"
# PDF readers accept the header within the first 1,024 bytes, and the end mark within the last 1,024.
_HEAD_BYTES = 1024
_TAIL_BYTES = 1024


@dataclass(frozen=True)
class PdfEnds:
    """The size of a file and its two ends, which overlap in a short one."""

    size_bytes: int
    head: bytes
    tail: bytes

    @property
    def has_header(self) -> bool:
        return HEADER in self.head

    @property
    def has_end_mark(self) -> bool:
        return _END_MARK in self.tail


def read_ends(path: Path) -> PdfEnds:
    """Raises: OSError."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        size_bytes = file.seek(0, os.SEEK_END)
        file.seek(max(0, size_bytes - _TAIL_BYTES))
        return PdfEnds(size_bytes, head, file.read())
