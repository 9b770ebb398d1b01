"""Files that hold no report, or more than is allowed, are refused; other writers' files are read as drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from sync.errors import NoReport, ReportLayoutBroken, ReportTooLarge, ReportUnreadable
from sync.report import ENGINES, Limits
from sync.report.reader import read_report
from tests.sync.report.changed_files import edited, refused, verdict
from tests.sync.report.drawn_reports import Drawn, readings

HTML = b"<!DOCTYPE html><html><head><title>Errore</title></head><body>Sessione scaduta</body></html>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (HTML, "the file is not a PDF but an HTML page"),
        (b"\xef\xbb\xbf  <HTML>", "the file is not a PDF but an HTML page"),
        (b"<!doctype html><title>Errore</title>", "the file is not a PDF but an HTML page"),
        (b"PK\x03\x04" + bytes(200), "the file is not a PDF but something else"),
        (b" ", "the file is not a PDF but something else"),
        (bytes(5000), "the file is not a PDF but something else"),
        (b"%PDF-1.4\n%%EOF\n", None),
        (b"%PDF-1.4\n" + bytes(5000) + b"\n%%EOF\n", None),
        (HTML + b"%PDF-1.4\n%%EOF", None),
    ],
)
def test_a_file_that_is_not_a_pdf_is_unreadable(tmp_path: Path, content: bytes, reason: str | None) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    error = refused(path)
    assert isinstance(error, ReportUnreadable)
    assert reason is None or error.message == reason


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.pdf").message == "the file can't be opened: No such file or directory"


def test_a_directory_is_unreadable(tmp_path: Path) -> None:
    assert refused(tmp_path).message == "the file can't be opened: Is a directory"


def test_a_path_below_a_file_is_unreadable(drawn: Drawn) -> None:
    assert isinstance(refused(drawn.path / "a.pdf"), ReportUnreadable)


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
    error = refused(path)
    assert isinstance(error, ReportUnreadable)
    assert error.message == "the file is encrypted"


def test_a_file_over_the_size_limit_is_too_large(drawn: Drawn) -> None:
    size = drawn.path.stat().st_size
    error = refused(drawn.path, Limits(max_bytes=size - 1))
    assert isinstance(error, ReportTooLarge)
    assert error.message == f"the file has {size:,} bytes, more than the {size - 1:,} allowed"
    assert read_report(drawn.path, limits=Limits(max_bytes=size)).page_count == 3


def test_a_file_over_the_page_limit_is_too_large(drawn: Drawn) -> None:
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
    with pytest.raises(ReportTooLarge, match="10,001 pages, more than the 10,000 allowed"):
        read_report(path)


def test_a_stream_that_unpacks_to_hundreds_of_megabytes_is_too_large(drawn: Drawn, tmp_path: Path) -> None:
    def inflate(pdf: pikepdf.Pdf) -> None:
        pdf.pages[1].Contents.write(b" " * (17 << 20))

    error = refused(edited(drawn, tmp_path / "a.pdf", inflate, compress_streams=True))
    assert isinstance(error, ReportTooLarge)
    assert error.message.endswith("unpacks to more than 16 MB")


def test_a_file_without_pages_is_refused(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.save(tmp_path / "a.pdf")
    assert isinstance(refused(tmp_path / "a.pdf"), ReportUnreadable)


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
def test_anything_but_cells_is_refused(drawn: Drawn, tmp_path: Path, operators: bytes) -> None:
    error = refused(edited(drawn, tmp_path / "a.pdf", add_to_page(operators)))
    assert isinstance(error, ReportLayoutBroken)
    assert error.page == 2


def letter(path: Path) -> None:
    canvas = Canvas(str(path), pageCompression=0)
    canvas.drawString(72, 720, "Spett. Studio Ferlandi, in allegato la fattura.")
    canvas.save()


def letterhead(path: Path) -> None:
    canvas = Canvas(str(path), pageCompression=0)
    canvas.setFillGray(0.5)
    canvas.rect(72, 700, 200, 40, fill=1, stroke=0)
    canvas.setFillGray(0)
    canvas.drawString(72, 500, "Spett. Studio Ferlandi")
    canvas.rect(72, 100, 20, 20, fill=1)
    canvas.save()


def blank(path: Path) -> None:
    canvas = Canvas(str(path), pageCompression=0)
    canvas.showPage()
    canvas.save()


@pytest.mark.parametrize("write", [letter, letterhead, blank])
def test_another_pdf_is_not_a_report(tmp_path: Path, write: Callable[[Path], None]) -> None:
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
    assert error.message == "page 2: no table is drawn on it"


def test_a_report_saved_by_another_program_reads_the_same(drawn: Drawn, tmp_path: Path) -> None:
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
