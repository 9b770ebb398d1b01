"""Reports are drawn with the exporter's operators."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest

from scripts.erp_simulator.drawing import (
    ReportColumn,
    draw_report,
    first_baseline_pt,
    fitting_bands,
    number,
    row_height_pt,
)
from scripts.erp_simulator.pdf_font import ReportFont
from scripts.erp_simulator.wrapping import joined, wrap

PAGE_START = " q 0 0.000017703 612 792 re W n 1 1 1 rg 0 0.000017703 612 792 re f Q"
NAME = ReportColumn("NOME", 224.25)
LONG_NAME = "Studio Dentistico Associato Dr. Marbechetti & Norcatelli Ronfuzoli"


def drawn(columns: Sequence[ReportColumn], rows: Sequence[Sequence[str]], **options: Any) -> bytes:
    target = io.BytesIO()
    draw_report(target, columns, rows, **options)
    return target.getvalue()


def page_contents(pdf: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [page.Contents.read_bytes().decode("ascii") for page in opened.pages]


def cell_boxes(content: str, fill: str = "1 1 1") -> list[tuple[float, ...]]:
    """Return x, y, width, height of every cell with this fill."""
    boxes = re.findall(rf" q 72 72 \S+ 648 re W n {fill} rg (\S+) (\S+) (\S+) (\S+) re f Q", content)
    return [tuple(map(float, box)) for box in boxes]


def baselines(content: str) -> list[float]:
    return [float(y) for y in re.findall(r"Tf \S+ (\S+) Td", content)]


def texts(pdf: bytes) -> list[str]:
    """Return what pdfium reads of each page."""
    document = pdfium.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def test_a_page_begins_white() -> None:
    [content] = page_contents(drawn([NAME], []))
    assert content.startswith(PAGE_START)


def test_a_header_cell_is_drawn_with_the_exporters_operators() -> None:
    columns = [ReportColumn("ID", 55.5, "right"), ReportColumn("NOME", 382.5), ReportColumn("PEC:", 139.5)]
    content = page_contents(drawn(columns, [], bands=[2, 1]))[0]
    assert content.removeprefix(PAGE_START).startswith(
        " q 72 72 438 648 re W n 0.50196 0.50196 0.50196 rg 72 706.5 55.5 13.5 re f Q"
        " q 72 72 438 648 re W n 0.66275 0.66275 0.66275 rg 71.625 706.125 0.75 14.25 re f Q"
        " q 72 72 438 648 re W n 0.66275 0.66275 0.66275 rg 127.125 706.125 0.75 14.25 re f Q"
        " q 72 72 438 648 re W n 0.66275 0.66275 0.66275 rg 71.625 719.625 56.25 0.75 re f Q"
        " q 72 72 438 648 re W n 0.66275 0.66275 0.66275 rg 71.625 706.125 56.25 0.75 re f Q"
        " q 72.375 706.875 54.75 12.75 re W n 1 1 1 rg q BT /FNT0 9.75 Tf 94.606 709.9603 Td"
        " <002C0027> Tj ET Q Q"
    )


def test_a_right_aligned_cell_is_drawn_with_the_exporters_operators() -> None:
    columns = [ReportColumn("ID", 55.5, "right"), ReportColumn("NOME", 382.5), ReportColumn("PEC:", 139.5)]
    content = page_contents(drawn(columns, [["59", "", ""]], bands=[2, 1]))[0]
    assert (
        " q 72 72 438 648 re W n 1 1 1 rg 72 693 55.5 13.5 re f Q"
        " q 72 72 438 648 re W n 0.66275 0.66275 0.66275 rg 71.625 692.625 0.75 14.25 re f Q"
        " q 72 72 438 648 re W n 0.66275 0.66275 0.66275 rg 127.125 692.625 0.75 14.25 re f Q"
        " q 72 72 438 648 re W n 0.66275 0.66275 0.66275 rg 71.625 706.125 56.25 0.75 re f Q"
        " q 72 72 438 648 re W n 0.66275 0.66275 0.66275 rg 71.625 692.625 56.25 0.75 re f Q"
        " q 72.375 693.375 54.75 12.75 re W n 0 0 0 rg q BT /FNT0 9.75 Tf 115.875 696.4603 Td"
        " <0018001C> Tj ET Q Q"
    ) in content


def test_an_empty_cell_is_a_box_without_text() -> None:
    [content] = page_contents(drawn([ReportColumn("", 90.75)], [[""]]))
    assert len(cell_boxes(content)) == 1
    assert "BT" not in content


def test_a_footer_cell_is_drawn_on_yellow_and_aligned_like_its_column() -> None:
    columns = [ReportColumn("ID", 55.5, "right")]
    [content] = page_contents(drawn(columns, [["1"]], footer=["Count=1.452"]))
    assert cell_boxes(content, "1 1 0.87843") == [(72, 679.5, 55.5, 13.5)]
    assert "0 0 0 rg q BT /FNT0 9.75 Tf 74.3518 682.9603 Td" in content


def test_a_wrapped_cell_is_one_text_object_with_a_line_feed_of_11_2115() -> None:
    [content] = page_contents(drawn([NAME], [[LONG_NAME]]))
    assert re.search(
        r"q 72.375 682.125 223.5 24 re W n 0 0 0 rg q BT /FNT0 9.75 Tf 73.875 696.6482 Td"
        r" \[ <[0-9A-F]+>\] TJ 0 -11.2115 Td <[0-9A-F]+> Tj ET Q Q$",
        content,
    )


def test_the_lines_of_a_right_aligned_wrapped_cell_end_at_the_same_place() -> None:
    [content] = page_contents(drawn([ReportColumn("X", 40.5, "right")], [["1.234,50 €"]]))
    assert "Tf 76.5 696.6482 Td" in content
    assert "TJ 29.25 -11.2115 Td <00BC> Tj" in content


def test_text_in_a_high_row_is_centred_vertically() -> None:
    columns = [NAME, ReportColumn("PEC:", 139.5)]
    [content] = page_contents(drawn(columns, [[LONG_NAME, "a@pec.example"]]))
    assert baselines(content)[-2:] == [696.6482, 690.8353]


@pytest.mark.parametrize(
    ("line_count", "height_pt", "baseline_pt"), [(1, 13.5, 3.4603), (1, 24.75, 9.0853), (2, 24.75, 14.8982)]
)
def test_baselines_are_those_of_the_real_export(
    line_count: int, height_pt: float, baseline_pt: float
) -> None:
    assert round(first_baseline_pt(height_pt, line_count), 4) == baseline_pt


def test_every_further_line_makes_a_row_11_25_points_higher() -> None:
    assert [row_height_pt(lines) for lines in (0, 1, 2, 3)] == [13.5, 13.5, 24.75, 36.0]


def test_operands_have_at_most_four_decimals_and_no_trailing_zeros() -> None:
    assert [number(value) for value in (72.0, 0.75, 94.60603, 100, -11.21151)] == [
        "72",
        "0.75",
        "94.606",
        "100",
        "-11.2115",
    ]


def test_a_page_holds_47_rows_of_one_line_under_the_header() -> None:
    contents = page_contents(drawn([NAME], [["Marbechetti"]] * 48))
    assert [len(cell_boxes(content)) for content in contents] == [47, 1]
    assert cell_boxes(contents[0])[-1] == (72, 72, 224.25, 13.5)


def test_a_row_that_does_not_fit_goes_to_the_next_page_group_whole() -> None:
    columns = [NAME, ReportColumn("PEC:", 360)]
    rows = [["Marbechetti", ""]] * 46 + [[LONG_NAME, ""]]
    counts = [len(cell_boxes(content)) for content in page_contents(drawn(columns, rows))]
    assert counts == [46, 46, 1, 1]


def test_a_row_too_high_for_any_page_has_a_page_of_its_own() -> None:
    rows = [["a"], ["b\n" * 60], ["c"]]
    counts = [len(cell_boxes(content)) for content in page_contents(drawn([NAME], rows))]
    assert counts == [1, 1, 1]


def test_all_pages_of_a_group_have_the_heights_of_the_most_wrapped_cell_in_any_band() -> None:
    columns = [ReportColumn("ID", 55.5), ReportColumn("NOME", 90), ReportColumn("CITTÀ", 121.5)]
    rows = [["1", LONG_NAME, ""], ["2", "Val", "Rocca Lunaria"]]
    contents = page_contents(drawn(columns, rows, bands=[1, 1, 1]))
    heights = [[(y, height) for _, y, _, height in cell_boxes(content)] for content in contents]
    assert heights[0] == heights[1] == heights[2]
    assert heights[0][0][1] > row_height_pt(2)


def test_pages_come_band_by_band_for_the_same_rows() -> None:
    columns = [ReportColumn("A", 300), ReportColumn("B", 300)]
    pages = texts(drawn(columns, [[f"a{i}", f"b{i}"] for i in range(60)]))
    assert [page.split()[:2] for page in pages] == [["A", "a0"], ["B", "b0"], ["A", "a47"], ["B", "b47"]]


def test_a_footer_that_does_not_fit_gets_its_own_page() -> None:
    contents = page_contents(drawn([NAME], [["x"]] * 47, footer=["Count=47"]))
    assert [len(cell_boxes(content, "1 1 0.87843")) for content in contents] == [0, 1]
    assert cell_boxes(contents[1]) == []


def test_a_report_without_rows_has_header_pages_only() -> None:
    contents = page_contents(drawn([ReportColumn("A", 300), ReportColumn("B", 300)], []))
    assert [len(cell_boxes(content, "0.50196 0.50196 0.50196")) for content in contents] == [1, 1]
    assert [cell_boxes(content) for content in contents] == [[], []]


def test_a_long_caption_wraps_and_its_header_grows() -> None:
    [content] = page_contents(drawn([ReportColumn("CONTEGGI DEGLI ORDINI", 60)], [["0"]]))
    assert cell_boxes(content, "0.50196 0.50196 0.50196") == [(72, 684, 60, 36)]


def test_bands_take_as_many_whole_columns_as_the_page_is_wide() -> None:
    widths_pt = [55.5, 90.75, 224.25, 67.5, 139.5, 50.25, 84.75, 113.25, 197.25, 129, 121.5, 72.75]
    assert fitting_bands([ReportColumn("", width_pt) for width_pt in widths_pt]) == [4, 4, 3, 1]


def test_a_column_wider_than_the_page_gets_the_page() -> None:
    columns = [ReportColumn("A", 50), ReportColumn("B", 900), ReportColumn("C", 50)]
    contents = page_contents(drawn(columns, [["a", "b", "c"]]))
    assert [cell_boxes(content)[0][2] for content in contents] == [50, 468, 50]


@pytest.mark.parametrize("band_count", [1, 2, 5, 9, 12, 13])
def test_any_number_of_bands_can_be_drawn(band_count: int) -> None:
    columns = [ReportColumn(f"C{i}", 30) for i in range(13)]
    bands = [1] * (band_count - 1) + [14 - band_count]
    contents = page_contents(drawn(columns, [[str(i) for i in range(13)]], bands=bands))
    assert [len(cell_boxes(content)) for content in contents] == bands


@pytest.mark.parametrize("bands", [[1], [1, 2], [0, 2], [3, -1], []])
def test_bands_that_do_not_make_the_columns_are_refused(bands: list[int]) -> None:
    with pytest.raises(ValueError, match="do not make 2 columns"):
        drawn([NAME, NAME], [], bands=bands)


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="3 values for 2 columns"):
        drawn([NAME, NAME], [["a", "b", "c"]])


def test_a_band_is_clipped_to_its_own_width_and_the_last_one_to_the_page() -> None:
    contents = page_contents(drawn([ReportColumn("A", 387.75), ReportColumn("B", 148.5)], []))
    assert [re.findall(r"q (72 72 \S+ 648) re W n 0.5", content) for content in contents] == [
        ["72 72 388 648"],
        ["72 72 468 648"],
    ]


def test_equal_input_gives_equal_bytes() -> None:
    rows = [[f"Marbechetti {i} Łódź"] for i in range(100)]
    assert drawn([NAME], rows) == drawn([NAME], rows)


def test_the_file_says_who_made_it_and_when() -> None:
    created = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    with pikepdf.open(io.BytesIO(drawn([NAME], [], created=created))) as pdf:
        assert pdf.pdf_version == "1.4"
        assert pdf.docinfo.Producer == "Developer Express Inc. DXperience (tm) v24.1.7"
        assert pdf.docinfo.CreationDate == "D:20260203040506+00'00'"


def test_the_only_font_is_an_embedded_subset_with_times_widths() -> None:
    with pikepdf.open(io.BytesIO(drawn([ReportColumn("ID", 90)], [["ABC"]]))) as pdf:
        font = pdf.pages[0].Resources.Font.FNT0
        assert font.BaseFont == "/DEVEXP+TimesNewRoman"
        assert font.Encoding == "/Identity-H"
        runs = list(font.DescendantFonts[0].W)
    first, widths_of_a_to_d = int(runs[0]), [float(width) for width in runs[1]]
    assert (first, widths_of_a_to_d) == (36, [722.168, 666.9922, 666.9922, 722.168])


def test_characters_have_the_glyph_numbers_of_times_new_roman() -> None:
    assert ReportFont().encode("I à°À’€") == "002C0003006A008300AC00B600BC"


def test_characters_outside_the_font_are_still_read_back() -> None:
    text = "Łódź ğń 中 ½"
    assert text in texts(drawn([NAME], [[text]]))[0]


def test_justified_lines_are_kerned_in_pieces_smaller_than_words() -> None:
    [content] = page_contents(drawn([NAME], [[LONG_NAME]], justify_kerning=True))
    [line] = re.findall(r"\[ (<.*?)\] TJ", content)
    assert len(re.findall("<", line)) > LONG_NAME.count(" ") + 1
    assert re.search(r"> -\d", line)


def test_justified_lines_end_at_the_edge_of_their_column() -> None:
    font = ReportFont()
    [content] = page_contents(drawn([NAME], [[LONG_NAME]], justify_kerning=True))
    [line] = re.findall(r"\[ (<.*?)\] TJ", content)
    kerned_pt = sum(float(kern) for kern in re.findall(r"> (-[\d.]+)", line)) * 9.75 / 1000
    first_line = wrap(LONG_NAME, font.width_pt, NAME.text_width_pt)[0]
    assert font.width_pt(first_line) - kerned_pt == pytest.approx(NAME.text_width_pt, abs=0.01)


def lines_of(text: str, limit: int) -> list[str]:
    """Wrap with every character one unit wide."""
    return wrap(text, len, limit)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("uno due", ["uno due"]),
        ("uno due tre", ["uno due", "tre"]),
        ("Rossi-Bianchi", ["Rossi-", "Bianchi"]),
        ("A - Bianchini", ["A -", "Bianchini"]),
        ("parolalunghissima", ["parolalunghissima"]),
        ("uno parolalunghissima due", ["uno", "parolalunghissima", "due"]),
        ("duetre  quattro", ["duetre ", "quattro"]),
        ("   duetre quattro", ["   duetre", "quattro"]),
        ("lunghissima  due", ["lunghissima ", "due"]),
        ("uno due        ", ["uno due        "]),
        ("uno\ndue", ["uno", "due"]),
        ("", [""]),
    ],
)
def test_text_breaks_at_blanks_and_after_hyphens(text: str, lines: list[str]) -> None:
    assert lines_of(text, 9) == lines


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (["Rossi-", "Bianchi"], "Rossi-Bianchi"),
        (["Dr. A -", "Dr. B"], "Dr. A - Dr. B"),
        (["-", "uno"], "- uno"),
        (["  uno  due ", "tre"], "uno due tre"),
        (["uno", "", "due"], "uno due"),
        ([""], ""),
    ],
)
def test_lines_are_joined_as_by_a_reader(lines: list[str], value: str) -> None:
    assert joined(lines) == value


def test_text_wider_than_its_cell_is_not_cut_in_the_file() -> None:
    word = "parolatroppolungaperlasuacella"
    [content] = page_contents(drawn([ReportColumn("A", 40), ReportColumn("B", 40)], [[word, "b"]]))
    assert f"<{ReportFont().encode(word)}> Tj" in content
    assert cell_boxes(content)[0][3] == 13.5
