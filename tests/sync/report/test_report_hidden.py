"""Lists of which a viewer shows less than is read, or something else; and fonts that take long to read."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from sync.errors import ReportError
from sync.report.isolated import read_isolated
from sync.report.reader import read_report
from tests.sync.report.changed_files import edited_file, refused
from tests.sync.report.drawn_reports import readings
from tests.sync.report.hand_made import CODES, FONT, ROWS, cell, document, encoded, page, saved
from tests.sync.report.hostile_files import stream

ROSSI, FALSE = encoded("Rossi"), encoded("FALSE")
SOFT = "Rossi\xadRossi"
# Of the soft hyphen.
NO_WIDTH = b"/DW 500 /W [173 [0]]"
BODY = cell(162, 693, 160, ROSSI + b" Tj", is_header=False)


def changed(*replacements: tuple[bytes, bytes]) -> bytes:
    """Return the page with the body's first name drawn otherwise."""
    content, body = page(), BODY
    for old, new in replacements:
        assert old in body
        body = body.replace(old, new)
    return content.replace(BODY, body)


def shown(text: bytes) -> bytes:
    return page([*ROWS[:2], ("2", text)])


def low_row() -> bytes:
    cells = ((72, 90, b"<0033> Tj"), (162, 160, encoded("Hidden") + b" Tj"))
    drawn = [cell(x, 691.4, wide, text, is_header=False, height=1.6) for x, wide, text in cells]
    return page(ROWS[:2]) + b"".join(drawn).replace(b" 694.4 Td", b" 691.5 Td")


def below_the_page() -> bytes:
    rows = [*ROWS, *[(str(number), f"Hidden{number}") for number in range(3, 70)]]
    return page(rows).replace(b"q 72 72 468 648 re", b"q 72 -400 468 1200 re")


SEEN_OTHERWISE = {
    "a further line right of its cell": shown(ROSSI + b" Tj 500 -3 Td " + FALSE + b" Tj"),
    "a further line left of its cell": shown(ROSSI + b" Tj -200 -3 Td " + FALSE + b" Tj"),
    "a first line right of its cell": shown(b"500 3 Td " + FALSE + b" Tj -500 -3 Td " + ROSSI + b" Tj"),
    "a word right of its cell": shown(b"[%b -30000 %b] TJ" % (ROSSI, FALSE)),
    "a word left of its cell": shown(b"-200 0 Td [%b -17000 %b] TJ" % (FALSE, ROSSI)),
    "a word right of its cell, after a blank there": shown(b"[%b -30000 <0020> %b] TJ" % (ROSSI, FALSE)),
    "a word right of its cell, with a blank before it": shown(b"[%b -30000 <0020%b] TJ" % (ROSSI, FALSE[1:])),
    "a letter right of its cell, before a blank": changed(
        (b"164 696 Td " + ROSSI, b"300.6 696 Td " + encoded("Rossi "))
    ),
    "a letter right of its cell, in a piece": changed(
        (b"164 696 Td %b Tj" % ROSSI, b"300.6 696 Td [%b 10 <0020>] TJ" % ROSSI)
    ),
    "above its cell": changed((b"164 696", b"164 706.8")),
    "in a row of no height": low_row(),
    "larger than its cell": changed((b"9.75 Tf", b"900 Tf")),
    "a number cut off on the left": changed((b"164 696 Td " + ROSSI, b"154 696 Td " + encoded("1.234,00"))),
    "a number cut off on the right": changed((b"164 696 Td " + ROSSI, b"312 696 Td " + encoded("1.234,00"))),
    "whiter than white": changed((b"1 1 1 rg 162 693", b"5 5 5 rg 162 693"), (b"0 0 0 rg", b"1 1 1 rg")),
    "rows below the page": below_the_page(),
    # Not in the grammar.
    "clipped away": changed((b" BT ", b" 0 0 1 1 re W n BT ")),
    "invisible, before a comment": changed((b"9.75 Tf", b"9.75 Tf 3 Tr%\n")),
    "invisible, before a brace": changed((b"9.75 Tf", b"9.75 Tf 3 Tr{} ")),
    "invisible, before a null": changed((b"9.75 Tf", b"9.75 Tf 3 Tr\0 ")),
    "on the next line": shown(b'%b Tj 90 TL 0 0 %b "' % (ROSSI, FALSE)),
    "upside down": changed((b"164 696 Td " + ROSSI, b"180 704 Td /FNT0 -9.75 Tf " + encoded("6"))),
    "squeezed": changed((b"164 696 Td", b".01 0 0 1 164 696 Tm")),
}


