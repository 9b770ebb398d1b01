"""The objects of a file, their table, their streams and the page tree: what is wrong with them is named."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pikepdf
import pytest

from sync.errors import ReportUnreadable
from sync.report.reader import read_report
from tests.sync.report.changed_files import edited, refused
from tests.sync.report.drawn_reports import Drawn
from tests.sync.report.hand_made import ROWS, document, page, saved, with_hidden, with_table
from tests.sync.report.hostile_files import stream

PACKED = zlib.compress(page(), 9)
CHECKSUM_BYTES = 4
HIDDEN = b"4 0 obj\n%b\nendobj\n" % stream(page([*ROWS[:2], ("2", "FALSE")]))


def is_read(content: bytes, folder: Path) -> bool:
    report = read_report(saved(content, folder))
    return (report.columns, *report.rows) == ROWS


def reason(content: bytes, folder: Path) -> str:
    """Return why a file is unreadable."""
    error = refused(saved(content, folder))
    assert isinstance(error, ReportUnreadable)
    return error.message.removeprefix("the file is damaged: ")


def replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    """Replace what the file has once by as many bytes."""
    assert (content.count(old), len(new)) == (1, len(old))
    return content.replace(old, new)


def packed(content: bytes) -> bytes:
    """Return an object that is said to be deflated."""
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(content), content)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"startxref", b"startxrex", "the table of its objects is not in its place"),
        (b"startxref\n", b"startxref9", "the table of its objects is not in its place"),
        (b"xref\n0 9", b"xrex\n0 9", "the table of its objects is not in its place"),
        (b"65535 f", b"65535 x", "the table of its objects is not whole"),
        (b"trailer", b"trailex", "the table of its objects is not whole"),
        (b">>\nendobj\nxref", b">>\nendobx\nxref", "an object has no end"),
        (b"/Count 1", b"/Cuont 1", "its page tree can't be read (KeyError)"),
        (b"/Contents 4 0 R", b"/Contents 2 0 R", "its page tree can't be read (TypeError)"),
        (b"/FNT0 5 0 R", b"/FNT0 null ", "its page tree can't be read (TypeError)"),
        (b"/Count 1 /Kids [3 0 R]", b"/Count 0 /Kids []     ", "the file has no pages"),
    ],
)
def test_what_is_wrong_with_the_table_or_the_pages_is_named(
    old: bytes, new: bytes, expected: str, tmp_path: Path
) -> None:
    assert reason(replaced(document(), old, new), tmp_path) == expected


@pytest.mark.parametrize("blanks", [b"", b"        "])
def test_the_first_object_that_is_not_in_its_place_is_named(blanks: bytes, tmp_path: Path) -> None:
    content = document().replace(b"\nxref", b"\n%bxref" % blanks)
    for number in (6, 5):
        at = content.index(b"\n%d 0 obj" % number) + 1
        content = replaced(content, b"%010d" % at, b"%010d" % (at + 1))
    assert reason(content, tmp_path) == "object 5 is not in its place"


def updated(content: bytes, *, shift: int = 0, blanks: int = 0) -> bytes:
    """Write object 5 again, as an editor appends it; its table's positions are off by ``shift``."""
    again = content[content.index(b"5 0 obj") : content.index(b"6 0 obj")]
    return with_table(content + again, b"5 1\n%010d 00000 n \n" % (len(content) + shift), blanks=blanks)


def test_each_table_of_a_file_is_checked(tmp_path: Path) -> None:
    assert is_read(updated(document()), tmp_path)
    assert reason(updated(document(), shift=1), tmp_path) == "object 5 is not in its place"
    content = document()
    place = content.index(b"4 0 obj")
    earlier = replaced(content, b"%010d" % place, b"%010d" % (place + 1))
    assert reason(updated(earlier), tmp_path) == "object 4 is not in its place"


