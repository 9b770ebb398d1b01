"""Every way in which a report can be cut into pages."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from scripts.erp_simulator.customer_report import draw_customers, report_table
from scripts.erp_simulator.drawing import ReportColumn
from scripts.erp_simulator.oddities import odd
from scripts.erp_simulator.world import generate
from sync.errors import NoReport, ReportLayoutBroken
from sync.report.reader import read_report
from tests.sync.report.changed_files import refused
from tests.sync.report.drawn_reports import (
    LEDGER,
    draw,
    ledger,
    ledger_rows,
    money,
    readings,
    table_of,
    twice,
)

# With the header, 47 rows fill a page.
A_PAGE = 47
# Rows of ten lines, so that five fill a page: pdfplumber takes its time for each cell.
HIGH_ROWS = 12


def numbered(captions: Sequence[str], row_count: int) -> tuple[list[ReportColumn], list[list[str]]]:
    """Return narrow columns, and rows whose cells all differ."""
    columns = [ReportColumn(caption, 75) for caption in captions]
    rows = [[f"{column}/{row}" for column in range(len(captions))] for row in range(row_count)]
    return columns, rows


def high(captions: Sequence[str], row_count: int = HIGH_ROWS) -> tuple[list[ReportColumn], list[list[str]]]:
    """Return the same with ten lines in the first cell of each row."""
    columns, rows = numbered(captions, row_count)
    return columns, [[first + "\n.." * 9, *others] for first, *others in rows]


@pytest.mark.parametrize("pages_per_group", range(1, 13))
def test_any_number_of_pages_per_group_is_read(tmp_path: Path, pages_per_group: int) -> None:
    bands = [1 + (band == pages_per_group // 2) for band in range(pages_per_group)]
    columns, rows = high([f"COLONNA {i}" for i in range(sum(bands))])
    footer = [f"Count={HIGH_ROWS}", *[""] * (len(columns) - 1)]
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=bands, footer=footer)
    assert readings(drawn.path) == twice(drawn)
    assert read_report(drawn.path).pages_per_group == pages_per_group


@pytest.mark.parametrize("pages_per_group", range(1, 13))
def test_a_customer_list_of_any_layout_is_read(tmp_path: Path, pages_per_group: int) -> None:
    customers = generate(110, seed=pages_per_group)
    path = tmp_path / "Clienti.pdf"
    draw_customers(path, customers, pages_per_group=pages_per_group, extra_columns=pages_per_group % 7)
    expected = report_table(customers, pages_per_group=pages_per_group, extra_columns=pages_per_group % 7)
    report = read_report(path)
    assert report.columns == tuple(expected.columns)
    assert report.rows == [tuple(row) for row in expected.rows]
    assert report.footer == tuple(expected.footer or ())
    assert (report.engine, report.pages_per_group) == ("stream", pages_per_group)


@pytest.mark.parametrize("row_count", [0, 1, A_PAGE - 1, A_PAGE, A_PAGE + 1, 2 * A_PAGE])
def test_any_number_of_rows_is_read(tmp_path: Path, row_count: int) -> None:
    drawn = ledger(tmp_path / "a.pdf", row_count)
    assert readings(drawn.path) == twice(drawn)


@pytest.mark.parametrize("row_count", [0, 1, A_PAGE, A_PAGE + 1])
def test_a_report_without_a_footer_is_read_and_says_so(tmp_path: Path, row_count: int) -> None:
    drawn = ledger(tmp_path / "a.pdf", row_count, footer=False)
    assert drawn.table.footer is None
    assert readings(drawn.path) == twice(drawn)


def test_a_footer_alone_on_the_last_page_is_read(tmp_path: Path) -> None:
    drawn = ledger(tmp_path / "a.pdf", A_PAGE)
    assert read_report(drawn.path).page_count == 6
    assert readings(drawn.path) == twice(drawn)


@pytest.mark.parametrize("band", range(3))
def test_a_wrapped_cell_in_any_band_keeps_the_rows_in_step(tmp_path: Path, band: int) -> None:
    columns, rows = numbered(["A", "B", "C"], 60)
    for row in range(0, 60, 7):
        rows[row][band] = "Studio Dentistico Associato Ferlandi"
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[1, 1, 1], footer=["Count=60", "", ""])
    assert readings(drawn.path) == twice(drawn)


def test_a_wrapped_caption_is_read_whole(tmp_path: Path) -> None:
    columns, rows = numbered(["A", "CONTEGGI DEGLI ORDINI EFFETTIVI", "B"], 60)
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[1, 1, 1], footer=["Count=60", "", ""])
    assert drawn.table.columns[1] == "CONTEGGI DEGLI ORDINI EFFETTIVI"
    assert readings(drawn.path) == twice(drawn)


@pytest.mark.parametrize("empty", [{0}, {2}, {0, 1}, {1, 2, 3}])
def test_empty_columns_are_columns(tmp_path: Path, empty: set[int]) -> None:
    columns, rows = numbered(["A", "B", "C", "D"], 60)
    rows = [["" if column in empty else cell for column, cell in enumerate(row)] for row in rows]
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[1, 2, 1])
    assert readings(drawn.path) == twice(drawn)


def test_a_column_without_a_caption_is_a_column(tmp_path: Path) -> None:
    columns, rows = numbered(["A", "", "C", ""], 60)
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[2, 1, 1])
    assert readings(drawn.path) == twice(drawn)


def test_a_report_without_any_caption_is_refused(tmp_path: Path) -> None:
    columns, rows = numbered(["", "", ""], 60)
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[2, 1], footer=["Count=60", "", ""])
    with pytest.raises(NoReport) as caught:
        read_report(drawn.path)
    assert caught.value.message == "page 1: no caption can be read in its header"


@pytest.mark.parametrize("bands", [[4], [2, 2], [1, 3], [1, 1, 1, 1]])
def test_captions_that_stand_twice_are_two_columns(tmp_path: Path, bands: list[int]) -> None:
    columns, rows = high(["ID", "VENDITE", "NOME", "VENDITE"])
    footer = [f"Count={HIGH_ROWS}", "", "", ""]
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=bands, footer=footer)
    assert readings(drawn.path) == twice(drawn)


@pytest.mark.parametrize(
    "captions", ["AAB", "ABA", "ABAC", "AABB", "ABABC", "AA", "AAA", "ABAB", "AABAAC"], ids=str
)
@pytest.mark.parametrize("row_count", [3, HIGH_ROWS])
def test_a_band_with_the_header_of_the_first_is_recognised_by_the_count(
    tmp_path: Path, captions: str, row_count: int
) -> None:
    columns, rows = high(captions, row_count)
    footer = [f"Count={row_count}", *[""] * (len(captions) - 1)]
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[1] * len(captions), footer=footer)
    assert readings(drawn.path) == twice(drawn)


def test_the_fourth_of_the_longer_groups_is_still_tried(tmp_path: Path) -> None:
    # Of 24 pages with two headers in turn, 2 are a group, or else 4, 6, 8 or 12.
    columns, rows = numbered("AB" * 6, 60)
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[1] * 12, footer=["Count=60", *[""] * 11])
    assert table_of(read_report(drawn.path, engine="stream")) == drawn.table


@pytest.mark.parametrize("captions", ["AAB", "AABB", "ABABC"])
def test_such_a_band_without_a_count_is_refused(tmp_path: Path, captions: str) -> None:
    columns, rows = high(captions)
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[1] * len(captions))
    with pytest.raises(ReportLayoutBroken, match=r"page (2|3|5):"):
        read_report(drawn.path)


def test_two_equal_bands_without_a_count_are_one_band_of_more_pages(tmp_path: Path) -> None:
    # A limitation: nothing in the file says where the first band ends.
    columns, rows = numbered("AA", 3)
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[1, 1])
    report = read_report(drawn.path)
    assert report.columns == ("A",)
    assert report.rows == [(row[band],) for band in range(2) for row in drawn.table.rows]


def test_a_wider_column_tells_two_bands_of_one_caption_apart(tmp_path: Path) -> None:
    columns = [ReportColumn("VENDITE", 75), ReportColumn("VENDITE", 90)]
    rows = [[f"{n},00", f"{n},50"] for n in range(60)]
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[1, 1])
    assert readings(drawn.path) == twice(drawn)


def orders(n: int) -> list[str]:
    return [f"ORD/{n:06}", f"{n % 28 + 1:02}/01/2026", f"Ferlandi-{n} Snc", "Aperto", money(n * 150)]


def transport_documents(n: int) -> list[str]:
    return [f"DDT-{n}", f"Studio Ronzoli {n}", f"Via Sbarrò, {n}", str(n % 4), f"fedex {n:012}"]


def credit_notes(n: int) -> list[str]:
    return [f"CF1/{n:05}", f"{n % 28 + 1:02}/02/2026", money(-n * 100), "0,00 €"]


def order_lines(n: int) -> list[str]:
    return [str(n), f"H1.314.{n:03}", str(n % 9 + 1), f"{n % 50},00 %"]


OTHER_LISTS: list[tuple[Callable[[int], list[str]], list[str], list[str] | None]] = [
    (
        orders,
        ["NUMERO ORDINE:", "DATA ORDINE:", "NOME DI CONSEGNA", "STATO", "TOTALE ORDINE"],
        ["", "", "", "", "Sum=2.146,50 €"],
    ),
    (
        transport_documents,
        ["DDT:", "NOME DI CONSEGNA", "NOME DI CONSEGNA", "COLLI", "TRACKING"],
        ["Count=54", "", "", "Sum=79", ""],
    ),
    (
        credit_notes,
        ["FATTURA", "SCADENZA", "IMPORTO", "RESIDUO"],
        ["", "", "Sum=-1.431,00 €", "Sum=0,00 €"],
    ),
    (order_lines, ["RIGA", "ARTICOLO", "QUANTITÀ", "SCONTO"], None),
]


@pytest.mark.parametrize(
    ("row", "captions", "footer"), OTHER_LISTS, ids=[row.__name__ for row, _, _ in OTHER_LISTS]
)
def test_lists_of_other_kinds_are_read(
    tmp_path: Path, row: Callable[[int], list[str]], captions: list[str], footer: list[str] | None
) -> None:
    columns = [ReportColumn(caption, 110) for caption in captions]
    rows = [row(n) for n in range(54)]
    drawn = draw(tmp_path / "a.pdf", columns, rows, bands=[2, len(captions) - 2], footer=footer)
    assert readings(drawn.path) == twice(drawn)


def test_both_engines_read_a_whole_customer_list_alike(tmp_path: Path) -> None:
    path = tmp_path / "Clienti.pdf"
    draw_customers(path, generate(70, seed=8))
    one, other = readings(path)
    assert one == other


def test_a_column_moved_to_another_band_reads_the_same(tmp_path: Path) -> None:
    tables = []
    for start, end in itertools.combinations(range(1, 4), 2):
        drawn = ledger(tmp_path / "a.pdf", 60, bands=[start, end - start, 4 - end])
        tables.append(table_of(read_report(drawn.path)))
    assert tables == [drawn.table] * 3


def test_the_progress_is_reported_page_by_page(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    read_report(ledger(tmp_path / "a.pdf", 60).path, on_page=lambda done, total: seen.append((done, total)))
    assert seen == [(page, 6) for page in range(1, 7)]


def test_a_row_too_high_for_a_page_is_refused_since_a_part_of_it_is_not_seen(tmp_path: Path) -> None:
    rows = ledger_rows(3)
    rows[1] = ("1001", "Ferlandi " * 400, "0", "0,00 €")
    refused(draw(tmp_path / "a.pdf", LEDGER, rows, bands=[2, 2]).path)


@pytest.mark.parametrize("justify_kerning", [False, True])
def test_a_list_with_every_oddity_of_real_ones_needs_no_second_engine(
    tmp_path: Path, justify_kerning: bool
) -> None:
    customers = odd(generate(120, seed=9))
    path = tmp_path / "Clienti.pdf"
    draw_customers(path, customers, justify_kerning=justify_kerning, ligatures=True)
    expected = report_table(customers)
    report = read_report(path)
    assert report.rows == [tuple(row) for row in expected.rows]
    assert (report.columns, report.pages_read_again) == (tuple(expected.columns), 0)
