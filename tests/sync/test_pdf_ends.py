"""The start and end of a file, which show whether a PDF is complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.pdf_ends import PdfEnds, read_ends


def ends_of(tmp_path: Path, content: bytes) -> PdfEnds:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    return read_ends(path)


def test_a_short_file_is_both_start_and_end(tmp_path: Path) -> None:
    assert ends_of(tmp_path, b"%PDF-%%EOF") == PdfEnds(10, b"%PDF-%%EOF", b"%PDF-%%EOF")


def test_an_empty_file_has_neither_header_nor_end_mark(tmp_path: Path) -> None:
    ends = ends_of(tmp_path, b"")
    assert (ends.size_bytes, ends.has_header, ends.has_end_mark) == (0, False, False)


@pytest.mark.parametrize(("distance", "is_seen"), [(1019, True), (1020, False)])
def test_header_and_end_mark_count_within_1024_bytes(tmp_path: Path, distance: int, is_seen: bool) -> None:
    ends = ends_of(tmp_path, bytes(distance) + b"%PDF-" + bytes(5000) + b"%%EOF" + bytes(distance))
    assert (ends.has_header, ends.has_end_mark) == (is_seen, is_seen)
