"""How the cells of a page are arranged as a table, and how exactly they must lie."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from sync.errors import ReportLayoutBroken, ReportTooLarge
from sync.report.page import BandKey, DrawnCells, Frame, PageTable, column_count, table_of

EDGES_PT = (72.0, 162.0, 322.0)
HEIGHTS_PT = (720.0, 706.5, 693.0, 679.5)
TEXTS = ["CODE", "NAME", "1", "Rossi", "2", "Bianchi"]


def cells(edges_pt: Sequence[float] = EDGES_PT, heights_pt: Sequence[float] = HEIGHTS_PT) -> DrawnCells:
    """Return a header and two rows of two cells each."""
    rows = enumerate(itertools.pairwise(heights_pt))
    return DrawnCells(
        [
            Frame((left, bottom, right, top), is_shaded=row == 0)
            for row, (top, bottom) in rows
            for left, right in itertools.pairwise(edges_pt)
        ],
        TEXTS,
    )


def moved_down(drawn: DrawnCells, first: int, by_pt: float) -> DrawnCells:
    """Move the cells from that one on."""
    frames = [
        frame if index < first else Frame(_lowered(frame, by_pt), frame.is_shaded)
        for index, frame in enumerate(drawn.frames)
    ]
    return DrawnCells(frames, drawn.texts)


def _lowered(frame: Frame, by_pt: float) -> tuple[float, float, float, float]:
    left, bottom, right, top = frame.box
    return left, bottom - by_pt, right, top - by_pt


def test_a_page_is_its_band_and_rows_with_positions_to_a_tenth_of_a_point() -> None:
    drawn = cells((72.0, 162.34, 321.96), (720.04, 706.46, 693.0, 679.54))
    assert table_of(drawn, 7) == PageTable(
        7,
        BandKey(("CODE", "NAME"), (162.3, 322.0)),
        (720.0, 706.5, 693.0, 679.5),
        [("1", "Rossi"), ("2", "Bianchi")],
    )


@pytest.mark.parametrize("first", [2, 4])
def test_a_row_that_is_half_a_point_below_the_one_above_follows_it(first: int) -> None:
    assert len(table_of(moved_down(cells(), first, 0.5), 7).rows) == 2
    with pytest.raises(ReportLayoutBroken) as caught:
        table_of(moved_down(cells(), first, 0.51), 7)
    assert caught.value.message == f"page 7: row {first // 2} does not follow the one above"


def test_cells_are_of_the_first_row_if_their_tops_differ_by_half_a_point_at_most() -> None:
    assert column_count(moved_down(cells(), 1, 0.5).frames) == 2
    assert column_count(moved_down(cells(), 1, 0.51).frames) == 1


@pytest.mark.parametrize(
    ("place", "most"), [(0, 200), (1, 200), (2, 10_000), (5, 10_000)], ids=["caption", "last", "cell", "last"]
)
def test_a_text_longer_than_any_of_a_list_is_refused(place: int, most: int) -> None:
    def with_text(length: int) -> DrawnCells:
        drawn = cells()
        return DrawnCells(drawn.frames, [*TEXTS[:place], "x" * length, *TEXTS[place + 1 :]])

    assert "x" * most in str(table_of(with_text(most), 7))
    with pytest.raises(ReportTooLarge) as caught:
        table_of(with_text(most + 1), 7)
    assert caught.value.message == "page 7: a text of it is longer than any of a list"


def test_a_page_with_more_text_than_any_of_a_list_is_refused() -> None:
    def with_characters(count: int) -> DrawnCells:
        """Return a page of a hundred rows with so many characters in all."""
        heights_pt = [720.0 - number * 5 for number in range(102)]
        frames = cells(heights_pt=heights_pt).frames
        return DrawnCells(frames, ["CODE", "NAME", *["x" * 1000] * 199, "x" * (count - 199_008)])

    assert len(table_of(with_characters(200_000), 7).rows) == 100
    with pytest.raises(ReportTooLarge):
        table_of(with_characters(200_001), 7)
