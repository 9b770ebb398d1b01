"""Damaged files: refused, or read as drawn; no other error, no other row."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from sync.errors import ReportError, ReportTruncated, ReportUnreadable
from sync.report import ENGINES
from sync.report.reader import read_report
from tests.sync.report.changed_files import edited, refused, verdict
from tests.sync.report.drawn_reports import Drawn


def test_a_cut_off_file_is_truncated_and_retryable(drawn: Drawn, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(drawn.path.read_bytes()[:-200])
    error = refused(path)
    assert isinstance(error, ReportTruncated)
    assert error.retryable
    assert error.message == "the file's end is missing"


def test_a_file_cut_off_anywhere_is_refused_or_complete(drawn: Drawn, tmp_path: Path) -> None:
    content = drawn.path.read_bytes()
    path = tmp_path / "a.pdf"
    verdicts = Counter[str]()
    for size in [*range(0, len(content), 97), *range(len(content) - 40, len(content))]:
        path.write_bytes(content[:size])
        verdicts[verdict(path, drawn)] += 1
    assert verdicts["WRONG"] == 0
    assert verdicts["report_truncated"] > 90
    assert set(verdicts) <= {"report_unreadable", "report_truncated", "as drawn"}


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_hole_in_the_middle_is_refused(drawn: Drawn, tmp_path: Path, share: float) -> None:
    content = drawn.path.read_bytes()
    start = int(len(content) * share)
    path = tmp_path / "a.pdf"
    for hole in (1, 7, 400):
        path.write_bytes(content[:start] + content[start + hole :])
        assert verdict(path, drawn) != "WRONG"


def test_no_damaged_byte_makes_a_wrong_row(drawn: Drawn, tmp_path: Path) -> None:
    content = drawn.path.read_bytes()
    path = tmp_path / "a.pdf"
    verdicts = Counter[str]()
    for position in range(9, len(content), 23):
        damaged = bytearray(content)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        verdicts[verdict(path, drawn)] += 1
    assert verdicts["WRONG"] == 0
    assert verdicts["report_unreadable"] > 100
    assert "report_error" not in verdicts


def damaged_at_random(content: bytes, rng: random.Random) -> bytes:
    """Change some bytes or digits, or blank, drop or double a block."""
    damaged = bytearray(content)
    start, length = rng.randrange(len(content)), rng.randrange(1, 400)
    kind = rng.randrange(5)
    if kind == 0:
        for _ in range(rng.randint(1, 5)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    elif kind == 1:
        damaged[start : start + length] = bytes(len(damaged[start : start + length]))
    elif kind == 2:
        del damaged[start : start + length]
    elif kind == 3:
        damaged[start:start] = content[rng.randrange(len(content)) :][:length]
    else:
        digits = [at for at, byte in enumerate(content) if chr(byte).isdigit()]
        for at in rng.sample(digits, 3):
            damaged[at] = ord(rng.choice("0123456789"))
    return bytes(damaged)


def test_no_random_damage_makes_a_wrong_row(drawn: Drawn, tmp_path: Path) -> None:
    content = drawn.path.read_bytes()
    path = tmp_path / "a.pdf"
    rng = random.Random(7)
    verdicts = Counter[str]()
    for _ in range(300):
        path.write_bytes(damaged_at_random(content, rng))
        verdicts[verdict(path, drawn)] += 1
    assert verdicts["WRONG"] == 0
    assert verdicts["report_unreadable"] > 150


def test_a_writer_that_computes_no_checksums_is_read(drawn: Drawn, tmp_path: Path) -> None:
    # Without any valid checksum, nothing is known; a wrong one among valid ones is damage.
    content = drawn.path.read_bytes()
    ends = [match.start() for match in re.finditer(rb"\nendstream", content)]
    without = bytearray(content)
    for end in ends:
        without[end - 4 : end] = bytes(4)
    path = tmp_path / "a.pdf"
    path.write_bytes(without)
    assert verdict(path, drawn) == "as drawn"
    without[ends[0] - 4 : ends[0]] = content[ends[0] - 4 : ends[0]]
    path.write_bytes(without)
    assert isinstance(refused(path), ReportUnreadable)


def test_a_damaged_page_that_a_library_would_replace_by_another_is_detected(
    drawn: Drawn, tmp_path: Path
) -> None:
    # With the end of a page's dictionary gone, pdfium shows the next page in its place.
    content = drawn.path.read_bytes()
    start = content.index(b"/Parent", content.index(b"/Parent") + 1)
    path = tmp_path / "a.pdf"
    path.write_bytes(content[:start] + bytes(20) + content[start + 20 :])
    assert verdict(path, drawn) != "WRONG"
    end = content.index(b"endobj", start)
    path.write_bytes(content[:start] + bytes(end - start) + content[end:])
    assert verdict(path, drawn) == "report_unreadable"


def test_an_object_without_its_end_is_detected(drawn: Drawn, tmp_path: Path) -> None:
    # pdfminer takes the next object in its place: one page's cells for another's.
    content = drawn.path.read_bytes()
    path = tmp_path / "a.pdf"
    for match in re.finditer(rb"endstream\nendobj", content):
        path.write_bytes(content[: match.end() - 4] + b"1" + content[match.end() - 3 :])
        assert isinstance(refused(path), ReportUnreadable)


def flipped_in_stream(content: bytes, number: int, position: int) -> bytes:
    """Flip a bit within the stream of that number."""
    stream = list(re.finditer(rb"stream\n(.+?)\nendstream", content, re.S))[number]
    at = stream.start(1) + position
    return content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :]


@pytest.mark.parametrize("number", range(5))
def test_a_damaged_stream_is_unreadable_to_both_engines(drawn: Drawn, tmp_path: Path, number: int) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(flipped_in_stream(drawn.path.read_bytes(), number, 40))
    error = refused(path)
    assert isinstance(error, ReportUnreadable)
    assert error.message.startswith("the file is damaged: the stream at byte ")


def test_a_missing_character_map_is_detected(drawn: Drawn, tmp_path: Path) -> None:
    # Both engines would make up characters from the glyph numbers.
    def forget(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[0].Resources.Font.FNT0.ToUnicode

    error = refused(edited(drawn, tmp_path / "a.pdf", forget))
    assert error.message == "page 1: its font has no map from glyphs to characters"


def test_a_missing_font_is_detected(drawn: Drawn, tmp_path: Path) -> None:
    def forget(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[0].Resources.Font.FNT0.DescendantFonts

    path = edited(drawn, tmp_path / "a.pdf", forget)
    for engine in ENGINES:
        with pytest.raises(ReportError):
            read_report(path, engine=engine)


def test_a_table_of_widths_that_hides_a_glyph_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    def narrow(pdf: pikepdf.Pdf) -> None:
        font = pdf.pages[0].Resources.Font.FNT0.DescendantFonts[0]
        font.W = pikepdf.Array([19, pikepdf.Array([10] * 10), 32, pikepdf.Array([500] * 90)])

    # Digits are drawn one over the other.
    refused(edited(drawn, tmp_path / "a.pdf", narrow))


@pytest.mark.parametrize("damage", [b"startxref\n0\n", b"startxref\n999999\n", b"startxref\n17\n", b""])
def test_a_damaged_start_of_the_xref_loses_nothing(drawn: Drawn, tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(re.sub(rb"startxref\n\d+\n", damage, drawn.path.read_bytes()))
    assert verdict(path, drawn) in {"as drawn", "report_unreadable"}


def test_a_damaged_xref_loses_nothing(drawn: Drawn, tmp_path: Path) -> None:
    content = drawn.path.read_bytes()
    path = tmp_path / "a.pdf"
    path.write_bytes(re.sub(rb"\d{10} 00000 n", b"0000000000 00000 n", content))
    assert verdict(path, drawn) in {"as drawn", "report_unreadable"}
    path.write_bytes(content[: content.rindex(b"xref\n0")] + b"%%EOF\n")
    assert verdict(path, drawn) in {"as drawn", "report_unreadable"}


def cyclic(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)


def own_parent(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Parent = pdf.Root.Pages
    pdf.Root.Pages.Kids.insert(1, pdf.Root.Pages)


def nested_cycle(pdf: pikepdf.Pdf) -> None:
    node = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages, Count=3))
    node.Kids = pikepdf.Array([*pdf.Root.Pages.Kids, node])
    pdf.Root.Pages.Kids = pikepdf.Array([node])


@pytest.mark.parametrize("change", [cyclic, own_parent, nested_cycle])
def test_a_page_tree_that_contains_itself_ends(
    drawn: Drawn, tmp_path: Path, change: Callable[[pikepdf.Pdf], None]
) -> None:
    path = edited(drawn, tmp_path / "a.pdf", change)
    for engine in ENGINES:
        assert verdict(path, drawn, engine) != "WRONG"
