"""Pages lost, doubled, swapped or changed: refused, or else read as drawn."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from scripts.erp_simulator.drawing import ReportColumn
from sync.errors import ReportError, ReportLayoutBroken, ReportUnproven, ReportUnreadable
from sync.report import ENGINES
from sync.report.reader import read_report
from tests.sync.report.changed_files import edited_file, with_content
from tests.sync.report.drawn_reports import (
    LEDGER,
    Drawn,
    draw,
    ledger_rows,
    ledger_totals,
    readings,
    table_of,
)

BANDS = 3
# Rows of ten lines, so that five fill a page: two full page groups, a last one of two rows and the footer.
ROW_COUNT = 12
A_PAGE = 5
FURTHER_LINES = "\n.." * 9


def high_rows() -> list[tuple[str, ...]]:
    return [(order, name + FURTHER_LINES, *rest) for order, name, *rest in ledger_rows(ROW_COUNT)]


def high_ledger(path: Path, columns: Sequence[ReportColumn] = LEDGER) -> Drawn:
    return draw(path, columns, high_rows(), bands=[2, 1, 1], footer=ledger_totals(ROW_COUNT))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    return high_ledger(tmp_path_factory.mktemp("report") / "ledger.pdf")


def with_pages(source: Path, target: Path, order: list[int]) -> Path:
    """Write the pages of a report in another order, each with its own content; pages count from 0."""
    with pikepdf.open(source) as pdf, pikepdf.new() as other:
        for index in order:
            other.pages.append(pdf.pages[index])
        contents = [page.Contents.read_raw_bytes() for page in other.pages]
        for page, content in zip(other.pages, contents, strict=True):
            page.Contents = pikepdf.Stream(other, content, Filter=pikepdf.Name.FlateDecode)
        other.save(target)
    return target


def refusal(path: Path) -> ReportError:
    """Return how a file is refused that both engines refuse."""
    with pytest.raises(ReportError):
        read_report(path, engine="pdfplumber")
    with pytest.raises(ReportError) as caught:
        read_report(path)
    return caught.value


def test_a_report_rewritten_page_by_page_reads_the_same(drawn: Drawn, tmp_path: Path) -> None:
    path = with_pages(drawn.path, tmp_path / "a.pdf", list(range(9)))
    assert readings(path) == [drawn.table] * 2


@pytest.mark.parametrize("lost", range(9))
def test_a_lost_page_is_refused(drawn: Drawn, tmp_path: Path, lost: int) -> None:
    path = with_pages(drawn.path, tmp_path / "a.pdf", [page for page in range(9) if page != lost])
    error = refusal(path)
    assert isinstance(error, ReportLayoutBroken)
    assert error.page is not None


@pytest.mark.parametrize("group", range(2))
def test_a_lost_page_group_is_refused(drawn: Drawn, tmp_path: Path, group: int) -> None:
    order = [page for page in range(9) if page // BANDS != group]
    error = refusal(with_pages(drawn.path, tmp_path / "a.pdf", order))
    assert isinstance(error, ReportUnproven)
    assert "the footer says Count=12, the rows give 7" in error.message


def test_without_its_last_page_group_a_report_is_unproven(drawn: Drawn, tmp_path: Path) -> None:
    report = read_report(with_pages(drawn.path, tmp_path / "a.pdf", list(range(6))))
    assert report.footer is None
    assert report.rows == drawn.table.rows[: 2 * A_PAGE]


@pytest.mark.parametrize("band", range(BANDS))
def test_a_band_missing_from_one_group_is_refused(drawn: Drawn, tmp_path: Path, band: int) -> None:
    order = [page for page in range(9) if page != BANDS + band]
    assert isinstance(refusal(with_pages(drawn.path, tmp_path / "a.pdf", order)), ReportLayoutBroken)


@pytest.mark.parametrize("band", range(1, BANDS))
def test_a_band_missing_from_every_group_reads_as_a_report_without_its_columns(
    drawn: Drawn, tmp_path: Path, band: int
) -> None:
    # As if the columns were hidden in the ERP: the caller must check for the columns that it needs.
    order = [page for page in range(9) if page % BANDS != band]
    report = read_report(with_pages(drawn.path, tmp_path / "a.pdf", order))
    kept = [column for column in range(len(LEDGER)) if column != band + 1]
    assert report.columns == tuple(drawn.table.columns[column] for column in kept)
    assert report.rows == [tuple(row[column] for column in kept) for row in drawn.table.rows]


@pytest.mark.parametrize("doubled", range(9))
def test_a_doubled_page_is_refused(drawn: Drawn, tmp_path: Path, doubled: int) -> None:
    order = sorted([*range(9), doubled])
    assert isinstance(refusal(with_pages(drawn.path, tmp_path / "a.pdf", order)), ReportLayoutBroken)


def test_a_page_shown_twice_from_one_content_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    def show_again(pdf: pikepdf.Pdf) -> None:
        pdf.pages[3].Contents = pdf.pages[0].Contents

    error = refusal(edited_file(drawn.path, tmp_path / "a.pdf", show_again))
    assert isinstance(error, ReportUnreadable)
    assert error.message == "the file is damaged: two of its pages have one content"


@pytest.mark.parametrize("group", range(3))
def test_a_doubled_page_group_is_refused(drawn: Drawn, tmp_path: Path, group: int) -> None:
    pages = [list(range(start, start + BANDS)) for start in (0, 3, 6)]
    pages.insert(group, pages[group])
    path = with_pages(drawn.path, tmp_path / "a.pdf", list(itertools.chain(*pages)))
    assert isinstance(refusal(path), ReportUnproven | ReportLayoutBroken)


# The file does not show swaps between the first two groups, whose rows are equal in number and height.
UNDETECTED_SWAPS = {(0, 3), (1, 4), (2, 5)}


@pytest.mark.parametrize("swap", sorted(set(itertools.combinations(range(9), 2)) - UNDETECTED_SWAPS), ids=str)
def test_two_swapped_pages_are_refused(drawn: Drawn, tmp_path: Path, swap: tuple[int, int]) -> None:
    one, other = swap
    order = list(range(9))
    order[one], order[other] = other, one
    path = with_pages(drawn.path, tmp_path / "a.pdf", order)
    with pytest.raises(ReportLayoutBroken) as caught:
        read_report(path, engine="stream")
    assert caught.value.page is not None


@pytest.mark.parametrize("swap", sorted(UNDETECTED_SWAPS), ids=str)
def test_one_band_swapped_between_groups_of_equal_rows_is_not_detected(
    drawn: Drawn, tmp_path: Path, swap: tuple[int, int]
) -> None:
    # All totals match, so the file alone does not show it. The guards over the customers check for this.
    one, other = swap
    order = list(range(9))
    order[one], order[other] = other, one
    report = read_report(with_pages(drawn.path, tmp_path / "a.pdf", order))
    assert report.rows != drawn.table.rows
    for column in range(len(LEDGER)):
        assert Counter(row[column] for row in report.rows) == Counter(row[column] for row in drawn.table.rows)


@pytest.mark.parametrize("band", range(BANDS))
def test_a_copy_in_another_pages_place_is_detected_by_a_total_only(
    drawn: Drawn, tmp_path: Path, band: int
) -> None:
    order = list(range(9))
    order[BANDS + band] = band
    path = with_pages(drawn.path, tmp_path / "a.pdf", order)
    is_totalled = band > 0
    if is_totalled:
        assert isinstance(refusal(path), ReportUnproven)
    else:
        assert read_report(path).rows[A_PAGE][:2] == drawn.table.rows[0][:2]


def test_a_wrapped_cell_reveals_a_swapped_band(tmp_path: Path) -> None:
    rows = high_rows()
    rows[7] = (rows[7][0], "un'altra riga\n" + rows[7][1], *rows[7][2:])
    path = draw(tmp_path / "a.pdf", LEDGER, rows, bands=[2, 1, 1]).path
    for swap in UNDETECTED_SWAPS:
        order = list(range(9))
        order[swap[0]], order[swap[1]] = order[swap[1]], order[swap[0]]
        with pytest.raises(ReportLayoutBroken):
            read_report(with_pages(path, tmp_path / "b.pdf", order), engine="stream")


def test_swapped_page_groups_read_as_the_rows_in_that_order(drawn: Drawn, tmp_path: Path) -> None:
    report = read_report(with_pages(drawn.path, tmp_path / "a.pdf", [3, 4, 5, 0, 1, 2, 6, 7, 8]))
    assert sorted(report.rows) == sorted(drawn.table.rows)


def test_the_last_group_in_the_middle_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    error = refusal(with_pages(drawn.path, tmp_path / "a.pdf", [0, 1, 2, 6, 7, 8, 3, 4, 5]))
    assert error.message == "page 7: rows follow the footer of totals"


# The operators of one cell: its fill, four borders, and the text if there is one.
CELL = rb" q 72 72 \S+ 648 re W n (?:1 1 1|1 1 0\.87843|0\.50196 0\.50196 0\.50196) rg"


def cells_of(content: bytes) -> list[bytes]:
    """Cut a page into the operators before its cells, and those of each cell."""
    starts = [match.start() for match in re.finditer(CELL, content)]
    return [content[: starts[0]]] + [
        content[start:end] for start, end in itertools.pairwise([*starts, len(content)])
    ]


def without_cells(first: int, count: int) -> Callable[[bytes], bytes]:
    """Take some cells out of a page; the header's first cell is number 1."""

    def change(content: bytes) -> bytes:
        parts = cells_of(content)
        return b"".join(parts[:first] + parts[first + count :])

    return change


