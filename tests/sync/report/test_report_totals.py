"""Which rows match a footer of totals, and which do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from customers.erp_list.message import Message
from scripts.erp_simulator.drawing import ReportColumn
from sync.errors import ReportError, ReportLayoutBroken, ReportUnproven
from sync.report import ENGINES, totals
from sync.report.reader import read_report
from sync.report.totals import Convention, is_footer, parse_number
from tests.sync.report.drawn_reports import LEDGER, draw, ledger_rows, ledger_totals, money, readings, twice

AMOUNT = ReportColumn("IMPORTO", 120, "right")


def contradictions(cells: Sequence[str], total: str) -> list[Message]:
    """Return the messages for the totals that a column's cells do not match."""
    return totals.contradictions([(cell,) for cell in cells], (total,), ("IMPORTO",))


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        (["1,00 €", "2,50 €"], "Sum=3,50 €"),
        (["1,00 €", "2,50 €"], "Sum=3,50"),
        (["1,00", "2,50"], "Sum=3,50 €"),
        (["-1,00 €", "2,50 €"], "Sum=1,50 €"),
        (["-1,00 €", "-2,50 €"], "Sum=-3,50 €"),
        (["(1,00)", "2,50"], "Sum=1,50"),
        (["(361,65 €)", "1,00 €"], "Sum=(360,65 €)"),
        (["(361,65) €", "1,00"], "Sum=(360,65) €"),
        (["361,65-", "1,00"], "Sum=360,65-"),
        (["361,65- €", "1,00 €"], "Sum=360,65- €"),
        (["361,65 €-", "1,00 €"], "Sum=360,65 €-"),
        (["361,65-", "1,00"], "Sum=(360,65)"),
        (["($361.65)", "$1.00"], "Sum=($360.65)"),
        (["3-", "1"], "Count=2 Sum=2-"),
        (["€ 1,00", "-€ 2,00"], "Sum=-1,00 €"),
        (["1.234,56 €", "1.000.000,00 €"], "Sum=1.001.234,56 €"),
        (["$1,234.56", "$0.44"], "Sum=$1,235.00"),
        (["1,090", "10"], "Sum=1,100"),
        (["1.090", "10"], "Sum=1.100"),
        (["", "3", ""], "Sum=3"),
        (["", ""], "Sum=0"),
        ([], "Sum=0,00 €"),
        ([], "Count=0"),
        (["a", "b"], "Count=2"),
        (["3", "4"], "Count=2 Sum=7"),
        (["3", "4"], "Max=4"),
        (["3", "4"], "Min=3 Max=4 Avg=3,5 Sum=7"),
    ],
)
def test_rows_that_satisfy_their_totals_prove_the_report(cells: list[str], total: str) -> None:
    assert contradictions(cells, total) == []


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        (["1,00 €", "2,50 €"], "Sum=3,52 €"),
        (["1,00 €", "2,50 €"], "Sum=-3,50 €"),
        (["(360,65)"], "Sum=360,65"),
        (["360,65-"], "Sum=360,65"),
        (["360,65"], "Sum=(360,65)"),
        (["(-360,65)"], "Sum=(360,65)"),
        (["-360,65-"], "Sum=-360,65"),
        (["(360,65-)"], "Sum=(360,65)"),
        (["-(360,65)"], "Sum=(360,65)"),
        (["(360,65"], "Sum=(360,65)"),
        (["360,65"], "Sum=(-360,65)"),
        (["1", "2"], "Sum=4"),
        (["1", "2"], "Sum=tre"),
        (["1", "due"], "Sum=1"),
        (["1,00 €", "$2.00"], "Sum=3,00 €"),
        (["", ""], "Sum=1"),
        ([], "Sum=1"),
        ([], "Count=1"),
        (["a", "b"], "Count=3"),
        (["a"], "Count=1.000"),
        (["a"], "Count=1,000"),
        (["a", "b"], "Count=-2"),
        (["a", "b"], "Count=due"),
        (["3", "4"], "Count=2 Sum=8"),
        (["3", "4"], "Count=3 Sum=7"),
        (["3", "4"], "Min=3 Max=4 Avg=3,5 Sum=8"),
        (["1.090", "10"], "Sum=1,100"),
    ],
)
def test_rows_that_do_not_satisfy_their_totals_prove_nothing(cells: list[str], total: str) -> None:
    [contradiction] = contradictions(cells, total)
    assert str(contradiction).startswith("column IMPORTO: the footer says ")


def test_a_column_with_a_text_gives_no_sum() -> None:
    [contradiction] = contradictions(["1", "due"], "Sum=1")
    assert str(contradiction).endswith("says Sum=1, the rows give no sum (a cell is no number)")


