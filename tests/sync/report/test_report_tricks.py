"""Files made to be read otherwise than they look: refused, or read by both engines alike."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pikepdf
import pytest

from sync.errors import ReportError, ReportLayoutBroken, ReportUnreadable
from sync.report.reader import read_report
from tests.log_lines import logged_by
from tests.sync.report.changed_files import edited, edited_file, refused
from tests.sync.report.drawn_reports import Drawn
from tests.sync.report.hand_made import (
    BACKGROUND,
    CODES,
    FONT,
    ROWS,
    cell,
    document,
    encoded,
    font_map,
    page,
    saved,
    two_pages,
    with_hidden,
    with_table,
)
from tests.sync.report.hostile_files import stream

OTHER = page([*ROWS[:2], ("2", "FALSE")])
HIDDEN = b"4 0 obj\n%b\nendobj\n" % stream(OTHER)


def test_a_list_made_by_hand_is_read(tmp_path: Path) -> None:
    report = read_report(saved(document(), tmp_path), engine="both")
    assert ((report.columns, *report.rows), report.pages_read_again) == (ROWS, 0)
    report = read_report(saved(two_pages(), tmp_path), engine="both")
    assert [row[1] for row in report.rows] == ["Rossi", "Bianchi", "Verdi", "Neri"]


@pytest.mark.parametrize(
    "content",
    [
        stream(page(), filters=b"[/FlateDecode]"),
        stream(page(), filters=b"[ /Fl ]"),
        stream(page(), filters=b"/Fl"),
        stream(page(), more=b"/Length1 900"),
    ],
)
def test_a_stream_that_is_packed_as_usual_in_other_words_is_read(content: bytes, tmp_path: Path) -> None:
    report = read_report(saved(document(content), tmp_path))
    assert ((report.columns, *report.rows), report.pages_read_again) == (ROWS, 0)


def plain(dictionary: bytes, content: bytes) -> bytes:
    return b"<< %b >>\nstream\n%b\nendstream" % (dictionary, content)


TWICE_AS_LONG = page() + b"\nendstream " + page([*ROWS, ("9", "Hidden")])[len(page()) :]
PACKED = zlib.compress(OTHER)

DISAGREED = {
    "a dictionary too long to be seen, and a hidden copy": with_hidden(
        document(stream(page(), more=b" " * 3000)), HIDDEN
    ),
    "an end in a text, and a hidden copy": with_hidden(
        document(stream(page(), more=b"/X (endobj)")), HIDDEN
    ),
    "a blank before the line feed, and a hidden copy": with_hidden(
        document(stream(page()).replace(b">>\nstream\n", b">>\nstream \n")), HIDDEN
    ),
    "a long comment, and a hidden copy": with_hidden(
        document(stream(page()).replace(b">>\nstream\n", b">> %" + b"x" * 2100 + b"\nstream\n")), HIDDEN
    ),
    "another object's number in a text": two_pages(b"/X (10 0 obj)", b"/X (4 0 obj)"),
    "a length within": document(
        plain(b"/X << /Length %d >> /Length %d" % (len(page()), len(TWICE_AS_LONG)), TWICE_AS_LONG)
    ),
    "a length elsewhere": document(
        plain(b"/Length 20 0 R", TWICE_AS_LONG), more={20: b"%d" % len(TWICE_AS_LONG)}
    ),
    "a filter that is a value": document(
        plain(b"/Length %d /Foo /Filter /FlateDecode null" % len(PACKED), PACKED)
    ),
    "a filter in a comment": document(
        plain(b"%%/Filter /FlateDecode\n/Filter /ASCIIHexDecode /Length %d" % len(PACKED), PACKED)
    ),
    "a filter elsewhere": document(
        plain(b"/Filter 20 0 R /Length %d" % len(PACKED), PACKED), more={20: b"/FlateDecode"}
    ),
    "a predictor": document(stream(page(), more=b"/DecodeParms << /Predictor 2 /Columns 100000 >>")),
    "a content in another file": document(stream(page(), more=b"/F (other.pdf)")),
}  # fmt: skip


@pytest.mark.parametrize("content", DISAGREED.values(), ids=DISAGREED)
def test_a_stream_that_libraries_read_differently_is_refused(content: bytes, tmp_path: Path) -> None:
    assert isinstance(refused(saved(content, tmp_path)), ReportUnreadable)


@pytest.mark.parametrize("characters", [b"<52>", b"<>", b"<D83D>", b"<0000>", b"<00520000>"])
def test_a_glyph_without_a_whole_character_is_refused(characters: bytes, tmp_path: Path) -> None:
    section = CODES + b" 1 beginbfchar <0052> %b endbfchar" % characters
    path = saved(document(map_content=font_map(section)), tmp_path)
    assert refused(path).message == "page 1: a glyph has no character"


def test_a_glyph_for_two_characters_is_refused_with_both(tmp_path: Path) -> None:
    section = CODES + b" 1 beginbfchar <0052> <0142> endbfchar"
    error = refused(saved(document(map_content=font_map(section)), tmp_path))
    assert error.message == "a font of it has one glyph for “R” and “ł”, which can't be told apart"


def test_a_hyphen_whose_glyph_is_also_that_of_a_soft_hyphen_stays_one(tmp_path: Path) -> None:
    rows = (ROWS[0], ("1", "Rossi-Bianchi"))
    section = CODES + b" 1 beginbfchar <002D> <00AD> endbfchar"
    path = saved(document(page(rows), map_content=font_map(section)), tmp_path)
    assert read_report(path).rows == [("1", "Rossi-Bianchi")]
    # It would take the last of two characters.
    with pytest.raises(ReportUnreadable, match="page 1: a glyph of it has two characters"):
        read_report(path, engine="pdfplumber")


@pytest.mark.parametrize("width", [b"112", b"152", b"212", b"412"])
def test_a_page_that_is_smaller_than_its_background_is_refused(width: bytes, tmp_path: Path) -> None:
    path = saved(document().replace(b"[0 0 612 792]", b"[0 0 %b 792]" % width), tmp_path)
    assert isinstance(refused(path), ReportLayoutBroken)


@pytest.mark.parametrize(
    "section",
    [
        CODES + b" % beginbfchar <0031> <0039> endbfchar",
        CODES + b" ( beginbfchar <0031> <0039> endbfchar )",
        CODES + b" endcmap beginbfchar <0031> <0039> endbfchar",
    ],
)
def test_both_engines_read_an_odd_map_alike(section: bytes, tmp_path: Path) -> None:
    report = read_report(saved(document(map_content=font_map(section)), tmp_path), engine="both")
    assert (report.rows[0], report.pages_read_again) == (ROWS[1], 0)


def test_codes_of_another_length_than_the_fonts_are_refused(tmp_path: Path) -> None:
    section = CODES + b" 1 beginbfchar <000031> <0039> endbfchar"
    assert isinstance(refused(saved(document(map_content=font_map(section)), tmp_path)), ReportUnreadable)


BESIDE: list[tuple[str | bytes, ...]] = [
    ROWS[0],
    ("1", encoded("A") + b" Tj 4.875 0 Td " + encoded("B") + b" Tj"),
]


@pytest.mark.parametrize(
    ("row", "edge"), [(0, "bottom"), (2, "left"), (2, "right"), (2, "bottom"), (2, "top")]
)
def test_a_cell_that_is_out_of_place_by_more_than_half_a_point_is_refused(
    row: int, edge: str, tmp_path: Path
) -> None:
    read_report(saved(document(page_with_moved_edge(row, edge, 0.4)), tmp_path), engine="stream")
    with pytest.raises(ReportLayoutBroken, match=f"^page 1: row {row} has a cell out of place$"):
        read_report(saved(document(page_with_moved_edge(row, edge, 0.6)), tmp_path), engine="stream")


def page_with_moved_edge(row: int, edge: str, by_pt: float) -> bytes:
    """Return a page on which one edge of a row's second cell is moved outwards."""
    x, y, width, height = 162.0, 720 - 13.5 * (row + 1), 160.0, 13.5
    shown, is_header = encoded(ROWS[row][1]) + b" Tj", row == 0
    moved = {
        "left": (x - by_pt, y, width + by_pt, height),
        "right": (x, y, width + by_pt, height),
        "bottom": (x, y - by_pt, width, height + by_pt),
        "top": (x, y, width, height + by_pt),
    }
    left, bottom, wide, high = moved[edge]
    before = cell(x, y, width, shown, is_header=is_header)
    after = cell(left, bottom, wide, shown, is_header=is_header, height=high)
    content = page()
    assert content.count(before) == 1
    return content.replace(before, after)


