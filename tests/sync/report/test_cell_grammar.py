"""How exactly a page must be drawn: what is a little off is read, what is more is not in the grammar.

All the numbers are sums of halves of a point, so that each limit is met exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sync.report.cell_grammar import CellGrammar
from sync.report.page import Box
from sync.report.pen import NotInGrammar
from tests.sync.report.hand_made import BACKGROUND, ROWS, cell, encoded, made_font, page

PAGE = (0.0, 0.0, 612.0, 792.0)
ROSSI = encoded("Rossi") + b" Tj"
LEFT, BOTTOM, RIGHT, TOP = CELL = (162.0, 693.0, 322.0, 706.5)
ONE_CELL = BACKGROUND + cell(162, 693, 160, ROSSI, is_header=False)
NO_TEXT = ONE_CELL[: ONE_CELL.rindex(b" re f Q") + len(b" re f Q")]
# The limit, and the next eighth of a point.
WITHIN_PT, BEYOND_PT = 0.5, 0.625


def grammar(page_box: Box = PAGE, widths: bytes = b"/DW 500") -> CellGrammar:
    return CellGrammar({"FNT0": made_font(widths)}, page_box)


def is_read(content: bytes, page_box: Box = PAGE) -> bool:
    try:
        grammar(page_box).cells(content)
    except NotInGrammar:
        return False
    return True


def changed(old: bytes, new: bytes, content: bytes = ONE_CELL) -> bytes:
    assert content.count(old) == 1
    return content.replace(old, new)


def rectangle(box: Box) -> bytes:
    left, bottom, right, top = box
    return b"%g %g %g %g" % (left, bottom, right - left, top - bottom)


def moved(box: Sequence[float], edge: int, by_pt: float) -> Box:
    left, bottom, right, top = (each + by_pt * (at == edge) for at, each in enumerate(box))
    return left, bottom, right, top


def filled(box: Box, *, color: bytes = b"1 1 1", clip: Box = PAGE) -> bytes:
    return b" q %b re W n %b rg %b re f Q" % (rectangle(clip), color, rectangle(box))


def sides(box: Box) -> list[Box]:
    left, bottom, right, top = box
    return [
        (left, bottom, left, top),
        (right, bottom, right, top),
        (left, top, right, top),
        (left, bottom, right, bottom),
    ]


def empty_cell(box: Box, *, color: bytes = b"1 1 1") -> bytes:
    return b"".join([filled(box, color=color), *map(filled, sides(box))])


def test_a_page_is_read_cell_by_cell() -> None:
    frames, texts = grammar().cells(page())
    assert texts == [text for row in ROWS for text in row]
    assert [frame.box for frame in frames[:3]] == [
        (72, 706.5, 162, 720),
        (162, 706.5, 322, 720),
        (72, 693, 162, 706.5),
    ]
    assert [frame.is_shaded for frame in frames] == [True, True, *[False] * 4]


def test_cells_without_a_text_are_empty() -> None:
    reader = grammar()
    empty, written = NO_TEXT.removeprefix(BACKGROUND), ONE_CELL.removeprefix(BACKGROUND)
    for cells, expected in (
        ([], []),
        ([empty], [""]),
        ([empty, empty], ["", ""]),
        ([empty, empty, written], ["", "", "Rossi"]),
        ([written, empty], ["Rossi", ""]),
        ([written, empty, written, empty, empty], ["Rossi", "", "Rossi", "", ""]),
    ):
        found = reader.cells(BACKGROUND + b"".join(cells))
        assert (found.texts, [frame.box for frame in found.frames]) == (expected, [CELL] * len(cells))


@pytest.mark.parametrize("edge", range(4))
@pytest.mark.parametrize("page_box", [PAGE, (8.0, 16.0, 620.0, 808.0)])
def test_the_background_is_as_large_as_the_page(page_box: Box, edge: int) -> None:
    def read(by_pt: float) -> bool:
        return is_read(filled(moved(page_box, edge, by_pt), clip=(-9, -9, 900, 900)), page_box)

    assert [read(by_pt) for by_pt in (-WITHIN_PT, WITHIN_PT)] == [True, True]
    assert [read(by_pt) for by_pt in (-BEYOND_PT, BEYOND_PT)] == [False, False]


@pytest.mark.parametrize(
    ("color", "is_white"),
    [
        (b"1 1 1", True),
        (b"1.5 1 2", True),
        (b".99 1 1", False),
        (b"1 .99 1", False),
        (b"1 1 .99", False),
    ],
)
def test_the_background_is_white(color: bytes, is_white: bool) -> None:
    assert is_read(filled(PAGE, color=color)) == is_white


@pytest.mark.parametrize("edge", range(4))
def test_a_fill_is_inside_its_clip(edge: int) -> None:
    inwards = 1 if edge < 2 else -1

    def read(by_pt: float) -> bool:
        clip = moved(CELL, edge, inwards * by_pt)
        return is_read(filled(PAGE) + filled(CELL, clip=clip) + b"".join(map(filled, sides(CELL))))

    assert [read(by_pt) for by_pt in (-BEYOND_PT, WITHIN_PT, BEYOND_PT)] == [True, True, False]


@pytest.mark.parametrize("edge", range(4))
@pytest.mark.parametrize("border", range(4))
def test_each_border_is_on_its_side_of_the_cell(border: int, edge: int) -> None:
    def read(by_pt: float) -> bool:
        borders = sides(CELL)
        borders[border] = moved(borders[border], edge, by_pt)
        clip = (-9.0, -9.0, 900.0, 900.0)
        return is_read(filled(PAGE) + filled(CELL) + b"".join(filled(each, clip=clip) for each in borders))

    assert [read(by_pt) for by_pt in (-WITHIN_PT, WITHIN_PT)] == [True, True]
    assert [read(by_pt) for by_pt in (-BEYOND_PT, BEYOND_PT)] == [False, False]


@pytest.mark.parametrize(
    ("box", "is_cell"),
    [
        ((100, 100, 101.5, 120), False),
        ((100, 100, 101.625, 120), True),
        ((100, 100, 120, 101.5), False),
        ((100, 100, 120, 101.625), True),
        ((8, 100, 619.5, 120), False),
        ((8, 100, 619.375, 120), True),
        ((7.5, 100, 120, 120), True),
        ((7.375, 100, 120, 120), False),
        ((100, 15.375, 120, 120), False),
        ((100, 100, 620.625, 120), False),
        ((100, 100, 120, 808.625), False),
    ],
)
def test_a_cell_is_thicker_than_a_border_and_on_the_page(box: Box, is_cell: bool) -> None:
    page_box, clip = (8.0, 16.0, 620.0, 808.0), (-9.0, -9.0, 900.0, 900.0)
    parts = [filled(each, clip=clip) for each in (page_box, box, *sides(box))]
    assert is_read(b"".join(parts), page_box) == is_cell


@pytest.mark.parametrize(("color", "is_shaded"), [(b".79 .79 .79", True), (b".79 .8 .79", False)])
def test_a_dark_cell_is_shaded(color: bytes, is_shaded: bool) -> None:
    found = grammar().cells(filled(PAGE) + empty_cell(CELL, color=color))
    assert [frame.is_shaded for frame in found.frames] == [is_shaded]


def test_a_page_has_ten_thousand_cells_at_most() -> None:
    each, written = empty_cell(CELL), ONE_CELL.removeprefix(BACKGROUND)
    assert len(grammar().cells(filled(PAGE) + each * 10_000).frames) == 10_000
    assert not is_read(filled(PAGE) + each * 10_001)
    assert is_read(filled(PAGE) + written * 2 + each * 9_998)
    assert not is_read(filled(PAGE) + written * 2 + each * 9_999)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b" q 162.375", b" Q 162.375"),
        (b" q 162.375", b" q q 162.375"),
        (b" q 162.375", b"  q 162.375"),
        (b"12.75 re W n", b"12.75 RE W n"),
        (b"12.75 re W n", b"12.75 re W* n"),
        (b"12.75 re W n", b"12.75 re W N"),
        (b"0 0 0 rg q BT", b"0 0 0 RG q BT"),
        (b"0 0 0 rg q BT", b"0 0 0 rg Q BT"),
        (b"0 0 0 rg q BT", b"0 0 0 rg q Bt"),
        (b"0 0 0 rg q BT", b"0 0 rg q BT"),
        (b"0 0 0 rg q BT", b"0 0 0 1 rg q BT"),
        (b"0 0 0 rg q BT", b"0 0 1e-9 rg q BT"),
        (b" Tf 164", b" TF 164"),
        (b" Tf 164 696 Td", b" Tf 164 Td"),
        (b" Tf 164 696 Td", b" Tf 164 696 7 Td"),
        (b"/FNT0", b"/FNT1"),
        (b"/FNT0", b"FNT0"),
        (b"/FNT0", b"/FNT#30"),
        (b" 9.75 Tf", b" A Tf"),
        (b"<0052006F007300730069> Tj", b"[<0052006F007300730069> Tj"),
        (b"<0052006F007300730069> Tj", b"(0052006F007300730069> Tj"),
        (b"<0052006F007300730069> Tj", b"<0052006F007300730069) Tj"),
        (b"<0052006F007300730069> Tj", b"<0052006F00730073006> Tj"),
        (b"<0052006F007300730069> Tj", b"<0052006F00730073006G> Tj"),
        (b"<0052006F007300730069> Tj", b"<FFFF> Tj"),
        (b" ET Q Q", b" ET Q  Q"),
        (b" ET Q Q", b" ET Q Q Q"),
        (b"162 693 160 13.5 re f", b"162 693 160 re f"),
        (b"162 693 160 13.5 re f", b"162 693 160 13.5 1 re f"),
        (b"162 693 160 13.5 re f", b"162 693 160 a re f"),
        (b"162 693 160 13.5 re f", b"162  693 160 13.5 re f"),
        (b"162 693 160 13.5 re f", b"162 693\n160 13.5 re f"),
        (b"1 1 1 rg 162 693", b"1 1 rg 162 693"),
        (b"1 1 1 rg 162 693", b"1 1 1 RG 162 693"),
    ],
)
def test_a_cell_that_is_written_otherwise_is_not_in_the_grammar(old: bytes, new: bytes) -> None:
    assert is_read(ONE_CELL)
    assert not is_read(changed(old, new))


@pytest.mark.parametrize("borders", [sides(CELL)[:3], sides(CELL) * 2, [*sides(CELL), CELL], []])
def test_a_cell_has_four_borders(borders: list[Box]) -> None:
    drawn = b"".join(map(filled, [PAGE, CELL, *borders]))
    assert not is_read(drawn)
    assert not is_read(drawn + ONE_CELL.removeprefix(NO_TEXT))


@pytest.mark.parametrize("edge", range(4))
def test_a_text_is_clipped_to_its_cell(edge: int) -> None:
    def read(by_pt: float) -> bool:
        return is_read(
            changed(b"162.375 693.375 159.25 12.75 re", rectangle(moved(CELL, edge, by_pt)) + b" re")
        )

    assert [read(by_pt) for by_pt in (-WITHIN_PT, WITHIN_PT)] == [True, True]
    assert [read(by_pt) for by_pt in (-BEYOND_PT, BEYOND_PT)] == [False, False]


@pytest.mark.parametrize(
    ("place", "shown", "is_inside"),
    [
        # Up to the right edge of its clip.
        (b"321.625 696", b"<> Tj", True),
        (b"321.75 696", b"<> Tj", False),
        # Up to half a point below its cell, and .66 of its size of 10 points below the upper edge.
        (b"164 692.5", b"<0041> Tj", True),
        (b"164 692.375", b"<0041> Tj", False),
        (b"164 699.75", b"<0041> Tj", True),
        (b"164 700", b"<0041> Tj", False),
        (b"164 696", b"/FNT0 10 Tf <0041> Tj", False),
        (b"164 696", b"<0041> Tj 0 -3.5 Td <0041> Tj", True),
        (b"164 696", b"<0041> Tj 0 -3.625 Td <0041> Tj", False),
        (b"164 696", b"0 3.75 Td <0041> Tj", True),
        (b"164 696", b"0 4 Td <0041> Tj", False),
        # A letter is 5 points wide.
        (b"161.5 696", b"<0041> Tj", True),
        (b"161.375 696", b"<0041> Tj", False),
        (b"317.5 696", b"<0041> Tj", True),
        (b"317.625 696", b"<0041> Tj", False),
        (b"312.5 696", b"<00410041> Tj", True),
        (b"312.625 696", b"<00410041> Tj", False),
        (b"312.625 696", b"<00410020> Tj", True),
        (b"312.5 696", b"<004100410020> Tj", True),
        (b"312.625 696", b"<004100410020> Tj", False),
        (b"321.625 696", b"<0020> Tj", True),
        (b"317.625 696", b"<00410020> Tj", False),
        (b"317.625 696", b"<0041> Tj <0020> Tj", False),
        (b"321 696", b"<00200020> Tj", True),
        (b"162 696", b"-.5 0 Td <0041> Tj", True),
        (b"162 696", b"-.625 0 Td <0041> Tj", False),
        (b"302 696", b"<0041> Tj -3 -3 Td <0041> Tj 18.5 0 Td <0041> Tj", True),
        (b"302 696", b"<0041> Tj -3 -3 Td <0041> Tj 18.625 0 Td <0041> Tj", False),
    ],
)
def test_a_text_is_inside_its_cell(place: bytes, shown: bytes, is_inside: bool) -> None:
    content = ONE_CELL.replace(b"9.75 Tf 164 696 Td " + ROSSI, b"10 Tf %b Td %b" % (place, shown))
    assert content != ONE_CELL
    assert is_read(content) == is_inside


def test_a_text_begins_up_to_two_thirds_of_its_size_below_the_upper_edge() -> None:
    # .66 of 12.5 points is 8.25 points.
    assert is_read(changed(b"9.75 Tf 164 696 Td", b"12.5 Tf 164 698.25 Td"))
    assert not is_read(changed(b"9.75 Tf 164 696 Td", b"12.5 Tf 164 698.375 Td"))


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (b"<0041> Tj", "A"),
        (b"<00410020002000420020> Tj", "A B"),
        (b"<0041> Tj <0042> Tj", "AB"),
        (b"<0041> Tj 0 -2 Td <0042> Tj", "A B"),
        (b"<> Tj", ""),
        (b"<0020> Tj", ""),
    ],
)
def test_the_lines_of_a_text_are_joined(shown: bytes, text: str) -> None:
    reader = grammar()
    for _ in range(2):
        assert reader.cells(changed(ROSSI, shown)).texts == [text]


@pytest.mark.parametrize(
    ("ink", "is_seen"), [(b"1 1 1", False), (b".95 .95 .95", False), (b".85 1 1", True), (b"1 1 .85", True)]
)
def test_a_text_is_seen_in_its_cell(ink: bytes, is_seen: bool) -> None:
    assert is_read(changed(b"0 0 0 rg q BT", ink + b" rg q BT")) == is_seen


@pytest.mark.parametrize(("size", "is_large"), [(b"1", True), (b".99", False), (b"-9.75", False)])
def test_a_text_is_at_least_one_point_high(size: bytes, is_large: bool) -> None:
    assert is_read(changed(b"9.75 Tf", size + b" Tf")) == is_large


@pytest.mark.parametrize(("length", "is_known"), [(1, True), (40, True), (41, False)])
def test_the_name_of_a_font_has_forty_characters_at_most(length: int, is_known: bool) -> None:
    reader = CellGrammar({"F" * length: made_font(b"/DW 500")}, PAGE)
    content = changed(b"/FNT0", b"/" + b"F" * length)
    if is_known:
        assert reader.cells(content).texts == ["Rossi"]
    else:
        with pytest.raises(NotInGrammar):
            reader.cells(content)


def test_a_list_has_its_texts_in_fifty_sizes_at_most() -> None:
    reader = grammar()
    sizes = [b"%g Tf" % (5 + number / 16) for number in range(51)]
    for size in sizes[:50]:
        reader.cells(changed(b"9.75 Tf", size))
    with pytest.raises(NotInGrammar):
        reader.cells(changed(b"9.75 Tf", sizes[50]))
    assert reader.cells(changed(b"9.75 Tf 164", sizes[49] + b" 165")).texts == ["Rossi"]