@pytest.mark.parametrize("page", range(1, 10))
def test_a_row_lost_on_one_page_is_refused(drawn: Drawn, tmp_path: Path, page: int) -> None:
    width = 2 if page % BANDS == 1 else 1
    for row in (1, 2):
        change = without_cells(1 + row * width, width)
        path = with_content(drawn.path, tmp_path / "a.pdf", page, change)
        for engine in ENGINES:
            with pytest.raises(ReportError) as caught:
                read_report(path, engine=engine)
            assert caught.value.page is not None


def test_a_cell_lost_from_a_row_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    path = with_content(drawn.path, tmp_path / "a.pdf", 4, without_cells(6, 1))
    error = refusal(path)
    assert isinstance(error, ReportLayoutBroken)
    assert error.message == "page 4: its last row is cut off"


def test_a_lost_header_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    error = refusal(with_content(drawn.path, tmp_path / "a.pdf", 5, without_cells(1, 1)))
    assert error.message == "page 5: it does not begin with a header row"


def test_a_header_row_in_the_middle_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    def shade(content: bytes) -> bytes:
        parts = cells_of(content)
        parts[5] = parts[5].replace(b"re W n 1 1 1 rg", b"re W n 0.50196 0.50196 0.50196 rg")
        return b"".join(parts)

    error = refusal(with_content(drawn.path, tmp_path / "a.pdf", 4, shade))
    assert error.message == "page 4: a second header row is among its rows"


