"""Every character of every cell is read, although the engines edit text for display."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from scripts.erp_simulator.drawing import ReportColumn
from scripts.erp_simulator.pdf_font import ReportFont
from sync.report.page import join_lines
from sync.report.reader import read_report
from tests.sync.report.drawn_reports import Drawn, draw, readings, table_of, twice

NARROW = ReportColumn("NOME", 60)
WIDE = ReportColumn("NOME", 400)
BESIDE = ReportColumn("CITTÀ", 60)


def one_cell(path: Path, text: str, column: ReportColumn = WIDE) -> Drawn:
    """Draw a text between two others, below one and above one."""
    rows = [["sopra", "1"], [text, "fine"], ["sotto", "2"]]
    return draw(path, [column, BESIDE], rows, footer=["Count=3", ""])


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (["Rossi-", "Bianchi"], "Rossi-Bianchi"),
        (["foo -", "bar"], "foo - bar"),
        (["-", "bar"], "- bar"),
        (["foo", "-", "bar"], "foo - bar"),
        (["foo", "-bar"], "foo -bar"),
        (["(-", "bar"], "(- bar"),
        (["A1-", "B2"], "A1-B2"),
        (["A_-", "B2"], "A_- B2"),
        (["è-", "ò"], "è-ò"),
        (["Rossi- ", "Bianchi"], "Rossi-Bianchi"),
        (["  due  blanks ", "tre"], "due blanks tre"),
        (["", "uno", "", "due", ""], "uno due"),
        (["\xa0uno\xa0"], "uno"),
        ([], ""),
        (["Rossi-"], "Rossi-"),
        (["Rossi-", ""], "Rossi-"),
        (["Rossi-", "", "Bianchi"], "Rossi-Bianchi"),
    ],
)
def test_lines_are_joined_to_their_value(lines: list[str], value: str) -> None:
    assert join_lines(lines) == value


HYPHENS = [
    "Rossi-\nBianchi",
    "foo -\nbar",
    "-\nbar",
    "foo\n-\nbar",
    "foo\n-",
    "Rossi-",
    "-",
    "--",
    "a--\nb",
    "Rossi--\nBianchi",
    "12-\n13",
    "Sbarrò-\nCefalù",
    "D'Avolò -\nDr. Forlì",
    "Ferlandi-Ronzoli-\nMarbechetti-Fanzoli",
    "uno-\ndue-\ntre-\nquattro",
    "a –\nb",
    "a—\nb",
    "non\u2011\nbreaking",
    "soft\u00ad\nhyphen",
    "soft\u00adhyphen",
    "Rossi-\nBianchi soft\u00adhyphen",
    "\u2010\nvero",
]


@pytest.mark.parametrize("text", HYPHENS, ids=ascii)
def test_a_hyphen_at_a_lines_end_is_read(tmp_path: Path, text: str) -> None:
    drawn = one_cell(tmp_path / "a.pdf", text)
    assert readings(drawn.path) == twice(drawn)


SPACED = [
    "due  blanks",
    "tre   blanks  e  due",
    " davanti",
    "   tre davanti",
    "dietro   ",
    "  tutt'intorno  ",
    "a        b",
    "fine riga  \n  inizio riga",
    "   ",
    " ",
    " \n ",
    "nbsp\u00a0in mezzo",
    "\u00a0nbsp davanti",
    "nbsp \u00a0 misto",
    "thin\u2009space",
    "zero\u200bwidth",
    "zero\u200djoiner",
]


@pytest.mark.parametrize("text", SPACED, ids=ascii)
def test_runs_of_blanks_are_one_blank_and_outer_ones_none(tmp_path: Path, text: str) -> None:
    drawn = one_cell(tmp_path / "a.pdf", text)
    assert readings(drawn.path) == twice(drawn)


CHARACTERS = [
    "Nicolò Forlì È À Ù Ç ñ ß",
    "1.234,56 €",
    "-1.234,56 €",
    "(1.234,56)",
    "“tipografiche” ‘e’ «altre» \"dritte\" 'e'",
    "ALL’ATTENZIONE DI: ALL'ATTENZIONE DI:",
    "n.º 3, 2ª scala",
    "uﬃcio ﬁne ﬂusso ﬀ",
    "office fine flusso",
    "½ × 3 ÷ ± µ ° § ¶",
    "Łódź Škoda ğ ı İ",
    "Ωμέγα Жизнь",
    "שלום עולם",
    "Studio שלום 12 Srl",
    "مرحبا",
    "中文字符",
    "ｆｕｌｌ　ｗｉｄｔｈ",
    "𝔘nicode 😀 𐍈",
    "e\u0301 combinato",
    "tab\tdentro",
    "controllo \x01\x02\x03\x1f\x7f",
    "c1 \x80\x93\x99",
    "\ufffe \ufffd \ufeff",
    "\u202edestra\u202c \u200fsinistra\u200e",
    "<b>&amp;</b> \\ ( ) [ ] % /Tj",
    "iiiiii llllll ......",
    "aa bb oo 00 11 99",
    "Count=12",
    "Sum=",
    "(cid:12)",
    "A",
    ".",
    "'",
    "j",
    "fffff",
    "WAVE To. AVAVA",
]


@pytest.mark.parametrize("text", CHARACTERS, ids=ascii)
def test_characters_are_read_as_they_were_drawn(tmp_path: Path, text: str) -> None:
    drawn = one_cell(tmp_path / "a.pdf", text)
    assert readings(drawn.path) == twice(drawn)


@pytest.mark.parametrize("text", ["Rossi-\nBianchi", "due  blanks", "È  Ç", "1.234,56 €", "“a”"], ids=ascii)
def test_texts_of_the_real_lists_need_no_second_engine(tmp_path: Path, text: str) -> None:
    drawn = one_cell(tmp_path / "a.pdf", text)
    report = read_report(drawn.path)
    assert (report.engine, report.rows[1][0]) == ("stream", drawn.table.rows[1][0])


@pytest.mark.parametrize("length", [100, 2000, 5000])
def test_very_long_text_is_whole(tmp_path: Path, length: int) -> None:
    drawn = one_cell(tmp_path / "a.pdf", "X" * length)
    assert readings(drawn.path) == twice(drawn)


def test_very_long_wrapped_text_is_whole(tmp_path: Path) -> None:
    drawn = one_cell(tmp_path / "a.pdf", "Studio Ferlandi-Ronzoli " * 120)
    assert readings(drawn.path) == twice(drawn)


@pytest.mark.parametrize("text", ["parolatroppolungaperlasuacella", "i" * 60, "a-" * 20, "€" * 30], ids=ascii)
@pytest.mark.parametrize("beside", ["", "b", "i", "parolatroppolunga", "a a"])
def test_text_wider_than_its_cell_stays_in_its_cell(tmp_path: Path, text: str, beside: str) -> None:
    rows = [[text, beside, beside], [beside, text, beside], [beside, text, text]]
    drawn = draw(tmp_path / "a.pdf", [NARROW, NARROW, NARROW], rows)
    assert readings(drawn.path) == twice(drawn)


@pytest.mark.parametrize("neighbour", ["a", "abc", "aa", "a b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])
@pytest.mark.parametrize("spilled", ["xxxxxxxxxxxxa", "aaaaaaaaaaaa", "iiiiiiiiiiiiia"])
def test_a_glyph_drawn_on_an_equal_one_is_read_twice(tmp_path: Path, spilled: str, neighbour: str) -> None:
    # The last glyph of one text is drawn where the first of the next one is.
    width_pt = ReportFont().width_pt(spilled[:-1])
    columns = [ReportColumn("A", width_pt), ReportColumn("B", width_pt), ReportColumn("C", 90)]
    rows = [[spilled, neighbour, "c"], [spilled, spilled, neighbour], [neighbour, neighbour, neighbour]]
    drawn = draw(tmp_path / "a.pdf", columns, rows)
    assert readings(drawn.path) == twice(drawn)


def test_right_aligned_text_wider_than_its_cell_stays_in_its_cell(tmp_path: Path) -> None:
    columns = [NARROW, ReportColumn("IMPORTO", 40, "right"), NARROW]
    rows = [["prima", "123.456.789.012,34", "dopo"], ["", "9.123.456.789.012", ""]]
    drawn = draw(tmp_path / "a.pdf", columns, rows)
    assert readings(drawn.path) == twice(drawn)


def test_equal_texts_on_all_sides_are_all_read(tmp_path: Path) -> None:
    columns = [ReportColumn("A", 20)] * 12
    drawn = draw(tmp_path / "a.pdf", columns, [["0,00 €"] * 12] * 30)
    assert readings(drawn.path) == twice(drawn)


def test_justified_lines_are_read_as_if_they_were_not(tmp_path: Path) -> None:
    texts = [
        "Studio Dentistico Associato Dr. Marbechetti & Norcatelli",
        "Ferlandi-Ronzoli  Dott.Ssa  Corrada -  Fanzoli Lambetavi",
        "uffici a b c d e f g h i j k l m n o p q",
        "WAVE To AVAVA 1.234,56 € È così",
    ]
    drawn = draw(
        tmp_path / "a.pdf", [ReportColumn("NOME", 90)], [[text] for text in texts], justify_kerning=True
    )
    assert readings(drawn.path) == twice(drawn)


WORDS = [
    "Studio", "Ferlandi-Ronzoli", "D'Avolò", "&", "C.", "-", "S.r.l.", "È", "1.234,50", "€", "ﬁne", "n.º",
    "“La”", "fi", "ffi", "", "", "\u00ad", "parolatroppolungaperlasuacella", "a-", "-b", "שלום", "\u00a0",
    "😀", "ii", "..", "A-B-C-D", "00", "’", "e\u0301", "\x01", "—", "Tj", "(", ")", "\\",
]  # fmt: skip
PLAIN_WORDS = [*WORDS[:9], "Via", "Dott.Ssa", "Ronzoli", "", "-", "a-b", "NA", "ò"]


def random_report(path: Path, seed: int) -> Drawn:
    """Draw a report of random bands, widths, alignments and texts."""
    rng = random.Random(seed)
    words = PLAIN_WORDS if seed % 2 else WORDS
    bands = [rng.randint(1, 4) for _ in range(rng.randint(1, 5))]
    columns = [
        ReportColumn(
            f"COLONNA {i} {rng.choice(PLAIN_WORDS)}", rng.randrange(30, 110), rng.choice(["left", "right"])
        )
        for i in range(sum(bands))
    ]
    rows = [
        [" ".join(rng.choices(words, k=rng.choice([0, 1, 1, 2, 3, 8]))) for _ in columns]
        for _ in range(rng.randint(1, 14))
    ]
    footer = [f"Count={len(rows)}", *[""] * (len(columns) - 1)] if rng.random() < 0.7 else None
    return draw(path, columns, rows, bands=bands, footer=footer, justify_kerning=rng.random() < 0.3)


@pytest.mark.parametrize("seed", range(40))
def test_random_reports_read_as_drawn_with_both_engines(tmp_path: Path, seed: int) -> None:
    drawn = random_report(tmp_path / "a.pdf", seed)
    assert readings(drawn.path) == twice(drawn)
    assert table_of(read_report(drawn.path)) == drawn.table
