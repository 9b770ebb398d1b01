"""How much a file may contain: as much is read, more is too large."""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
import pytest

from scripts.erp_simulator.drawing import ReportColumn
from sync.errors import ReportTooLarge, ReportUnproven
from sync.report.integrity import check_table
from sync.report.reader import read_report
from sync.report.streams import Budget, Streams
from tests.sync.report.changed_files import refused
from tests.sync.report.drawn_reports import draw
from tests.sync.report.hand_made import CODES, ROWS, document, font_map, many_pages, page, saved
from tests.sync.report.hostile_files import stream

# The catalog, the page tree, the page, and the five objects that its content and font consist of.
OBJECTS = 8
MB = 1 << 20


@contextmanager
def opened(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content


def is_read(path: Path) -> bool:
    report = read_report(path)
    return (report.columns, *report.rows) == ROWS


def test_a_file_with_fifty_thousand_objects_is_accepted_and_one_with_more_is_not(tmp_path: Path) -> None:
    more = {10 + number: b"0" for number in range(50_000 - OBJECTS)}
    check(saved(document(more=more), tmp_path))
    with pytest.raises(ReportTooLarge) as caught:
        check(saved(document(more={9: b"0", **more}), tmp_path))
    assert caught.value.message == "the file has more than 50,000 objects"


def check(path: Path) -> None:
    with opened(path) as content:
        check_table(content)


def array(size: int) -> bytes:
    """Return an array that takes so many bytes as object 20."""
    around = len(b"20 0 obj\n[]\nendobj\n")
    return b"[%b]" % (b" " * (size - around))


def test_an_object_of_a_megabyte_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    assert is_read(saved(document(more={20: array(MB), 21: stream(b"")}), tmp_path))
    content = document(more={20: array(MB + 1), 21: stream(b"")})
    error = refused(saved(content, tmp_path))
    assert isinstance(error, ReportTooLarge)
    place = content.index(b"20 0 obj")
    assert error.message == f"the object at byte {place:,} is larger than any of a list"


def test_a_stream_may_be_larger_than_other_objects(tmp_path: Path) -> None:
    attached = b"<< /Length %d >>\nstream\n%b\nendstream" % (2 * MB, bytes(2 * MB))
    assert is_read(saved(document(more={20: array(5000), 21: attached, 22: b"0"}), tmp_path))


def test_a_page_of_two_megabytes_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    assert is_read(saved(document(page().ljust(2 * MB)), tmp_path))
    error = refused(saved(document(page().ljust(2 * MB + 1)), tmp_path))
    assert isinstance(error, ReportTooLarge)
    assert error.message == "page 1: more is drawn on it than on any page of a list"


@pytest.mark.parametrize(("count", "is_too_large"), [(38, False), (46, True)])
def test_texts_of_more_characters_than_a_list_of_its_size_has_are_too_large(
    count: int, is_too_large: bool, tmp_path: Path
) -> None:
    """Each code stands for sixteen characters, and each page has nearly as many as a page may have."""
    text = b"<" + b"0100" * 620 + b"> Tj"
    content = page([ROWS[0], *[(text, text)] * 10])
    sixteen = font_map(CODES + b" 1 beginbfchar <0100> <%b> endbfchar" % (b"0061" * 16))
    path = saved(many_pages(count, content, sixteen), tmp_path)
    if is_too_large:
        said = r"^its texts have 9,\d{3},\d{3} characters, more than the 8,\d{3},\d{3} allowed$"
        with pytest.raises(ReportTooLarge, match=said):
            read_report(path, engine="stream")
    else:
        assert len(read_report(path, engine="stream").rows) == 10 * count


def unpack(path: Path, budget: Budget) -> None:
    """Unpack all streams of a file, the first one twice."""
    with opened(path) as content:
        streams = Streams(content, budget)
        streams.check()
        assert streams.unpacked(4, zlib.compress(page(), 9)) == page()


def test_streams_that_together_unpack_to_more_than_the_budget_are_too_large(tmp_path: Path) -> None:
    path = saved(document(more={20: stream(bytes(3 * MB)), 21: stream(bytes(3 * MB))}), tmp_path)
    with pytest.raises(ReportTooLarge) as caught:
        unpack(path, Budget(base_bytes=5 * MB, times_file_size=0))
    assert caught.value.message == "the file unpacks to more than 5 MB, which no list of its size does"


def test_what_a_file_unpacks_to_is_counted_once_for_each_stream(tmp_path: Path) -> None:
    path, size = saved(document(), tmp_path), len(page()) + len(font_map())
    unpack(path, Budget(base_bytes=size, times_file_size=0))
    with pytest.raises(ReportTooLarge, match="the file unpacks to more"):
        unpack(path, Budget(base_bytes=size - 1, times_file_size=0))


def test_a_stream_that_is_not_packed_counts_as_well(tmp_path: Path) -> None:
    attached = b"<< /Length 1000 >>\nstream\n%b\nendstream" % bytes(1000)
    path, size = saved(document(more={20: attached}), tmp_path), len(page()) + len(font_map()) + 1000
    unpack(path, Budget(base_bytes=size, times_file_size=0))
    with pytest.raises(ReportTooLarge, match="the file unpacks to more"):
        unpack(path, Budget(base_bytes=size - 1, times_file_size=0))


def test_a_larger_file_may_unpack_to_more(tmp_path: Path) -> None:
    path, size = saved(document(), tmp_path), len(page()) + len(font_map())
    base_bytes = size - 3 * len(document())
    unpack(path, Budget(base_bytes=base_bytes, times_file_size=3))
    with pytest.raises(ReportTooLarge, match="the file unpacks to more"):
        unpack(path, Budget(base_bytes=base_bytes - 1, times_file_size=3))


def test_one_stream_may_unpack_to_as_much_as_the_budget_says(tmp_path: Path) -> None:
    path = saved(document(), tmp_path)
    unpack(path, Budget(stream_bytes=len(page())))
    with pytest.raises(ReportTooLarge, match=r"the stream at byte .* unpacks to more"):
        unpack(path, Budget(stream_bytes=len(page()) - 1))


@pytest.mark.parametrize(
    ("widths", "more"),
    [
        (b"0 65535 500", b"7 7 500"),
        (b"0 32767 500 32768 65535 500", b"9 [500]"),
        (b"0 [%b]" % (b"500 " * 65_536), b"0 [500]"),
    ],
)
def test_each_code_has_a_width_once(widths: bytes, more: bytes, tmp_path: Path) -> None:
    assert is_read(saved(document(widths=b"/DW 500 /W [%b]" % widths), tmp_path))
    error = refused(saved(document(widths=b"/DW 500 /W [%b %b]" % (widths, more)), tmp_path))
    assert isinstance(error, ReportTooLarge)
    assert error.message == "a font of it has more characters than there are"


def test_a_list_that_nothing_proves_is_grouped_in_five_ways_at_most(tmp_path: Path) -> None:
    columns, rows = [ReportColumn("CODE", 90)], [["1"]] * 1100
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[1], footer=["Count=7"])
    count, seen = len(pikepdf.open(drawn.path).pages), list[int]()
    with pytest.raises(ReportUnproven, match=r"^the rows do not add up to the footer: column CODE: "):
        read_report(drawn.path, engine="stream", on_page=lambda number, _count: seen.append(number))
    # The first way, all captions, and four ways more.
    assert max(seen) == count == 24
    assert seen.count(1) == 6