def test_widths_that_go_back_a_little_are_left_to_the_second_engine(tmp_path: Path) -> None:
    path = saved(document(page(BESIDE), widths=b"/DW 500 /W [65 66 -1]"), tmp_path)
    assert read_report(path).pages_read_again == 1


@pytest.mark.parametrize("widths", [b"/DW -500", b"/W [0 [-500 -500]]"])
def test_widths_that_go_back_are_refused(widths: bytes, tmp_path: Path) -> None:
    error = refused(saved(document(page(BESIDE), widths=widths), tmp_path))
    assert "from left to right and from top to bottom" in error.message


@pytest.mark.parametrize(
    "widths",
    [
        b"/W [0]",
        b"/W [0 5]",
        b"/W [(a)]",
        b"/W [0 99999999999999999999999 500]",
        b"/W [-9999999 9999999 5]",
    ],
)
def test_widths_that_cannot_be_read_are_refused(widths: bytes, tmp_path: Path) -> None:
    assert isinstance(refused(saved(document(page(BESIDE), widths=widths), tmp_path)), ReportError)


def test_text_that_is_written_downwards_is_refused(tmp_path: Path) -> None:
    path = saved(document(font=FONT.replace(b"Identity-H", b"Identity-V")), tmp_path)
    assert refused(path).message == "page 1: its font has no map from glyphs to characters"