@pytest.mark.parametrize(
    ("cents_off", "is_within"), [(0, True), (5, True), (499, True), (500, False), (-499, True), (-500, False)]
)
def test_a_sum_may_be_off_by_half_a_cent_for_each_amount(cents_off: int, is_within: bool) -> None:
    # 999 amounts and 500 zeros: the bound is 4.995.
    cells = ["1,00 €"] * 999 + ["0,00 €"] * 500
    assert (contradictions(cells, f"Sum={money(99_900 + cents_off)}") == []) is is_within


def test_a_sum_of_whole_numbers_may_not_be_off_at_all() -> None:
    assert contradictions(["3"] * 999, "Sum=2.997") == []
    assert contradictions(["3"] * 999, "Sum=2.998") != []


def test_a_sum_of_zeros_may_not_be_off_at_all() -> None:
    assert contradictions(["0,00 €"] * 999, "Sum=0,01 €") != []


def test_of_thousands_of_wrong_totals_sixty_are_told() -> None:
    assert len(contradictions(["3"], " ".join(["Sum=4"] * 1000))) == 60


def test_one_convention_must_satisfy_all_totals() -> None:
    rows = [("1.500", "1.500")] * 2
    assert totals.contradictions(rows, ("Sum=3.000", "Sum=3.000"), ("A", "B")) == []
    assert totals.contradictions(rows, ("Sum=3.000", "Sum=3,000"), ("A", "B")) != []


@pytest.mark.parametrize(
    ("text", "convention", "value"),
    [
        ("1.234,50 €", "it", "1234.50"),
        ("$1,234.50", "en", "1234.50"),
        ("1.090", "it", "1090"),
        ("1.090", "en", "1.090"),
        ("-0,50", "it", "-0.50"),
        ("(12)", "it", "-12"),
        ("50 %", "it", "50"),
        ("- 3", "it", "-3"),
    ],
)
def test_numbers_are_read_in_either_convention(text: str, convention: Convention, value: str) -> None:
    number = parse_number(text, convention)
    assert number is not None
    assert number.value == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "1,2,3",
        "12.34",
        "1.2345",
        "(12",
        "12)",
        "--1",
        "1 2",
        "٣",
        "1,",
        "€",
        "(-1)",
        "-1-",
        "€ 1 €",
        "1 X",
    ],
)
def test_text_that_is_not_an_italian_number_is_none(text: str) -> None:
    assert parse_number(text, "it") is None


@pytest.mark.parametrize(
    "row", [("Count=1.452", "", "Sum=3"), ("", "Sum=1,00 €"), ("Min=1 Max=2",), ("Count=0",)]
)
def test_a_row_of_nothing_but_totals_is_the_footer(row: tuple[str, ...]) -> None:
    assert is_footer(row)


@pytest.mark.parametrize(
    "row", [("",), (), ("Count=3", "Rossi"), ("Count=",), ("Sum", "="), ("Discount=3",), ("= 3",)]
)
def test_any_other_row_is_a_record(row: tuple[str, ...]) -> None:
    assert not is_footer(row)


FOOTERS = {
    "all": ledger_totals(20),
    "only sums": ("", *ledger_totals(20)[1:]),
    "only a count": ("Count=20", "", "", ""),
    "a count elsewhere": ("", "Count=20", "", ""),
    "no currency": (*ledger_totals(20)[:3], ledger_totals(20)[3].removesuffix(" €")),
}


@pytest.mark.parametrize("footer", FOOTERS.values(), ids=FOOTERS.keys())
def test_a_footer_of_any_kind_is_read_and_proven(tmp_path: Path, footer: tuple[str, ...]) -> None:
    drawn = draw(tmp_path / "a.pdf", LEDGER, ledger_rows(20), bands=[2, 1, 1], footer=footer)
    assert readings(drawn.path) == twice(drawn)


def test_an_english_footer_is_read_and_proven(tmp_path: Path) -> None:
    rows = [(f"{98_000 + n:,}", "Ronzoli", str(n), f"${1000 + n:,}.50") for n in range(1100)]
    total = sum(1000 * 100 + n * 100 + 50 for n in range(1100))
    footer = ("Count=1,100", "", f"Sum={sum(range(1100)):,}", f"Sum=${total // 100:,}.{total % 100:02}")
    drawn = draw(tmp_path / "a.pdf", LEDGER, rows, bands=[3, 1], footer=footer)
    report = read_report(drawn.path)
    assert (report.rows, report.footer) == (drawn.table.rows, footer)


