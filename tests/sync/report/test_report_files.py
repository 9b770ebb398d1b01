"""Files that are no whole report: refused by name, or read as drawn; no other error, no other row."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from sync.errors import (
    NoReport,
    ReportError,
    ReportLayoutBroken,
    ReportTooLarge,
    ReportTruncated,
    ReportUnreadable,
)
from sync.report import ENGINES, Limits, read_report
from sync.report.reader import EngineName
from tests.sync.report.drawn_reports import Drawn, ledger, readings, table_of


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Draw one page group of three short pages."""
    return ledger(tmp_path_factory.mktemp("report") / "ledger.pdf", 8)


def refused(path: Path, limits: Limits | None = None) -> ReportError:
    """Return the one error that both engines, and both together, give."""
    errors = []
    for engine in (*ENGINES, None):
        with pytest.raises(ReportError) as caught:
            read_report(path, engine=engine, limits=limits)
        errors.append(caught.value)
    assert len({type(error) for error in errors}) == 1
    return errors[-1]


def verdict(path: Path, drawn: Drawn, engine: EngineName = "pdfium") -> str:
    """Return how an engine, and whom it asks, judges a file: as drawn, wrong, or the refusal's code."""
    try:
        return "as drawn" if table_of(read_report(path, engine=engine)) == drawn.table else "WRONG"
    except ReportError as refusal:
        return refusal.code


def edited(drawn: Drawn, target: Path, change: Callable[[pikepdf.Pdf], None], **options: Any) -> Path:
    with pikepdf.open(drawn.path) as pdf:
        change(pdf)
        pdf.save(target, **options)
    return target


HTML = b"<!DOCTYPE html><html><head><title>Errore</title></head><body>Sessione scaduta</body></html>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (HTML, "the file is no PDF but an HTML page"),
        (b"\xef\xbb\xbf  <HTML>", "the file is no PDF but an HTML page"),
        (b"PK\x03\x04" + bytes(200), "the file is no PDF but something else"),
        (b" ", "the file is no PDF but something else"),
        (bytes(5000), "the file is no PDF but something else"),
        (b"%PDF-1.4\n%%EOF\n", None),
        (b"%PDF-1.4\n" + bytes(5000) + b"\n%%EOF\n", None),
        (HTML + b"%PDF-1.4\n%%EOF", None),
    ],
)
def test_what_is_no_pdf_is_unreadable(tmp_path: Path, content: bytes, reason: str | None) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    error = refused(path)
    assert isinstance(error, ReportUnreadable)
    assert reason is None or error.message == reason


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.pdf").message == "the file can't be opened: No such file or directory"


def test_a_directory_is_unreadable(tmp_path: Path) -> None:
    assert refused(tmp_path).message == "the file can't be opened: Is a directory"


def test_a_file_reached_through_a_file_is_unreadable(drawn: Drawn) -> None:
    assert isinstance(refused(drawn.path / "a.pdf"), ReportUnreadable)


