"""Where a cell's text is shown. The font's size is 10 points, and each glyph is 5 points wide."""

from __future__ import annotations

import pytest

from sync.report.fonts import Font
from sync.report.page import Line
from sync.report.pen import NotInGrammar, Pen
from tests.sync.report.hand_made import made_font


@pytest.fixture(scope="module")
def font() -> Font:
    return made_font(b"/DW 500")


def pen(font: Font, shown: bytes) -> Pen:
    drawn = Pen(font, 10)
    drawn.apply_all(shown)
    return drawn


@pytest.mark.parametrize(
    ("shown", "texts"),
    [
        (b"<0041> Tj", ["A"]),
        (b"<0041> Tj <0042> Tj", ["AB"]),
        (b"[<0041> <0042>] TJ", ["AB"]),
        (b"[<0041><0042>] TJ", ["AB"]),
        (b"[] TJ", []),
        (b"[50] TJ", []),
        (b"<> Tj", []),
        (b"<> Tj <0041> Tj", ["A"]),
        # Up to 1.5 points apart is no blank: glyphs are moved towards each other or apart by less.
        (b"[<0041> -150 <0042>] TJ", ["AB"]),
        (b"[<0041> -151 <0042>] TJ", ["A B"]),
        (b"<0041> Tj 6.5 0 Td <0042> Tj", ["AB"]),
        (b"<0041> Tj 6.625 0 Td <0042> Tj", ["A B"]),
        (b"<0041> Tj 6.625 0 Td <> Tj <0042> Tj", ["A B"]),
        # Half a point lower is the same line.
        (b"<0041> Tj 5 -.5 Td <0042> Tj", ["AB"]),
        (b"<0041> Tj 5 .5 Td <0042> Tj", ["AB"]),
        (b"<0041> Tj 5 -.625 Td <0042> Tj", ["A", "B"]),
        # Lower by a little twice.
        (b"<0041> Tj 5 -.5 Td <0042> Tj 5 -.5 Td <0043> Tj", ["ABC"]),
        (b"[<0041> 400 <0042>] TJ", ["AB"]),
        # A line below begins wherever it likes.
        (b"<0041> Tj -20 -12 Td <0042> Tj 40 -12 Td <0043> Tj", ["A", "B", "C"]),
        (b"<00410042> Tj 0 -12 Td <0043> Tj 5 0 Td <0044> Tj", ["AB", "CD"]),
    ],
)
def test_texts_are_joined_to_lines(font: Font, shown: bytes, texts: list[str]) -> None:
    assert list(map("".join, pen(font, shown).parts)) == texts


@pytest.mark.parametrize(
    ("shown", "is_read"),
    [
        # Over the glyph before by up to 4 points, and half a point to the left of its beginning.
        (b"[<0041> 400 <0042> 400 <0043>] TJ", True),
        (b"[<0041> 401 <0042>] TJ", False),
        (b"<0041> Tj 0 .625 Td <0042> Tj", False),
        (b"<0041> Tj 5 .625 Td <0042> Tj", False),
        # A glyph of no width is drawn over the one before, and the next begins where that one ended.
        (b"<0041> Tj 1.5 0 Td <0001> Tj 3.5 0 Td <0042> Tj", True),
        (b"<0041> Tj 4.5 0 Td <0001> Tj -.5 0 Td <0042> Tj", True),
        (b"<0041> Tj 4.5 0 Td <0001> Tj -.625 0 Td <0042> Tj", False),
        (b"<00410042> Tj 6 0 Td <0001> Tj -.5 0 Td <0001> Tj", True),
        (b"<00410042> Tj 6 0 Td <0001> Tj -.5 0 Td <0001> Tj -.125 0 Td <0001> Tj", False),
        # Also if that one is the last of several.
        (b"<00410001> Tj 4.5 0 Td <0042> Tj", True),
        (b"<00410001> Tj 4.375 0 Td <0042> Tj", False),
        # What lies on the line above does not count.
        (b"<00410042> Tj 0 -12 Td <0001> Tj", True),
        (b"<00410042> Tj -9 -12 Td <0041> Tj 4.5 0 Td <0042> Tj", True),
    ],
)
def test_a_text_goes_back_by_little(shown: bytes, is_read: bool) -> None:
    font = made_font(b"/DW 500 /W [1 [0]]")
    if is_read:
        assert pen(font, shown).parts
    else:
        with pytest.raises(NotInGrammar):
            pen(font, shown)