@pytest.mark.parametrize(
    "font",
    [
        FONT.replace(b"Identity-H", b"Nonsense-H"),
        FONT.replace(b"Identity-H", b"UniJIS-UCS2-H"),
        b"<< /Type /Font /Subtype /TrueType /BaseFont /A /FontDescriptor 8 0 R >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /A /Encoding << /Differences [65 /B] >> >>",
    ],
)
def test_a_font_that_does_not_say_its_characters_is_refused(font: bytes, tmp_path: Path) -> None:
    rows: list[tuple[str, str | bytes]] = [*ROWS, ("3", b"(Verdi) Tj")]
    path = saved(document(page(rows), font=font), tmp_path)
    assert refused(path).message == "page 1: its font has no map from glyphs to characters"


def test_a_text_in_no_font_is_refused(tmp_path: Path) -> None:
    path = saved(document(page().replace(b"/FNT0 9.75 Tf", b"", 1)), tmp_path)
    assert refused(path).message == "page 1: not all of its text can be read"


@pytest.mark.parametrize("encoding", [b"/WinAnsiEncoding", b"<< /BaseEncoding /WinAnsiEncoding >>"])
def test_a_simple_font_in_a_known_encoding_is_read(encoding: bytes, tmp_path: Path) -> None:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding %b >>" % encoding
    texts = (*ROWS, ("3", "Città €"))
    rows: list[list[str | bytes]] = [[b"(%b) Tj" % each.encode("cp1252") for each in row] for row in texts]
    report = read_report(saved(document(page(rows), font=font), tmp_path))
    assert (report.rows[-1], report.pages_read_again) == (("3", "Città €"), 1)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (b"0 1 -1 0 240 682 Tm %b Tj", "text is drawn at an angle"),
        (b"1 0 .5 1 170 682 Tm %b Tj", "text is drawn at an angle"),
        (b"-1 0 0 -1 240 684 Tm %b Tj", "text is drawn at an angle"),
        (b"400 0 Td %b Tj 0 g", "text is drawn outside its cell"),
        (b"-90 0 Td %b Tj 0 g", "text is drawn outside its cell"),
    ],
)
def test_a_text_that_is_not_in_its_cell_as_it_should_be_is_refused(
    shown: bytes, said: str, tmp_path: Path
) -> None:
    rows: list[tuple[str, str | bytes]] = [*ROWS[:2], ("2", shown % encoded("Rossi"))]
    error = refused(saved(document(page(rows)), tmp_path))
    assert error.message == f"page 1: {said}"


def test_a_stream_of_objects_with_a_wrong_checksum_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    path = edited(
        drawn, tmp_path / "a.pdf", lambda pdf: None, object_stream_mode=pikepdf.ObjectStreamMode.generate
    )
    content = bytearray(path.read_bytes())
    end = content.index(b"\nendstream", content.index(b"/ObjStm"))
    content[end - 1] ^= 1
    path.write_bytes(content)
    assert isinstance(refused(path), ReportUnreadable)