@pytest.mark.parametrize("content", SEEN_OTHERWISE.values(), ids=SEEN_OTHERWISE)
def test_text_that_is_seen_otherwise_is_refused(content: bytes, tmp_path: Path) -> None:
    refused(saved(document(content), tmp_path))


def test_a_number_from_right_to_left_is_refused_whatever_the_widths_say(tmp_path: Path) -> None:
    content = shown(b"[%b 390 %b] TJ" % (encoded("2"), encoded("1")))
    refused(saved(document(content, widths=b"/DW 0"), tmp_path))


def test_a_number_that_goes_back_step_by_step_is_refused(tmp_path: Path) -> None:
    """Each glyph of no width begins a bit left of the one before, down to where the 2 begins."""
    steps = b" 49 ".join([b"<00AD>"] * 24)
    content = shown(b"[%b %b 49 %b] TJ" % (encoded("2"), steps, encoded("1")))
    refused(saved(document(content, widths=NO_WIDTH), tmp_path))


RIGHT = 322 - 1.875


def set_right(text: str, measured: str) -> bytes:
    """Return the page with a name set to the right; it is as long as what the exporter measured of it."""
    x_pt = RIGHT - len(measured) * 0.5 * 9.75
    return changed((b"164 696 Td " + ROSSI, b"%g 696 Td %b" % (x_pt, encoded(text))))


def set_within(x: bytes, text: bytes) -> bytes:
    return changed((b"164 696 Td " + ROSSI, x + b" 696 Td " + text))


LONG = "Donaudampfschifffahrtsgesellschaft"
SEEN_WHOLE = {
    "a blank beyond the right edge": (set_right("Rossi ", "Rossi"), "Rossi"),
    "a hard blank beyond the right edge": (set_right("Rossi\xa0", "Rossi"), "Rossi"),
    "many blanks beyond the right edge": (set_right("Rossi" + " " * 30, "Rossi"), "Rossi"),
    "only blanks, beyond the right edge": (set_right("   ", ""), ""),
    "a blank after a gap, beyond the right edge": (shown(b"[%b -15500 <0020>] TJ" % ROSSI), "Rossi"),
    "a justified line's last blanks": (
        shown(b"[%b -9000 %b 10 <0020> -3000 <0020>] TJ" % (ROSSI, encoded("A" * 11))),
        "Rossi " + "A" * 11,
    ),
    "a wide word, 20 px from the left": (set_within(b"177", encoded(LONG)), LONG),
    "a wide word, 20 px from the right": (set_within(b"141.25", encoded(LONG)), LONG),
    "a glyph of no width in a justified line": (shown(b"[%b 12.5 <00AD> 12.5 %b] TJ" % (ROSSI, ROSSI)), SOFT),
}


@pytest.mark.parametrize(("content", "name"), SEEN_WHOLE.values(), ids=SEEN_WHOLE)
def test_text_whose_blanks_leave_its_cell_is_read(content: bytes, name: str, tmp_path: Path) -> None:
    path = saved(document(content, widths=NO_WIDTH), tmp_path)
    assert [name in {row[1] for row in table.rows} for table in readings(path)] == [True, True]
    assert read_report(path).pages_read_again == 0


def in_a_layer(pdf: pikepdf.Pdf) -> None:
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="L"))
    pdf.pages[0].Resources.Properties = pikepdf.Dictionary(L=layer)
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer]))
    rewritten(pdf, changed((b" BT ", b" /#4fC /L BDC BT "), (b" ET Q Q", b" ET EMC Q Q")))


def in_a_palette(pdf: pikepdf.Pdf) -> None:
    palette = [pikepdf.Name.Indexed, pikepdf.Name.DeviceRGB, 1, pikepdf.String(b"\xff\xff\xff\0\0\0")]
    pdf.pages[0].Resources.ColorSpace = pikepdf.Dictionary(CS0=pikepdf.Array(palette))
    rewritten(pdf, changed((b"0 0 0 rg", b"/CS0 cs 0 sc")))


