"""What is drawn in another way than the exporter's is read by the second engine, and read the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from scripts.erp_simulator.pdf_font import ReportFont
from sync.errors import ReportError
from sync.report.reader import read_report
from sync.report.report import Report
from tests.sync.report.changed_files import edited, refused, with_content
from tests.sync.report.drawn_reports import Drawn, Table, ledger, table_of

_HEX = re.compile(rb"<([0-9A-F]+)> Tj")


def both(path: Path) -> Report:
    """Read a file twice, cell by cell."""
    return read_report(path, engine="both")


def first_shown(pattern: str) -> Callable[[bytes], bytes]:
    """Show the longest text of a page in another way; ``{0}`` to ``{3}`` are its quarters."""

    def change(content: bytes) -> bytes:
        match = max(_HEX.finditer(content), key=lambda each: len(each[1]))
        digits = match[1].decode()
        size = len(digits) // 16 * 4
        parts = [digits[:size], digits[size : 2 * size], digits[2 * size : 3 * size], digits[3 * size :]]
        shown = pattern.format(*parts).encode()
        return content[: match.start()] + shown + content[match.end() :]

    return change


def replaced(old: bytes, new: bytes, count: int = 1) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new, count)


def lengthened(table: Table, value: str, new: str) -> Table:
    """Return the table with another text in place of the only one that has this."""
    rows = [tuple(new if cell == value else cell for cell in row) for row in table.rows]
    assert rows != table.rows
    return Table(table.columns, rows, table.footer)


IN_THE_GRAMMAR = [
    "[<{0}{1}{2}{3}>] TJ",
    "[ <{0}> 12.5 <{1}> -14 <{2}{3}> ] TJ",
    "[<{0}>12.5<{1}>-14<{2}{3}>]TJ",
    "[ 150 <{0}{1}> 0 <{2}{3}> -3000 ] TJ",
    "[ <{0}> <> <{1}{2}> <{3}> ] TJ",
    "<{0}> Tj <{1}{2}{3}> Tj",
    "<{0}{1}> Tj [ <{2}> <{3}> ] TJ",
    "[ <{0}> -149 <{1}> -149 <{2}{3}> ] TJ",
    "<> Tj <{0}{1}{2}{3}> Tj",
]


@pytest.mark.parametrize("pattern", IN_THE_GRAMMAR)
def test_a_text_in_pieces_is_the_same_text(drawn: Drawn, tmp_path: Path, pattern: str) -> None:
    path = with_content(drawn.path, tmp_path / "a.pdf", 1, first_shown(pattern))
    report = both(path)
    assert (table_of(report), report.pages_read_again) == (drawn.table, 0)


@pytest.mark.parametrize(
    "pattern",
    [
        "[ <{0}> -151 <{1}{2}{3}> ] TJ",
        "[ <{0}> -100 -60 <{1}{2}{3}> ] TJ",
        "[ <{0}> -2000 <{1}{2}{3}> ] TJ",
        "<{0}> Tj 60 0 Td <{1}{2}{3}> Tj",
        "[ <{0}> ] TJ 60 0 Td [ <{1}> <{2}{3}> ] TJ",
        "<{0}> Tj 60 .2 Td <{1}{2}{3}> Tj",
    ],
)
def test_a_gap_between_two_pieces_is_a_blank(drawn: Drawn, tmp_path: Path, pattern: str) -> None:
    path = with_content(drawn.path, tmp_path / "a.pdf", 1, first_shown(pattern))
    report = both(path)
    changed = {cell for row in report.rows for cell in row} - {
        cell for row in drawn.table.rows for cell in row
    }
    assert report.pages_read_again == 0
    assert len(changed) == 1
    assert changed.pop().count(" ") == 3


def test_pieces_of_one_line_side_by_side_are_one_word(drawn: Drawn, tmp_path: Path) -> None:
    # The second piece begins where the first one ends: the widths of the glyphs tell.
    end_pt = ReportFont().width_pt("Stud")
    path = with_content(
        drawn.path, tmp_path / "a.pdf", 1, first_shown(f"<{{0}}> Tj {end_pt:.4f} 0 Td <{{1}}{{2}}{{3}}> Tj")
    )
    report = both(path)
    assert (table_of(report), report.pages_read_again) == (drawn.table, 0)


NOT_IN_THE_GRAMMAR: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("an operator for the spaces between letters", first_shown("0 Tc <{0}{1}{2}{3}> Tj")),
    ("a number too many", first_shown("7 0 0 Td <{0}{1}{2}{3}> Tj")),
    ("a rotated text", replaced(b" Tf ", b" Tf 1 0 0 1 0 0 Tm ")),
    ("a moved coordinate system", lambda content: b" 1 0 0 1 0 0 cm" + content),
    ("a comment", lambda content: content + b" % end"),
    ("a line feed for a blank", replaced(b" re W n ", b" re\nW n ")),
    ("two blanks", replaced(b" re W n ", b" re  W n ")),
    ("a blank at the end", lambda content: content + b" "),
    ("a border less", lambda content: re.sub(rb" q [^q]* rg 71\.625 [^q]* re f Q", b"", content, count=1)),
    (
        "a border more",
        lambda content: re.sub(rb"( q [^q]* rg 71\.625 [^q]* re f Q)", rb"\1\1", content, count=1),
    ),
    ("a color space", replaced(b"0 0 0 rg q BT", b"0 g q BT")),
    ("an empty path", lambda content: content + b" n"),
    ("no background", lambda content: content[content.index(b" Q") + 2 :]),
    ("a marked content", lambda content: b" /Artifact BMC" + content + b" EMC"),
]


@pytest.mark.parametrize(
    "change", [change for _, change in NOT_IN_THE_GRAMMAR], ids=[n for n, _ in NOT_IN_THE_GRAMMAR]
)
def test_what_is_not_the_grammar_is_read_again(
    drawn: Drawn, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    report = both(with_content(drawn.path, tmp_path / "a.pdf", 1, change))
    assert (table_of(report), report.pages_read_again) == (drawn.table, 1)


def split_contents(pdf: pikepdf.Pdf) -> None:
    """Cut a page's content in the middle of a number."""
    page = pdf.pages[0]
    content = page.Contents.read_bytes()
    middle = content.index(b" rg ", len(content) // 2)
    page.Contents = pikepdf.Array([pdf.make_stream(content[:middle]), pdf.make_stream(content[middle:])])


def rotated(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Rotate = 180


def scaled(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].UserUnit = 2


def of_another_encoding(pdf: pikepdf.Pdf) -> None:
    font = pdf.pages[0].Resources.Font.FNT0
    font.Encoding = pikepdf.Name("/UniJIS-UTF16-H")


@pytest.mark.parametrize("change", [split_contents, scaled])
def test_a_page_that_is_set_up_otherwise_is_read_again(
    drawn: Drawn, tmp_path: Path, change: Callable[[pikepdf.Pdf], None]
) -> None:
    report = both(edited(drawn, tmp_path / "a.pdf", change))
    assert (table_of(report), report.pages_read_again) == (drawn.table, 1)


@pytest.mark.parametrize("change", [rotated, of_another_encoding])
def test_a_page_that_neither_can_read_is_refused(
    drawn: Drawn, tmp_path: Path, change: Callable[[pikepdf.Pdf], None]
) -> None:
    with pytest.raises(ReportError):
        read_report(edited(drawn, tmp_path / "a.pdf", change))


def in_an_array(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        page.Contents = pikepdf.Array([page.Contents])


def with_own_fonts(pdf: pikepdf.Pdf) -> None:
    """Give each page a font dictionary of its own, under another name."""
    for page in pdf.pages:
        font = page.Resources.Font.FNT0
        page.Resources = pikepdf.Dictionary(
            Font=pikepdf.Dictionary(F1=pikepdf.Dictionary(dict(font.items())))
        )
        page.Contents.write(page.Contents.read_bytes().replace(b"/FNT0", b"/F1"))


def inherited(pdf: pikepdf.Pdf) -> None:
    """Put what all pages have in common into the page tree, two levels up."""
    inner = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages, Count=len(pdf.pages)))
    outer = pdf.Root.Pages
    outer.MediaBox, outer.Resources = pdf.pages[0].MediaBox, pdf.pages[0].Resources
    inner.Parent, inner.Kids = outer, outer.Kids
    for page in inner.Kids:
        page.Parent = inner
        del page.MediaBox, page.Resources
    outer.Kids = pikepdf.Array([inner])


def in_two_branches(pdf: pikepdf.Pdf) -> None:
    """Put the first page into one node of the page tree, the others into another."""
    tree = pdf.Root.Pages
    first, *others = tree.Kids
    nodes = [
        pikepdf.Dictionary(Type=pikepdf.Name.Pages, Parent=tree, Kids=pikepdf.Array(kids), Count=len(kids))
        for kids in ([first], others)
    ]
    tree.Kids = pikepdf.Array(map(pdf.make_indirect, nodes))
    for node in tree.Kids:
        for page in node.Kids:
            page.Parent = node


@pytest.mark.parametrize("change", [in_an_array, with_own_fonts, inherited, in_two_branches])
def test_the_same_drawing_in_another_structure_needs_no_second_engine(
    drawn: Drawn, tmp_path: Path, change: Callable[[pikepdf.Pdf], None]
) -> None:
    report = both(edited(drawn, tmp_path / "a.pdf", change))
    assert (table_of(report), report.pages_read_again) == (drawn.table, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"Td <([0-9A-F]{4})", rb"Td <FFFF"),
        (rb"(BT /FNT0 [\d.]+ Tf [\d.]+) [\d.]+ Td", rb"\1 20 Td"),
        (rb" q [^Q]* BT .*? ET Q Q", rb" q 1 1 5 5 re W n 0 0 0 rg q BT /FNT0 9 Tf 1 1 Td <0041> Tj ET Q Q"),
    ],
    ids=["a code without a character", "a text outside of its cell", "a text clipped elsewhere"],
)
def test_a_text_that_is_not_a_cells_is_refused(drawn: Drawn, tmp_path: Path, old: bytes, new: bytes) -> None:
    path = with_content(drawn.path, tmp_path / "a.pdf", 1, lambda content: re.sub(old, new, content, count=1))
    assert refused(path).page == 1


def test_a_file_that_is_drawn_otherwise_throughout_counts_all_its_pages(tmp_path: Path) -> None:
    drawn = ledger(tmp_path / "a.pdf", 60)

    def change(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            page.Contents.write(page.Contents.read_bytes() + b" ")

    report = read_report(edited(drawn, tmp_path / "b.pdf", change))
    assert (table_of(report), report.pages_read_again, report.page_count) == (drawn.table, 6, 6)
