"""The drawn customer list, whose cells these tests read from the page's operators, without our reader."""

from __future__ import annotations

import io
import itertools
import re
from decimal import Decimal
from typing import NamedTuple, Unpack

import pikepdf
import pytest

from scripts.erp_simulator import world
from scripts.erp_simulator.culture import ENGLISH, ITALIAN, CultureName, IdentifierStyle
from scripts.erp_simulator.customer_report import ListOptions, draw_customers, printed_list, report_table
from scripts.erp_simulator.world import SimCustomer

REAL_BANDS = [4, 4, 3, 5, 3, 3, 3, 1]
_CELL = re.compile(
    r"re W n (?:0\.50196 0\.50196 0\.50196|1 1 1|1 1 0\.87843) rg \S+ (?P<y>\S+) \S+ \S+ re f Q"
    r"|BT (?P<text>.*?) ET"
)


class Cell(NamedTuple):
    y: str
    lines: list[str]


@pytest.fixture(scope="module")
def customers() -> list[SimCustomer]:
    return world.generate(100, unrounded=True)


def read_page(page: pikepdf.Page, characters: dict[str, str]) -> list[list[str]]:
    """Return the cells of a page by row, with each cell's lines joined."""
    cells: list[Cell] = []
    content = page.Contents.read_bytes().decode("ascii")
    for match in _CELL.finditer(content, content.index(" Q") + 2):
        if match["y"]:
            cells.append(Cell(match["y"], []))
        else:
            for line in re.findall(r"<[^>]*> Tj|\[[^]]*\] TJ", match["text"]):
                codes = re.findall("[0-9A-F]{4}", "".join(re.findall("<([^>]*)>", line)))
                cells[-1].lines.append("".join(characters[code] for code in codes))
    return [
        [join(cell.lines) for cell in row] for _, row in itertools.groupby(cells, key=lambda cell: cell.y)
    ]


def join(lines: list[str]) -> str:
    text = "\n".join(" ".join(line.split()) for line in lines if line.strip())
    return re.sub(r"(?<=[^\W_]-)\n", "", text).replace("\n", " ")