def test_a_table_has_a_trailer_of_four_kilobytes_at_most(tmp_path: Path) -> None:
    trailer = b"\n<< /Size 99 /Root 1 0 R /Prev %d >>\n" % document().index(b"xref\n0 9")
    blanks = 4096 - len(trailer) - len(b"startxref")
    assert is_read(updated(document(), blanks=blanks), tmp_path)
    assert reason(updated(document(), blanks=blanks + 1), tmp_path) == "the table of its objects is not whole"


def with_blanks_before_objects(count: int) -> bytes:
    """Return a list whose table points to blanks before each object."""
    head, _, table = document().partition(b"xref\n0")
    moved = re.sub(rb"(?m)^(?=\d 0 obj)", b" " * count, head)
    places = re.finditer(rb"(?m)^ +(?=\d 0 obj)", moved)
    table = re.sub(rb"\d{10}(?= 00000 n)", lambda _: b"%010d" % next(places).start(), table)
    return moved + b"xref\n0" + re.sub(rb"(?<=startxref\n)\d+", b"%d" % len(moved), table)


def test_a_table_none_of_whose_positions_is_right_was_written_that_way(tmp_path: Path) -> None:
    assert is_read(with_blanks_before_objects(8), tmp_path)
    content = with_blanks_before_objects(9)
    assert is_read(content, tmp_path)
    place = content.index(b" 5 0 obj")
    content = replaced(content, b"%010d" % (place - 8), b"%010d" % place)
    assert reason(content, tmp_path) == "object 1 is not in its place"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"\nxref\n0", b"\n  xref\n0", r"\(xref table, offset \d+\)"),
        (b"/Root 1", b"/Roof 1", "unable to find /Root"),
    ],
)
def test_a_file_that_the_library_would_have_to_repair_is_refused(
    old: bytes, new: bytes, expected: str, tmp_path: Path
) -> None:
    text = reason(document().replace(old, new), tmp_path)
    assert re.match(f"pikepdf can't open the file: {expected}", text)


@pytest.mark.parametrize("comment", [b"% the stream\n", b"% the xref\n", b"%PDF-1.4\n"])
def test_a_word_in_a_comment_between_objects_does_no_harm(comment: bytes, tmp_path: Path) -> None:
    assert is_read(with_hidden(document(), comment), tmp_path)


def test_two_streams_of_one_number_are_refused(tmp_path: Path) -> None:
    assert reason(with_hidden(document(), HIDDEN), tmp_path) == "two of its streams are object 4"


def test_a_stream_that_is_found_elsewhere_than_by_the_library_is_refused(tmp_path: Path) -> None:
    content = document(stream(page()).replace(b"\nstream\n", b"\nstream \n"))
    assert reason(with_hidden(content, HIDDEN), tmp_path) == "object 4 is not the stream in its place"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (packed(b"\x79\x18" + PACKED[2:]), "is not sound"),  # another method
        (packed(b"\x78\x20" + PACKED[2:]), "is not sound"),  # with a dictionary
        (packed(b"\x78\xdb" + PACKED[2:]), "is not sound"),  # 31 does not divide it
        (packed(PACKED[:1]), "is not sound"),
        (packed(PACKED[:2] + b"\xff" + PACKED[3:]), "is not sound"),
        (packed(PACKED[:-1] + bytes([PACKED[-1] ^ 1])), "is not sound"),
        (packed(zlib.compress(b" ")[:-CHECKSUM_BYTES] + PACKED[-CHECKSUM_BYTES:]), "is not sound"),
        (packed(PACKED[:-CHECKSUM_BYTES]), "is cut off"),
        (packed(PACKED[:-1]), "is cut off"),
        (packed(PACKED[:-20]), "is cut off"),
        (packed(PACKED + b"x"), "has a wrong length"),
        (packed(PACKED).replace(b"\nendstream", b" x endstream"), "has a wrong length"),
    ],
)
def test_damage_to_a_stream_is_named(content: bytes, expected: str, tmp_path: Path) -> None:
    file = document(content)
    place = file.index(b"stream\n") + len(b"stream\n")
    assert reason(file, tmp_path) == f"the stream at byte {place:,} {expected}"


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b" " * 8])
def test_blanks_around_the_end_of_a_stream_do_no_harm(between: bytes, tmp_path: Path) -> None:
    assert is_read(document(packed(PACKED).replace(b"\nendstream", between + b"endstream")), tmp_path)
    assert is_read(document(packed(PACKED + between)), tmp_path)