def test_a_cut_off_file_is_truncated_and_worth_another_try(drawn: Drawn, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(drawn.path.read_bytes()[:-200])
    error = refused(path)
    assert isinstance(error, ReportTruncated)
    assert error.retryable


def test_a_file_cut_off_anywhere_is_refused_or_whole(drawn: Drawn, tmp_path: Path) -> None:
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


def test_no_damage_at_random_makes_a_wrong_row(drawn: Drawn, tmp_path: Path) -> None:
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
    # Their absence proves nothing; one wrong among right ones does.
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


def test_a_damaged_page_that_pdfium_would_replace_by_another_is_noticed(drawn: Drawn, tmp_path: Path) -> None:
    # With the end of a page's dictionary gone, pdfium shows the next page in its place.
    content = drawn.path.read_bytes()
    start = content.index(b"/Parent", content.index(b"/Parent") + 1)
    path = tmp_path / "a.pdf"
    path.write_bytes(content[:start] + bytes(20) + content[start + 20 :])
    assert verdict(path, drawn) != "WRONG"
    end = content.index(b"endobj", start)
    path.write_bytes(content[:start] + bytes(end - start) + content[end:])
    assert verdict(path, drawn) == "report_unreadable"


def test_an_object_without_its_end_is_noticed(drawn: Drawn, tmp_path: Path) -> None:
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


def test_the_lost_map_of_characters_is_noticed(drawn: Drawn, tmp_path: Path) -> None:
    # Both engines would make up characters from the numbers of the glyphs.
    def forget(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[0].Resources.Font.FNT0.ToUnicode

    error = refused(edited(drawn, tmp_path / "a.pdf", forget))
    assert error.message == "page 1: its font has no map from glyphs to characters"


def test_a_lost_font_is_noticed(drawn: Drawn, tmp_path: Path) -> None:
    def forget(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[0].Resources.Font.FNT0.DescendantFonts

    path = edited(drawn, tmp_path / "a.pdf", forget)
    for engine in ENGINES:
        with pytest.raises(ReportError):
            read_report(path, engine=engine)


def test_a_table_of_widths_that_hides_a_glyph_is_noticed(drawn: Drawn, tmp_path: Path) -> None:
    def narrow(pdf: pikepdf.Pdf) -> None:
        # Each digit as wide as nothing: pdfium takes the second of two equal ones for a shadow.
        font = pdf.pages[0].Resources.Font.FNT0.DescendantFonts[0]
        font.W = pikepdf.Array([19, pikepdf.Array([10] * 10), 32, pikepdf.Array([500] * 90)])

    path = edited(drawn, tmp_path / "a.pdf", narrow)
    assert readings(path) == [drawn.table] * 2


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


@pytest.mark.parametrize(
    "encryption",
    [
        pikepdf.Encryption(user="aperta", owner="chiusa"),
        pikepdf.Encryption(user="", owner="chiusa"),
        pikepdf.Encryption(user="", owner="chiusa", R=4),
        pikepdf.Encryption(user="aperta", owner="aperta", R=3, aes=False, metadata=False),
    ],
    ids=["user", "owner", "owner, old", "both, oldest"],
)
@pytest.mark.filterwarnings("ignore:.*insecure")
def test_an_encrypted_file_is_unreadable(
    drawn: Drawn, tmp_path: Path, encryption: pikepdf.Encryption
) -> None:
    path = edited(drawn, tmp_path / "a.pdf", lambda pdf: None, encryption=encryption)
    assert isinstance(refused(path), ReportUnreadable)


def test_a_file_over_the_set_size_is_too_large(drawn: Drawn) -> None:
    size = drawn.path.stat().st_size
    error = refused(drawn.path, Limits(max_bytes=size - 1))
    assert isinstance(error, ReportTooLarge)
    assert error.message == f"the file has {size:,} bytes, more than the {size - 1:,} allowed"
    assert read_report(drawn.path, limits=Limits(max_bytes=size)).page_count == 3


def test_a_file_over_the_set_page_count_is_too_large(drawn: Drawn) -> None:
    error = refused(drawn.path, Limits(max_pages=2))
    assert isinstance(error, ReportTooLarge)
    assert error.message == "the file has 3 pages, more than the 2 allowed"
    assert read_report(drawn.path, limits=Limits(max_pages=3)).page_count == 3


def test_ten_thousand_and_one_pages_are_too_many(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        page = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Page))
        pdf.Root.Pages = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Pages, Kids=pikepdf.Array([page] * 10_001), Count=10_001)
        )
        pdf.save(path)
    with pytest.raises(ReportTooLarge, match="10001 pages, more than the 10000 allowed"):
        read_report(path)


def test_a_stream_that_unpacks_to_hundreds_of_megabytes_is_too_large(drawn: Drawn, tmp_path: Path) -> None:
    def inflate(pdf: pikepdf.Pdf) -> None:
        pdf.pages[1].Contents.write(b" " * (65 << 20))

    error = refused(edited(drawn, tmp_path / "a.pdf", inflate, compress_streams=True))
    assert isinstance(error, ReportTooLarge)
    assert error.message.endswith("unpacks to more than 64 MB")


