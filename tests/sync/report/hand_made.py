"""Small lists written by hand, operator by operator, to change what no drawing program would."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pikepdf

from sync.report.fonts import Font
from sync.report.fonts import font_map as read_font_map
from tests.sync.report.hostile_files import one_page, pdf_of, stream

ROWS = (("CODE", "NAME"), ("1", "Rossi"), ("2", "Bianchi"))
BACKGROUND = b" q 0 0 612 792 re W n 1 1 1 rg 0 0 612 792 re f Q"
CODES = b"1 beginbfrange <0000> <00FF> <0000> endbfrange"
FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [7 0 R] "
    b"/ToUnicode 6 0 R >>"
)
_DESCENDANT = (
    b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /CIDSystemInfo << /Registry (Adobe) "
    b"/Ordering (Identity) /Supplement 0 >> %b /FontDescriptor 8 0 R >>"
)
_DESCRIPTOR = (
    b"<< /Type /FontDescriptor /FontName /A /Flags 4 /Ascent 800 /Descent -200 /FontBBox [0 0 1000 1000] >>"
)
_WIDTHS_PT = (90, 160)
_ROW_PT = 13.5


def encoded(text: str) -> bytes:
    return b"<%b>" % "".join(f"{ord(char):04X}" for char in text).encode()


def cell(
    x: float, y: float, width: float, shown: bytes, *, is_header: bool, height: float = _ROW_PT
) -> bytes:
    """Return the operators of a cell; ``shown`` is what follows the place of its text."""
    fill, ink = (b".5 .5 .5", b"1 1 1") if is_header else (b"1 1 1", b"0 0 0")
    grey, left, bottom = b".66 .66 .66", x - 0.375, y - 0.375
    return b"".join(
        [
            _filled(fill, x, y, width, height),
            _filled(grey, left, bottom, 0.75, height + 0.75),
            _filled(grey, left + width, bottom, 0.75, height + 0.75),
            _filled(grey, left, bottom + height, width + 0.75, 0.75),
            _filled(grey, left, bottom, width + 0.75, 0.75),
            b" q %g %g %g %g re W n %b rg q" % (x + 0.375, y + 0.375, width - 0.75, height - 0.75, ink),
            b" BT /FNT0 9.75 Tf %g %g Td %b ET Q Q" % (x + 2, y + 3, shown),
        ]
    )


def _filled(color: bytes, x: float, y: float, width: float, height: float) -> bytes:
    return b" q 72 72 468 648 re W n %b rg %g %g %g %g re f Q" % (color, x, y, width, height)


def page(rows: Sequence[Sequence[str | bytes]] = ROWS) -> bytes:
    """Return the content of a page; bytes are shown as they are, texts by one operator."""
    parts, y = [BACKGROUND], 720.0
    for number, row in enumerate(rows):
        y, x = y - _ROW_PT, 72.0
        for width, value in zip(_WIDTHS_PT, row, strict=True):
            shown = value if isinstance(value, bytes) else encoded(value) + b" Tj"
            parts.append(cell(x, y, width, shown, is_header=not number))
            x += width
    return b"".join(parts)


def font_map(section: bytes = CODES) -> bytes:
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange %b endcmap end end" % section
    )


def made_font(widths: bytes = b"", changes: bytes = b"", section: bytes = CODES) -> Font:
    """Return a font that has these widths, and these entries in place of the usual ones."""
    with pikepdf.new() as pdf:
        dictionary = pikepdf.Dictionary(
            Subtype=pikepdf.Name.Type0,
            Encoding=pikepdf.Name("/Identity-H"),
            ToUnicode=pdf.make_stream(font_map(section)),
            DescendantFonts=[pikepdf.Object.parse(b"<< %b >>" % widths)],
        )
        for name, value in pikepdf.Object.parse(b"<< %b >>" % changes).items():
            dictionary[name] = value
        return Font(dictionary, lambda stream: read_font_map(stream.read_bytes()))


def document(
    content: bytes | None = None,
    *,
    font: bytes = FONT,
    widths: bytes = b"/DW 500",
    map_content: bytes | None = None,
    more: dict[int, bytes] | None = None,
) -> bytes:
    """Return a file with one page: object 4 is its content, 5 its font, 6 the font's map.

    ``content`` can be a whole object.
    """
    content = page() if content is None else content
    return one_page(
        content if content.startswith(b"<<") else stream(content),
        font=font,
        more={
            6: stream(font_map() if map_content is None else map_content),
            7: _DESCENDANT % widths,
            8: _DESCRIPTOR,
            **(more or {}),
        },
    )


def saved(content: bytes, folder: Path) -> Path:
    path = folder / "made.pdf"
    path.write_bytes(content)
    return path


def two_pages(first_dictionary: bytes = b"", second_dictionary: bytes = b"") -> bytes:
    """Return a file with two pages, and more entries in the dictionaries of their contents."""
    node = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
        b"/Resources << /Font << /FNT0 5 0 R >> >> >>"
    )
    second = page([ROWS[0], ("3", "Verdi"), ("4", "Neri")])
    return pdf_of(
        {
            2: b"<< /Type /Pages /Count 2 /Kids [3 0 R 9 0 R] >>",
            3: node % 4,
            9: node % 10,
            4: stream(page(), more=first_dictionary),
            10: stream(second, more=second_dictionary),
            5: FONT,
            6: stream(font_map()),
            7: _DESCENDANT % b"/DW 500",
            8: _DESCRIPTOR,
        }
    )


def with_table(
    content: bytes, section: bytes = b"0 0\n", *, root: int = 1, blanks: int = 0, earlier: int | None = None
) -> bytes:
    """Append a table, which adds to the last one of the file or to the one at ``earlier``."""
    if earlier is None:
        earlier = int(content[content.rindex(b"startxref") :].split()[1])
    table = b"xref\n%btrailer\n<< /Size 99 /Root %d 0 R %b/Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return content + table % (section, root, b" " * blanks, earlier, len(content))


def many_pages(count: int, content: bytes, map_content: bytes) -> bytes:
    """Return a file whose pages all show the same."""
    node = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
        b"/Resources << /Font << /FNT0 5 0 R >> >> >>"
    )
    kids = b" ".join(b"%d 0 R" % (20 + number) for number in range(count))
    return pdf_of(
        {
            2: b"<< /Type /Pages /Count %d /Kids [%b] >>" % (count, kids),
            5: FONT,
            6: stream(map_content),
            7: _DESCENDANT % b"/DW 500",
            8: _DESCRIPTOR,
            **{20 + number: node % (20 + count + number) for number in range(count)},
            **{20 + count + number: stream(content) for number in range(count)},
        }
    )


def with_hidden(content: bytes, hidden: bytes) -> bytes:
    """Insert bytes before the table, which does not know them."""
    at = content.index(b"xref\n0")
    moved = content[:at] + hidden + content[at:]
    return re.sub(rb"startxref\n\d+", b"startxref\n%d" % (at + len(hidden)), moved)