@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_a_stream_is_read_however_much_effort_went_into_packing_it(level: int, tmp_path: Path) -> None:
    assert is_read(document(packed(zlib.compress(page(), level))), tmp_path)


def test_a_stream_without_an_end_is_cut_off(tmp_path: Path) -> None:
    content = document(more={9: b"12", 20: b"<< /Length 9 0 R >>\nstream\nwithout end"})
    place = content.index(b"without end")
    assert reason(content, tmp_path) == f"the stream at byte {place:,} is cut off"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (stream(page(), filters=b"[/FlateDecode /FlateDecode]", packed=2), "is packed more than once"),
        (stream(page(), filters=b"/Flate#44ecode"), "is packed in another way"),
        (stream(page(), filters=b"9 0 R"), "is packed in another way"),
        (stream(page()).replace(b"<<", b"<< %/Filter /LZWDecode\n", 1), "is packed in another way"),
    ],
)
def test_a_stream_that_is_packed_otherwise_is_named(content: bytes, expected: str, tmp_path: Path) -> None:
    file = document(content, more={9: b"/FlateDecode"})
    place = file.index(b"stream\n") + len(b"stream\n")
    assert reason(file, tmp_path) == f"the stream at byte {place:,} {expected}"


@pytest.mark.parametrize("filters", [b"/ASCIIHexDecode", b"[/ASCIIHexDecode]"])
def test_a_content_that_is_not_deflated_but_encoded_is_named(filters: bytes, tmp_path: Path) -> None:
    content = document(stream(page(), filters=filters))
    assert reason(content, tmp_path) == "object 4 is packed in another way"


def nested(levels: int) -> bytes:
    """Return a list whose page lies so many levels below the root of the page tree."""
    numbers = [2, *range(20, 19 + levels)]
    kids = [*numbers[1:], 3]
    node = b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>"
    return document(more={number: node % kid for number, kid in zip(numbers, kids, strict=True)})


def test_a_page_tree_of_thirty_levels_is_read_and_a_deeper_one_is_not(tmp_path: Path) -> None:
    assert is_read(nested(30), tmp_path)
    assert reason(nested(31), tmp_path) == "its page tree does not hold each page once"


def test_a_page_tree_that_says_it_has_more_pages_is_refused(tmp_path: Path) -> None:
    content = replaced(document(), b"/Count 1", b"/Count 2")
    assert reason(content, tmp_path) == "its page tree does not hold each page once"


@pytest.mark.parametrize(
    "entry", [b"/Contents 4 0 R", b"/Font << /FNT0 5 0 R >>", b"/Resources << /Font << /FNT0 5 0 R >> >>"]
)
def test_a_page_that_lacks_what_an_empty_page_does_not_need_is_empty(entry: bytes, tmp_path: Path) -> None:
    error = refused(saved(replaced(document(b"q Q"), entry, b" " * len(entry)), tmp_path))
    assert error.message == "page 1: no table is drawn on it"


def test_a_page_that_is_drawn_but_not_shown_is_refused(tmp_path: Path) -> None:
    content = document(more={20: b"<< /Type /Page /Contents 4 0 R >>", 21: b"<< /Contents [4 0 R] >>"})
    assert reason(content, tmp_path) == "3 pages are drawn in it, 1 are shown"


def test_an_encrypted_file_that_hides_the_word_is_unreadable(drawn: Drawn, tmp_path: Path) -> None:
    locked = pikepdf.Encryption(user="aperta", owner="chiusa")
    path = edited(drawn, tmp_path / "a.pdf", lambda pdf: None, encryption=locked)
    content = path.read_bytes().replace(b"/Encrypt ", b"/Encr#79pt ")
    assert b"/Encrypt" not in content
    path.write_bytes(content)
    assert refused(path).message == "the file is encrypted"