def rewritten(pdf: pikepdf.Pdf, content: bytes) -> None:
    pdf.pages[0].Contents.write(content)


@pytest.mark.parametrize("change", [in_a_layer, in_a_palette])
def test_text_that_is_hidden_by_what_is_around_it_is_refused(
    change: Callable[[pikepdf.Pdf], None], tmp_path: Path
) -> None:
    refused(edited_file(saved(document(), tmp_path), tmp_path / "changed.pdf", change))


@pytest.mark.parametrize("differences", [b"49 /.notdef", b"49 /a9"])
def test_a_simple_font_with_glyphs_of_unknown_names_is_refused(differences: bytes, tmp_path: Path) -> None:
    encoding = b"<< /BaseEncoding /WinAnsiEncoding /Differences [%b] >>" % differences
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding %b >>" % encoding
    rows: list[list[str | bytes]] = [[b"(CODE) Tj", b"(NAME) Tj"], [b"(41) Tj", b"(Rossi) Tj"]]
    refused(saved(document(page(rows), font=font), tmp_path))


SIMPLE = b"<< /Type /Font /Subtype /Type1 /BaseFont /A /ToUnicode 6 0 R %b >>"
IN_BRACKETS: list[list[str | bytes]] = [[b"(CODE) Tj", b"(NAME) Tj"], [b"(1) Tj", b"(Rossi) Tj"]]
ENDLESS = b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange %b endbfrange" % (
    b"<0000> <FFFF> <0000>" * 1500
)


def endless_map_of_a_simple_font() -> bytes:
    font = SIMPLE % b"/Encoding /WinAnsiEncoding"
    return document(page(IN_BRACKETS), font=font, map_content=ENDLESS)


def endless_map_after_a_simple_font() -> bytes:
    """The first font is not understood; pdfminer reads the second one's map."""
    fonts = b"<< /FNT0 5 0 R /FNT1 20 0 R >>"
    used = page(IN_BRACKETS).replace(b"Q Q", b"/FNT1 9 Tf Q Q", 1)
    content = document(
        used,
        font=b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        more={20: FONT, 6: stream(ENDLESS)},
    )
    moved = content.replace(b"<< /FNT0 5 0 R >>", fonts)
    raise_by = len(moved) - len(content)
    at = content.index(b"4 0 obj")
    for place in {int(each.split()[0]) for each in content.split(b"\n") if each.endswith(b" 00000 n ")}:
        if place >= at:
            moved = moved.replace(b"%010d 00000 n" % place, b"%010d 00000 N" % (place + raise_by))
    end = content.index(b"xref\n0")
    return moved.replace(b" 00000 N", b" 00000 n").replace(
        b"startxref\n%d" % end, b"startxref\n%d" % (end + raise_by)
    )


def long_font_program() -> bytes:
    program = b"1 " * (7 << 20)
    return document(
        page(IN_BRACKETS),
        font=SIMPLE % b"/FontDescriptor 20 0 R /FirstChar 0 /LastChar 1 /Widths [500 500]",
        map_content=b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange %b endcmap"
        % CODES.replace(b"<0000> <00FF>", b"<00> <FF>"),
        more={
            20: b"<< /Type /FontDescriptor /FontName /A /Flags 4 /FontBBox [0 0 1 1] /FontFile 21 0 R >>",
            21: stream(program, more=b"/Length1 %d" % len(program)),
        },
    )


def cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(
    "make", [endless_map_of_a_simple_font, endless_map_after_a_simple_font, long_font_program]
)
def test_a_font_that_pdfminer_would_read_long_is_refused_soon(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    path, start_s = saved(make(), tmp_path), cpu_of_children_s()
    with pytest.raises(ReportError, match="font"):
        read_isolated(path)
    assert cpu_of_children_s() - start_s < 4


def test_a_text_may_be_clipped_to_its_cell_without_thicker_borders(tmp_path: Path) -> None:
    """On a page that is not in the grammar, and so left to the second reader."""
    inner = (b"162.375 693.375 159.25", b"163 694 158")
    content = changed((b" BT ", b"  BT "), inner)
    report = read_report(saved(document(content), tmp_path))
    assert (report.pages_read_again, report.rows[0][1]) == (1, "Rossi")
