"""What is read is what is seen: text that a viewer shows in another order, or not at all, is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from sync.errors import ReportLayoutBroken
from sync.report.reader import read_report
from tests.sync.report.changed_files import edited_file, refused
from tests.sync.report.hand_made import ROWS, cell, document, encoded, page, saved

# The font's glyphs are half as wide as they are high: 9.75 points.
OTHER_ORDERS = {
    "a number from right to left": b"[%b 1000 %b] TJ" % (encoded("2"), encoded("1")),
    "a digit over half of the one before": b"[%b 450 %b] TJ" % (encoded("1"), encoded("2")),
    "a raised piece": encoded("Verdi") + b" Tj 25 4 Td " + encoded("Rossi") + b" Tj",
    "one text over another": encoded("12") + b" Tj 0 0 Td " + encoded("34") + b" Tj",
    "a piece before the one before": encoded("Verdi") + b" Tj -20 0 Td " + encoded("Rossi") + b" Tj",
    "a line above the one before": encoded("Verdi") + b" Tj 0 4 Td " + encoded("Rossi") + b" Tj",
}
IN_ORDER = {
    "an accent over a letter": (b"[%b 350 %b] TJ" % (encoded("e"), encoded("´")), "e´"),
    "letters moved together": (b"[%b 150 %b] TJ" % (encoded("V"), encoded("A")), "VA"),
    "a line below, further left": (
        b"10 4 Td " + encoded("Rossi") + b" Tj -10 -4 Td " + encoded("Verdi") + b" Tj",
        "Rossi Verdi",
    ),
}
BODY = cell(162, 693, 160, encoded("Rossi") + b" Tj", is_header=False)


def changed(old: bytes, new: bytes) -> bytes:
    """Return the page with the body's first name drawn otherwise."""
    content = page()
    assert content.count(BODY) == 1
    assert old in BODY
    return content.replace(BODY, BODY.replace(old, new))


@pytest.mark.parametrize("shown", OTHER_ORDERS.values(), ids=OTHER_ORDERS)
def test_text_in_another_order_than_it_is_seen_is_refused(shown: bytes, tmp_path: Path) -> None:
    path = saved(document(page([*ROWS[:2], (shown, "Bianchi")])), tmp_path)
    error = refused(path)
    assert isinstance(error, ReportLayoutBroken)
    assert "from left to right and from top to bottom" in error.message


@pytest.mark.parametrize(("shown", "text"), IN_ORDER.values(), ids=IN_ORDER)
def test_text_that_is_moved_a_little_is_read(shown: bytes, text: str, tmp_path: Path) -> None:
    path = saved(document(page([*ROWS[:2], ("2", shown)])), tmp_path)
    report = read_report(path, engine="both")
    assert (report.rows[1], report.pages_read_again) == (("2", text), 0)


NOT_SEEN = {
    "white on white": (b"0 0 0 rg", b"1 1 1 rg"),
    "nearly white on white": (b"0 0 0 rg", b".95 .95 .95 rg"),
    "too small": (b"/FNT0 9.75 Tf", b"/FNT0 .01 Tf"),
    "invisible": (b"/FNT0 9.75 Tf", b"/FNT0 9.75 Tf 3 Tr"),
    "in a layer": (b" BT ", b" /OC /L BDC BT "),
    "transparent": (b" BT ", b" /G gs BT "),
    "under a shading": (b" ET Q Q", b" ET Q Q /S sh"),
}


@pytest.mark.parametrize(("old", "new"), NOT_SEEN.values(), ids=NOT_SEEN)
def test_text_that_is_not_seen_is_refused(old: bytes, new: bytes, tmp_path: Path) -> None:
    assert isinstance(refused(saved(document(changed(old, new)), tmp_path)), ReportLayoutBroken)


@pytest.mark.parametrize(("start", "is_seen"), [(b"164 696", True), (b"150 696", False), (b"110 696", False)])
def test_text_that_ends_left_of_its_cell_is_refused(start: bytes, is_seen: bool, tmp_path: Path) -> None:
    """It may begin there: one that is wider than its cell, and set to the right, does."""
    path = saved(document(changed(b"164 696", start)), tmp_path)
    if is_seen:
        report = read_report(path, engine="both")
        assert (report.rows[0], report.pages_read_again) == (ROWS[1], 0)
    else:
        assert refused(path).message == "page 1: text is drawn outside its cell"


@pytest.mark.parametrize("ink", [b"1 0 0", b".9 .6 0", b"0 .5 0"])
def test_text_in_any_colour_that_is_seen_is_read(ink: bytes, tmp_path: Path) -> None:
    path = saved(document(changed(b"0 0 0 rg", ink + b" rg")), tmp_path)
    report = read_report(path, engine="both")
    assert (report.rows[0], report.pages_read_again) == (ROWS[1], 0)


@pytest.mark.parametrize("lefts", [(162, 72), (72, 72)], ids=["exchanged", "one over the other"])
def test_columns_that_are_not_side_by_side_are_refused(lefts: tuple[float, float], tmp_path: Path) -> None:
    parts, y = [page([])], 720.0
    for number, row in enumerate(ROWS):
        y -= 13.5
        for left, value in zip(lefts, row, strict=True):
            parts.append(cell(left, y, 90, encoded(value) + b" Tj", is_header=not number))
    error = refused(saved(document(b"".join(parts)), tmp_path))
    assert error.message == "page 1: its columns are not side by side"


def cut_off(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].CropBox = [0, 0, 612, 700]


def covered_by_a_link(pdf: pikepdf.Pdf) -> None:
    look = pikepdf.Dictionary(N=pdf.make_stream(b"0 0 250 15 re f"))
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[72, 690, 322, 705])
    link.AP = look
    pdf.pages[0].Annots = [link]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (cut_off, "page 1: a part of it is cut off"),
        (covered_by_a_link, "page 1: something else than cells is drawn on it"),
    ],
)
def test_a_page_that_does_not_show_all_its_cells_is_refused(
    change: Callable[[pikepdf.Pdf], None], message: str, tmp_path: Path
) -> None:
    source = saved(document(), tmp_path)
    assert refused(edited_file(source, tmp_path / "changed.pdf", change)).message == message
