"""How the pages of a group are joined, and which pages are no group."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sync.errors import ReportLayoutBroken, ReportTooLarge
from sync.report.groups import PageGroup, group_pages, possible_group_sizes
from sync.report.page import BandKey, PageTable

CODE, NAME, CITY = BandKey(("CODE",), (160.0,)), BandKey(("NAME", ""), (160.0, 300.0)), BandKey(("CITY",), ())
TOPS_PT = (720.0, 706.5, 693.0, 679.5)


def page(number: int, key: BandKey, values: str = "ab", tops_pt: Sequence[float] = TOPS_PT) -> PageTable:
    """Return a page with a row for each letter, which is in every column."""
    return PageTable(number, key, tuple(tops_pt), [(value,) * len(key.captions) for value in values])


def refusal(pages: Sequence[PageTable], size: int | None = None) -> str:
    with pytest.raises(ReportLayoutBroken) as caught:
        list(group_pages(pages, size))
    return caught.value.message


def test_the_rows_of_a_group_span_all_its_bands() -> None:
    pages = [
        page(1, CODE),
        page(2, NAME),
        page(3, CITY),
        page(4, CODE, "c"),
        page(5, NAME, "c"),
        page(6, CITY, "c"),
    ]
    columns = ("CODE", "NAME", "", "CITY")
    assert list(group_pages(pages)) == [
        PageGroup(1, 3, columns, [("a",) * 4, ("b",) * 4]),
        PageGroup(4, 3, columns, [("c",) * 4]),
    ]


def test_pages_with_one_header_are_groups_of_one() -> None:
    groups = list(group_pages([page(1, CODE), page(2, CODE, "c")]))
    assert groups == [PageGroup(1, 1, ("CODE",), [("a",), ("b",)]), PageGroup(2, 1, ("CODE",), [("c",)])]


def test_a_given_size_lets_a_later_band_have_the_header_of_the_first() -> None:
    pages = [page(1, CODE), page(2, CODE), page(3, CODE, "c"), page(4, CODE, "c")]
    assert [group.rows for group in group_pages(pages, 2)] == [[("a", "a"), ("b", "b")], [("c", "c")]]


def test_a_group_that_is_cut_off_is_refused() -> None:
    bands = [CODE, NAME, CITY, NAME]
    pages = [page(number, key) for number, key in enumerate([*bands, *bands[:3]], start=1)]
    assert refusal(pages) == "page 7: the last page group ends after 3 of 4 pages"


def test_another_header_is_refused() -> None:
    pages = [page(1, CODE), page(2, NAME), page(3, CODE), page(4, CITY)]
    assert refusal(pages) == "page 4: its header is «CITY» instead of «NAME», «»"


def test_other_columns_are_refused() -> None:
    narrow = BandKey(NAME.captions, (150.0, 300.0))
    pages = [page(1, CODE), page(2, NAME), page(3, CODE), page(4, narrow)]
    assert refusal(pages) == "page 4: its columns are not as wide as on the earlier pages"


def test_a_page_with_other_rows_than_its_group_is_refused() -> None:
    pages = [page(1, CODE), page(2, NAME), page(3, CODE, "abc"), page(4, NAME)]
    assert refusal(pages) == "page 4: it has 2 rows, but page 3 of the same group has 3"


@pytest.mark.parametrize("row", range(4))
def test_a_row_may_lie_half_a_point_from_that_of_its_group(row: int) -> None:
    def moved(by_pt: float) -> list[PageTable]:
        tops_pt = [top_pt + by_pt * (index == row) for index, top_pt in enumerate(TOPS_PT)]
        return [page(1, CODE), page(2, NAME, tops_pt=tops_pt)]

    assert len(list(group_pages(moved(0.5)))) == len(list(group_pages(moved(-0.5)))) == 1
    assert refusal(moved(0.6)) == f"page 2: row {row} lies elsewhere than on its group's first page, 1"


@pytest.mark.parametrize(
    ("keys", "sizes"),
    [
        ([CODE], [1]),
        ([CODE, NAME], [2]),
        ([CODE, CODE], [1, 2]),
        ([CODE, NAME, CODE, NAME], [2, 4]),
        ([CODE, CODE, NAME, CODE, CODE, NAME], [3, 6]),
        ([CODE, NAME, CODE, CITY], [4]),
        ([CODE, NAME, CODE], [3]),
    ],
)
def test_the_headers_repeat_after_whole_groups(keys: list[BandKey], sizes: list[int]) -> None:
    assert possible_group_sizes(keys) == sizes


def test_five_hundred_columns_are_read_and_more_are_not() -> None:
    def bands(*widths: int) -> list[PageTable]:
        keys = [BandKey(tuple(f"{width} {n}" for n in range(width)), ()) for width in widths]
        return [page(number, key) for number, key in enumerate(keys, start=1)]

    assert [len(group.columns) for group in group_pages(bands(100, 250, 150))] == [500]
    with pytest.raises(ReportTooLarge) as caught:
        list(group_pages(bands(100, 250, 151, 3)))
    assert caught.value.message == "page 3: the list has more than 500 columns"


@pytest.mark.parametrize(("count", "named"), [(30, "«29»"), (31, "«29», …")])
def test_a_refusal_names_thirty_captions(count: int, named: str) -> None:
    key = BandKey(tuple(map(str, range(count))), ())
    said = refusal([page(1, CODE), page(2, key), page(3, CODE), page(4, NAME)])
    assert said == "page 4: its header is «NAME», «» instead of " + ", ".join(
        [*(f"«{number}»" for number in range(29)), named]
    )