def read(pdf: bytes, pages_per_group: int) -> list[list[str]]:
    """Return the rows of the whole table: header, customers, footer."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        to_unicode = opened.pages[0].Resources.Font.FNT0.ToUnicode.read_bytes().decode("ascii")
        characters = {
            code: bytes.fromhex(text).decode("utf-16-be")
            for code, text in re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>", to_unicode)
        }
        pages = [read_page(page, characters) for page in opened.pages]
    table: list[list[str]] = []
    for first in range(0, len(pages), pages_per_group):
        bands = pages[first : first + pages_per_group]
        rows = [list(itertools.chain(*cells)) for cells in zip(*bands, strict=True)]
        table += rows[1:] if table else rows
    return table


def drawn(
    customers: list[SimCustomer], *, justify_kerning: bool = False, **options: Unpack[ListOptions]
) -> bytes:
    target = io.BytesIO()
    draw_customers(target, customers, justify_kerning=justify_kerning, **options)
    return target.getvalue()


@pytest.mark.parametrize("culture", ["it", "en"])
@pytest.mark.parametrize("pages_per_group", range(1, 13))
def test_the_drawn_list_reads_as_its_table_says(
    customers: list[SimCustomer], culture: CultureName, pages_per_group: int
) -> None:
    options = ListOptions(culture=culture, pages_per_group=pages_per_group)
    table = report_table(customers, **options)
    assert table.footer is not None
    assert read(drawn(customers, **options), pages_per_group) == [table.columns, *table.rows, table.footer]


def test_unknown_columns_and_kerned_lines_read_as_the_table_says(customers: list[SimCustomer]) -> None:
    options = ListOptions(extra_columns=6, pages_per_group=10, footer=False)
    table = report_table(customers, **options)
    assert read(drawn(customers, justify_kerning=True, **options), 10) == [table.columns, *table.rows]


def test_eight_pages_a_group_are_cut_as_in_the_real_export() -> None:
    assert printed_list([]).bands == REAL_BANDS
    assert printed_list([], pages_per_group=None).bands == REAL_BANDS


@pytest.mark.parametrize("pages_per_group", range(1, 13))
def test_a_band_is_never_wider_than_the_page(pages_per_group: int) -> None:
    printed = printed_list([], pages_per_group=pages_per_group, extra_columns=6)
    ends = itertools.accumulate(printed.bands, initial=0)
    widths_pt = [
        sum(column.width_pt for column in printed.columns[start:end])
        for start, end in itertools.pairwise(ends)
    ]
    assert len(widths_pt) == pages_per_group
    assert max(widths_pt) <= 468


@pytest.mark.parametrize("pages_per_group", [0, 27])
def test_an_impossible_number_of_pages_is_refused(pages_per_group: int) -> None:
    with pytest.raises(ValueError, match="26 columns can't make"):
        printed_list([], pages_per_group=pages_per_group)


def test_italian_captions_come_in_the_printed_order() -> None:
    assert report_table([]).columns == list(ITALIAN.captions.values())


def test_english_captions_come_in_their_own_order() -> None:
    assert report_table([], culture="en").columns == list(ENGLISH.captions.values())


def test_extra_columns_stand_between_the_known_ones() -> None:
    columns = report_table([], extra_columns=6).columns
    assert len(columns) == 32
    assert [caption for caption in columns if caption in ITALIAN.captions.values()] == list(
        ITALIAN.captions.values()
    )
    assert columns[:-1] != [*ITALIAN.captions.values(), *columns[26:-1]]


def test_a_seventh_extra_column_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 6 extra columns"):
        report_table([], extra_columns=7)


def test_a_hidden_field_is_not_printed(customers: list[SimCustomer]) -> None:
    table = report_table(customers, hidden_fields=("pec",))
    assert "PEC:" not in table.columns
    assert {len(row) for row in table.rows} == {25}


@pytest.mark.parametrize(
    ("style", "printed"), [("culture", "98.336"), ("dot", "98.336"), ("comma", "98,336"), ("plain", "98336")]
)
def test_identifiers_are_printed_in_the_style_asked_for(style: IdentifierStyle, printed: str) -> None:
    table = report_table([SimCustomer("98336")], identifier_style=style)
    assert table.rows[0][0] == printed


def test_the_footer_totals_unrounded_amounts_and_prints_them_rounded() -> None:
    thirds = [SimCustomer(str(i), actual_sales=Decimal("0.004")) for i in range(3)]
    table = report_table(thirds)
    column = table.columns.index("TIPO DI CLIENTE")
    assert {row[column] for row in table.rows} == {"0,00 €"}
    assert table.footer is not None
    assert table.footer[column] == "Sum=0,01 €"


def test_the_footer_counts_in_the_identifiers_column(customers: list[SimCustomer]) -> None:
    footer = report_table(customers).footer
    assert footer is not None
    assert (footer[0], sum(bool(total) for total in footer)) == ("Count=100", 7)


def test_a_list_without_customers_has_a_header_and_no_rows() -> None:
    assert read(drawn([], footer=False), 8) == [list(ITALIAN.captions.values())]


def test_a_hyphenated_name_wraps_at_its_hyphen_and_is_read_whole() -> None:
    customer = SimCustomer("1", name="Studio Dentistico Odontoiatri Valtadalli-Marrignotti")
    content = drawn([customer])
    assert read(content, 8)[1][2] == customer.name
    assert report_table([customer]).rows[0][2] == customer.name


def test_an_equal_list_is_drawn_to_equal_bytes(customers: list[SimCustomer]) -> None:
    assert drawn(customers) == drawn(world.generate(100, unrounded=True))