def test_a_file_without_pages_is_refused(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.save(tmp_path / "a.pdf")
    assert isinstance(refused(tmp_path / "a.pdf"), ReportUnreadable)


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
def test_a_page_tree_that_holds_itself_ends(
    drawn: Drawn, tmp_path: Path, change: Callable[[pikepdf.Pdf], None]
) -> None:
    path = edited(drawn, tmp_path / "a.pdf", change)
    for engine in ENGINES:
        assert verdict(path, drawn, engine) != "WRONG"


def add_to_page(operators: bytes) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[1]
        image = pdf.make_stream(b"\xff" * 12)
        image.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=2, Height=2,
            ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8,
        )  # fmt: skip
        form = pdf.make_stream(b"q 0 0 1 rg 100 100 50 50 re f Q")
        form.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=pikepdf.Array([0, 0, 612, 792])
        )
        page.Resources.XObject = pikepdf.Dictionary(Im0=image, Fm0=form)
        page.Contents.write(page.Contents.read_bytes() + operators)

    return change


@pytest.mark.parametrize(
    "operators",
    [
        b" q 50 0 0 50 100 100 cm /Im0 Do Q",
        b" q /Fm0 Do Q",
        b" q 0 0 1 RG 100 100 m 200 200 300 200 300 100 c S Q",
    ],
    ids=["image", "form", "curve"],
)
def test_what_is_no_cell_is_refused(drawn: Drawn, tmp_path: Path, operators: bytes) -> None:
    error = refused(edited(drawn, tmp_path / "a.pdf", add_to_page(operators)))
    assert isinstance(error, ReportLayoutBroken)
    assert error.page == 2


def letter(path: Path) -> None:
    canvas = Canvas(str(path))
    canvas.drawString(72, 720, "Spett. Studio Ferlandi, in allegato la fattura.")
    canvas.save()


def letterhead(path: Path) -> None:
    canvas = Canvas(str(path))
    canvas.setFillGray(0.5)
    canvas.rect(72, 700, 200, 40, fill=1, stroke=0)
    canvas.setFillGray(0)
    canvas.drawString(72, 500, "Spett. Studio Ferlandi")
    canvas.rect(72, 100, 20, 20, fill=1)
    canvas.save()


def blank(path: Path) -> None:
    canvas = Canvas(str(path))
    canvas.showPage()
    canvas.save()


@pytest.mark.parametrize("write", [letter, letterhead, blank])
def test_another_pdf_is_no_report(tmp_path: Path, write: Callable[[Path], None]) -> None:
    path = tmp_path / "a.pdf"
    write(path)
    for engine in (*ENGINES, None):
        with pytest.raises((NoReport, ReportLayoutBroken)) as caught:
            read_report(path, engine=engine)
        assert caught.value.page == 1


def test_a_blank_page_within_a_report_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    def empty(pdf: pikepdf.Pdf) -> None:
        pdf.pages[1].Contents.write(b" ")

    error = refused(edited(drawn, tmp_path / "a.pdf", empty))
    assert isinstance(error, NoReport)
    assert error.page == 2


def test_a_report_saved_anew_by_another_program_reads_the_same(drawn: Drawn, tmp_path: Path) -> None:
    for options in (
        {"linearize": True},
        {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
        {"compress_streams": False, "stream_decode_level": pikepdf.StreamDecodeLevel.all},
        {"qdf": True},
    ):
        path = edited(drawn, tmp_path / "a.pdf", lambda pdf: None, **options)
        assert readings(path) == [drawn.table] * 2


def test_junk_around_the_file_does_no_harm(drawn: Drawn, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"\r\n\r\n" + drawn.path.read_bytes() + b"\r\n" + bytes(100))
    assert verdict(path, drawn) == "as drawn"
