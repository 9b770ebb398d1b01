from __future__ import annotations

import pytest

from sync.erp.list_state import GridObject, Pager
from sync.erp.pager import PageNumbers, PagerBounds, bounds, object_numbers, printed_numbers


def seen(**numbers: int) -> PageNumbers:
    return PageNumbers(**{"rows_here": 0, "pages": 0, "page": 0, "page_size": 0, "items": 0} | numbers)


def test_a_full_first_page_bounds_the_rows_of_all_pages() -> None:
    assert bounds(seen(rows_here=20, pages=66, page=1, page_size=20)) == PagerBounds(1301, 1320)


def test_the_rows_on_a_full_page_count_more_than_the_page_size_that_is_shown() -> None:
    assert bounds(seen(rows_here=20, pages=3, page=2, page_size=50)) == PagerBounds(41, 60)


def test_the_last_page_makes_the_bounds_exact() -> None:
    assert bounds(seen(rows_here=7, pages=66, page=66, page_size=20)) == PagerBounds(1307, 1307)


def test_a_single_page_is_counted() -> None:
    assert bounds(seen(rows_here=13, pages=1, page=1, page_size=20)) == PagerBounds(13, 13)


def test_an_empty_list_has_no_rows() -> None:
    assert bounds(seen(pages=1, page=1, page_size=20)) == PagerBounds(0, 0)


def test_a_printed_number_of_items_is_exact() -> None:
    assert bounds(seen(rows_here=20, pages=75, page=1, items=1500)) == PagerBounds(1500, 1500)


def test_the_last_page_without_a_page_size_bounds_nothing() -> None:
    assert bounds(seen(rows_here=7, pages=66, page=66)) is None


def test_a_pager_without_a_number_of_pages_bounds_nothing() -> None:
    assert bounds(seen(rows_here=20)) is None


@pytest.mark.parametrize(
    ("text", "numbers", "current", "expected"),
    [
        ("Pagina 1 di 75 (1500 elementi)", [], "", seen(pages=75, page=1, items=1500, page_size=20)),
        ("Pagina 2 di 1.075 (21.500 elementi)", [], "", seen(pages=1075, page=2, items=21500, page_size=20)),
        ("Page 1 of 66", [], "", seen(pages=66, page=1, page_size=20)),
        ("1 2 3 … 66", ["1", "2", "3", "…", "66"], "2", seen(pages=66, page=2, page_size=20)),
    ],
)
def test_the_pager_is_read_in_words_and_in_numbers(
    text: str, numbers: list[str], current: str, expected: PageNumbers
) -> None:
    pager = Pager(text, tuple(numbers), current, "20")
    assert printed_numbers(pager, 0) == expected


def test_the_grids_object_counts_pages_from_zero() -> None:
    grid = GridObject(found=True, pages=7, index=6, rows=118, size=200)
    assert bounds(object_numbers(grid, 118)) == PagerBounds(1318, 1318)


def test_a_grids_object_without_numbers_bounds_nothing() -> None:
    assert bounds(object_numbers(GridObject(found=True, index=-1), 20)) is None