@pytest.mark.parametrize(
    ("shown", "lines"),
    [
        (b"<00410042> Tj", [Line(0, 0, 10, 10)]),
        (b"<0041> Tj <0042> Tj", [Line(0, 0, 10, 10)]),
        (b"3 2 Td <00410042> Tj", [Line(3, 3, 13, 13)]),
        (b"3 2 Td 4 2 Td <0041> Tj", [Line(7, 7, 12, 12)]),
        (
            b"<0041> Tj 3 -12 Td <0042> Tj 4 -12 Td <0043> Tj",
            [Line(0, 0, 5, 5), Line(3, 3, 8, 8), Line(7, 7, 12, 12)],
        ),
        (b"[100 <0041>] TJ", [Line(-1, -1, 4, 4)]),
        # Each is placed by the beginning of its line, wherever the one before ended.
        (b"<004100420043> Tj 17 0 Td <0044> Tj", [Line(0, 17, 22, 22)]),
        # Blanks at the end are not seen.
        (b"<004100200020> Tj", [Line(0, 0, 5, 15)]),
        (b"<0041> Tj <00200020> Tj", [Line(0, 0, 5, 15)]),
        (b"<0020> Tj", [Line(0, 0, 0, 5)]),
        (b"<00200041> Tj", [Line(0, 0, 10, 10)]),
        (b"<0041002000420020> Tj", [Line(0, 0, 15, 20)]),
        # The last part after a gap begins with what is seen of it.
        (b"[<0041> -200 <0042>] TJ", [Line(0, 7, 12, 12)]),
        (b"[<0041> -200 <00200042>] TJ", [Line(0, 12, 17, 17)]),
        (b"[<0041> -200 <0020> <0042>] TJ", [Line(0, 12, 17, 17)]),
        (b"[<0041> -200 <0042> <0043>] TJ", [Line(0, 7, 17, 17)]),
        (b"[<0041> -200 <0020>] TJ", [Line(0, 0, 5, 12)]),
        (b"[<0041> -200 <0042> -200 <0043>] TJ", [Line(0, 14, 19, 19)]),
        # Not after a gap on the line above.
        (b"[<0041> -200 <0020>] TJ 0 -12 Td <0042> Tj <0043> Tj", [Line(0, 0, 5, 12), Line(0, 0, 10, 10)]),
        # What goes back ends where the one before ended.
        (b"[<004100420043> 380 <0020>] TJ", [Line(0, 0, 15, 16.2)]),
    ],
)
def test_a_line_begins_and_ends_where_it_is_seen(font: Font, shown: bytes, lines: list[Line]) -> None:
    assert pen(font, shown).lines == [pytest.approx(line) for line in lines]


def test_a_line_ends_where_its_longest_part_ends() -> None:
    assert pen(made_font(b"/DW 500 /W [1 [100]]"), b"[<0041> 300 <0001>] TJ").lines == [Line(0, 0, 5, 5)]


@pytest.mark.parametrize(
    ("shown", "height"),
    [
        (b"<0041> Tj", (0, 0)),
        (b"0 3 Td <0041> Tj", (0, 3)),
        (b"0 -3 Td <0041> Tj", (-3, 0)),
        (b"0 3 Td <0041> Tj 0 -4 Td <0042> Tj 0 -5 Td <0043> Tj", (-6, 3)),
        # What shows nothing is nowhere.
        (b"0 3 Td <> Tj 0 -3 Td <0041> Tj 0 -12 Td [] TJ", (0, 0)),
    ],
)
def test_a_text_has_its_lowest_and_highest_line(
    font: Font, shown: bytes, height: tuple[float, float]
) -> None:
    drawn = pen(font, shown)
    assert (drawn.lowest_pt, drawn.highest_pt) == height


@pytest.mark.parametrize(
    "shown",
    [
        b"Tj",
        b"TJ",
        b"Td",
        b"1 Td",
        b"1 2 3 Td",
        b"1 2",
        b"1 <0041> Td",
        b"1 [ Td",
        b"1 Tj",
        b"[ Tj",
        b"] Tj",
        b"[<0041>] Tj",
        b"<0041> <0042> Tj",
        b"<0041> TJ",
        b"1 TJ",
        b"[<0041> TJ",
        b"<0041>] TJ",
        b"][ TJ",
        b"[[<0041>]] TJ",
        b"[<0041>[] TJ",
        b"[]<0041>] TJ",
        b"[<0041>] 1 TJ",
        b"1 [<0041>] TJ",
        b"<0041> Tj ",
        b"<0041> Tj  <0042> Tj",
        b"<0041> Tj <0042>",
        b"<0041> TjX",
        b"<0041> tj",
        b"<0041> T* Tj",
        b"1e3 2 Td <0041> Tj",
        b"+1 2 Td <0041> Tj",
        b"123456789 2 Td <0041> Tj",
        b"- 2 Td <0041> Tj",
    ],
)
def test_what_the_exporter_does_not_write_is_not_in_the_grammar(font: Font, shown: bytes) -> None:
    with pytest.raises(NotInGrammar):
        pen(font, shown)


def test_a_text_has_twenty_thousand_characters_at_most(font: Font) -> None:
    half = b"<" + b"0041" * 10_000 + b"> Tj"
    assert pen(font, half + b" " + half).parts
    with pytest.raises(NotInGrammar):
        pen(font, half + b" <0041> Tj " + half)