def test_rows_of_another_height_on_one_page_are_refused(drawn: Drawn, tmp_path: Path) -> None:
    rows = [list(row) for row in ledger_rows(8)]
    plain = draw(tmp_path / "p.pdf", LEDGER, rows, bands=[2, 1, 1])
    rows[3][1] = "Studio Dentistico Associato Ferlandi-Ronzoli"
    high = draw(tmp_path / "h.pdf", LEDGER, rows, bands=[2, 1, 1])
    with pikepdf.open(plain.path) as pdf, pikepdf.open(high.path) as other:
        pdf.pages[1].Contents.write(other.pages[1].Contents.read_bytes())
        pdf.save(tmp_path / "mixed.pdf")
    error = refusal(tmp_path / "mixed.pdf")
    assert error.message == "page 2: row 5 lies elsewhere than on its group's first page, 1"


def test_rows_moved_down_are_refused(drawn: Drawn, tmp_path: Path) -> None:
    def move(content: bytes) -> bytes:
        return b" q 1 0 0 1 0 -20 cm" + content + b" Q"

    assert isinstance(refusal(with_content(drawn.path, tmp_path / "a.pdf", 5, move)), ReportLayoutBroken)


def renamed(source: Path, target: Path, captions: list[str], pages: list[int]) -> Path:
    """Give some pages the header of the same report with other captions."""
    other = target.with_suffix(".other.pdf")
    high_ledger(other, [replace(column, caption=new) for new, column in zip(captions, LEDGER, strict=True)])
    with pikepdf.open(other) as named, pikepdf.open(source) as pdf:
        out = pikepdf.new()
        for number, (mine, theirs) in enumerate(zip(pdf.pages, named.pages, strict=True), 1):
            out.pages.append(theirs if number in pages else mine)
        out.save(target)
    return target


@pytest.mark.parametrize("group", range(3))
def test_captions_renamed_in_one_group_are_refused(drawn: Drawn, tmp_path: Path, group: int) -> None:
    pages = list(range(group * BANDS + 1, group * BANDS + 4))
    path = renamed(drawn.path, tmp_path / "a.pdf", ["ORDER", "CUSTOMER", "PIECES", "AMOUNT"], pages)
    error = refusal(path)
    assert isinstance(error, ReportLayoutBroken)
    assert error.page is not None


def test_columns_of_another_width_in_a_later_group_are_refused(drawn: Drawn, tmp_path: Path) -> None:
    order, name, *rest = LEDGER
    other = high_ledger(tmp_path / "other.pdf", [replace(order, width_pt=100), name, *rest])
    with pikepdf.open(drawn.path) as pdf, pikepdf.open(other.path) as wider:
        pdf.pages[6].Contents.write(wider.pages[6].Contents.read_bytes())
        pdf.save(tmp_path / "a.pdf")
    error = refusal(tmp_path / "a.pdf")
    assert isinstance(error, ReportLayoutBroken)
    assert error.page == 7


def test_captions_renamed_throughout_are_the_reports_own(drawn: Drawn, tmp_path: Path) -> None:
    names = ["ORDER", "CUSTOMER", "PIECES", "AMOUNT"]
    path = renamed(drawn.path, tmp_path / "a.pdf", names, list(range(1, 10)))
    report = read_report(path)
    assert (report.columns, report.rows) == (tuple(names), drawn.table.rows)


def test_without_its_footer_a_report_is_unproven(drawn: Drawn, tmp_path: Path) -> None:
    path = drawn.path
    for page, width in ((7, 2), (8, 1), (9, 1)):
        path = with_content(path, tmp_path / f"{page}.pdf", page, without_cells(1 + 3 * width, width))
    report = read_report(path)
    assert report.footer is None
    assert table_of(report).rows == drawn.table.rows