def test_a_stamp_on_a_page_is_refused_and_a_link_is_not(drawn: Drawn, tmp_path: Path) -> None:
    def put(subtype: str) -> Path:
        def change(pdf: pikepdf.Pdf) -> None:
            annotation = pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name(f"/{subtype}"), Rect=pikepdf.Array([0, 0, 9, 9])
            )
            pdf.pages[0].Annots = pikepdf.Array([annotation])

        return edited(drawn, tmp_path / f"{subtype}.pdf", change)

    assert refused(put("Stamp")).message == "page 1: something else than cells is drawn on it"
    assert read_report(put("Link")).rows == drawn.table.rows


def test_a_file_with_an_object_written_again_at_its_end_is_read(drawn: Drawn, tmp_path: Path) -> None:
    content = drawn.path.read_bytes()
    number, catalog = re.findall(rb"(\d+) 0 obj\s+(<<[^>]*/Catalog.*?>>)\s+endobj", content, re.S)[0]
    place = len(content)
    content += b"%b 0 obj\n%b\nendobj\n" % (number, catalog)
    content = with_table(content, b"%b 1\n%010d 00000 n \n" % (number, place), root=int(number))
    assert read_report(saved(content, tmp_path)).rows == drawn.table.rows


def test_a_file_whose_tables_go_round_in_a_circle_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    content = drawn.path.read_bytes()
    path = saved(with_table(content, earlier=len(content)), tmp_path)
    assert isinstance(refused(path), ReportUnreadable)


def test_two_fonts_have_each_its_own_map(tmp_path: Path) -> None:
    ranges = b"<0000> <0032> <0000> <0033> <0033> <0037> <0034> <00FF> <0034>"
    three_is_seven = b"3 beginbfrange %b endbfrange" % ranges

    def change(pdf: pikepdf.Pdf) -> None:
        font = pdf.make_indirect(pikepdf.Dictionary(dict(pdf.pages[1].Resources.Font.FNT0.items())))
        font.ToUnicode = pdf.make_stream(font_map(three_is_seven))
        pdf.pages[1].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(FNT0=font))

    path = edited_file(saved(two_pages(), tmp_path), tmp_path / "two.pdf", change)
    report = read_report(path, engine="both")
    assert ([row[0] for row in report.rows], report.pages_read_again) == (["1", "2", "7", "4"], 0)


def test_a_file_whose_older_table_is_damaged_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    # A table that only adds to an earlier one must not hide what the earlier one says.
    content = drawn.path.read_bytes()
    old = int(content[content.rindex(b"startxref") :].split()[1])
    content = with_table(content)
    path = saved(content, tmp_path)
    assert read_report(path).rows == drawn.table.rows
    entry = content.index(b" 00000 n", old + 60)
    path.write_bytes(content[: entry - 1] + b"7" + content[entry:])
    assert isinstance(refused(path), ReportUnreadable)


def placed_elsewhere(pdf: pikepdf.Pdf) -> None:
    """Move the pages' corner but for what is drawn, and end the second page in another way than usual."""
    background = BACKGROUND.replace(b"0 0 612", b"9 9 612")
    for each in pdf.pages:
        content = each.Contents.read_bytes().replace(BACKGROUND, background)
        each.MediaBox = [9, 9, 621, 801]
        each.Contents.write(content)
    pdf.pages[1].Contents.write(content + b"\n")


def test_a_list_whose_pages_the_engines_place_differently_is_read_by_the_second_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = edited_file(saved(two_pages(), tmp_path), tmp_path / "a.pdf", placed_elsewhere)
    alone, seen = list[int](), list[int]()
    with pytest.raises(ReportLayoutBroken) as caught:
        read_report(path, engine="stream", on_page=lambda number, _count: alone.append(number))
    report = read_report(path, on_page=lambda number, _count: seen.append(number))
    assert (report.engine, report.pages_read_again) == ("pdfplumber", 2)
    assert [row[1] for row in report.rows] == ["Rossi", "Bianchi", "Verdi", "Neri"]
    assert seen == [*alone, 1, 2]
    first, last = logged_by(caplog, "sync.report.reader")
    assert caught.value.message in first
    assert "pdfplumber" in last


def test_what_each_engine_rejects_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    error = refused(saved(document(map_content=font_map(b"")), tmp_path))
    logged = logged_by(caplog, "sync.report.reader")
    assert [error.message in line for line in logged] == [True, True]