@pytest.mark.parametrize(
    "style", ["({}) €", "({} €)", "({})", "{}-", "{}- €", "{} €-", "-{} €"], ids=lambda style: style
)
def test_negative_amounts_of_every_style_are_read_and_proven(tmp_path: Path, style: str) -> None:
    rows = [(str(n), "Ronzoli", "1", style.format(f"{n},50") if n % 3 else "1,00 €") for n in range(1, 16)]
    cents = sum(100 if n % 3 == 0 else -n * 100 - 50 for n in range(1, 16))
    total = f"Sum={style.format(money(-cents).removesuffix(' €'))}"
    drawn = draw(tmp_path / "a.pdf", LEDGER, rows, bands=[2, 1, 1], footer=("Count=15", "", "Sum=15", total))
    assert readings(drawn.path) == twice(drawn)


def test_wrapped_totals_are_read_and_proven(tmp_path: Path) -> None:
    columns = [ReportColumn("ID", 60), ReportColumn("IMPORTO", 62, "right")]
    rows = [(str(n), money(n * 100_000)) for n in range(20)]
    drawn = draw(tmp_path / "a.pdf", columns, rows, footer=["Count=20", "Sum=190.000,00 €"])
    assert readings(drawn.path) == twice(drawn)


def refusal(path: Path) -> list[ReportError]:
    """Return how each engine, and both together, refuse a file."""
    errors = []
    for engine in (*ENGINES, None):
        with pytest.raises(ReportError) as caught:
            read_report(path, engine=engine)
        errors.append(caught.value)
    return errors


@pytest.mark.parametrize(
    ("footer", "reason"),
    [
        (("Count=21", "", "", ""), "column ORDINE: the footer says Count=21, the rows give 20"),
        (("", "", "Sum=58", ""), r"column PEZZI: the footer says Sum=58, the rows give 57 \(± 0\)"),
        (("", "", "", "Sum=260,45 €"), "column IMPORTO: the footer says Sum=260,45 €, the rows"),
        (("", "Sum=0", "", ""), r"column CLIENTE: .* no sum \(a cell is no number\)"),
    ],
)  # fmt: skip
def test_a_changed_total_is_refused_with_column_and_values(
    tmp_path: Path, footer: tuple[str, ...], reason: str
) -> None:
    path = draw(tmp_path / "a.pdf", LEDGER, ledger_rows(20), bands=[2, 1, 1], footer=footer).path
    for error in refusal(path):
        assert isinstance(error, ReportUnproven)
        assert error.code == "report_unproven"
        assert re.search(reason, error.message)


@pytest.mark.parametrize("row", [0, 19])
@pytest.mark.parametrize(("column", "value"), [(3, ""), (3, "x"), (2, "99"), (3, "9.999,99 €")])
def test_a_changed_cell_in_a_totalled_column_is_refused(
    tmp_path: Path, row: int, column: int, value: str
) -> None:
    rows = [list(cells) for cells in ledger_rows(20)]
    rows[row] = ["1", "Ronzoli", "6", "500,00 €"]
    pieces = sum(int(cells[2]) for cells in rows)
    cents = sum(int(cells[3].removesuffix(" €").replace(",", "").replace(".", "")) for cells in rows)
    footer = ["Count=20", "", f"Sum={pieces}", f"Sum={money(cents)}"]
    right = draw(tmp_path / "right.pdf", LEDGER, rows, bands=[2, 1, 1], footer=footer)
    assert read_report(right.path).footer == tuple(footer)
    rows[row][column] = value
    path = draw(tmp_path / "wrong.pdf", LEDGER, rows, bands=[2, 1, 1], footer=footer).path
    with pytest.raises(ReportUnproven, match="IMPORTO" if column == 3 else "PEZZI"):
        read_report(path)


def test_a_row_of_totals_among_the_rows_is_refused(tmp_path: Path) -> None:
    rows = [*ledger_rows(6), ("Count=6", "", "", ""), *ledger_rows(6)]
    for footer in (None, ("", "", "Sum=0", ""), ("Count=13", "", "", "")):
        path = draw(tmp_path / "a.pdf", LEDGER, rows, bands=[2, 1, 1], footer=footer).path
        for error in refusal(path):
            assert isinstance(error, ReportLayoutBroken)
            assert error.message == "page 1: a row of totals is among its rows"


def test_rows_after_the_footer_are_refused(tmp_path: Path) -> None:
    rows = [*ledger_rows(46), ("Count=46", "", "", ""), *ledger_rows(20)]
    path = draw(tmp_path / "a.pdf", LEDGER, rows, bands=[2, 1, 1]).path
    for error in refusal(path):
        assert isinstance(error, ReportLayoutBroken)
        assert error.message == "page 4: rows follow the footer of totals"
