"""The download is a complete PDF or is rejected, and its folder is deleted."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.erp_simulator.server import ErpSimulator
from sync.erp import fetch_customer_list
from sync.erp.download import check_pdf
from sync.errors import DownloadBroken, DownloadNotPdf, ReportTooLarge, SyncError

from .conftest import Client

pytestmark = pytest.mark.usefixtures("logged_in")


def test_an_empty_file_is_broken(erp: ErpSimulator, client: Client) -> None:
    erp.faults.empty_file = 1
    with pytest.raises(DownloadBroken, match="0 bytes"):
        client.fetch()


def test_a_truncated_file_is_broken(erp: ErpSimulator, client: Client) -> None:
    erp.faults.truncated_file = 1
    with pytest.raises(DownloadBroken, match="end is missing") as caught:
        client.fetch()
    assert caught.value.retryable


def test_a_page_that_is_named_like_a_pdf_is_rejected(erp: ErpSimulator, client: Client) -> None:
    erp.faults.html_as_pdf = 1
    with pytest.raises(DownloadNotPdf, match="not a PDF"):
        client.fetch()


def test_a_connection_that_is_cut_breaks_the_download(erp: ErpSimulator, client: Client) -> None:
    erp.faults.cut_download = -1
    with pytest.raises(DownloadBroken):
        client.fetch()


def test_a_download_that_stalls_is_broken_when_its_time_ends(erp: ErpSimulator, client: Client) -> None:
    erp.faults.download_stalls = 600.0
    with pytest.raises(DownloadBroken, match="did not finish in time") as caught:
        client.fetch(export_timeout_s=2.0)
    assert caught.value.retryable
    assert list(client.config.work_dir.iterdir()) == []


def test_a_download_that_goes_on_after_a_pause_is_complete(erp: ErpSimulator, client: Client) -> None:
    report = b"%PDF-1.4\n" + bytes(range(256)) * 4000 + b"\n%%EOF\n"
    erp.serve_pdf(report)
    erp.faults.download_stalls = 1.0
    client.fetch()
    assert client.content == report


def test_the_file_is_in_a_private_folder_that_is_deleted(erp: ErpSimulator, client: Client) -> None:
    with fetch_customer_list(client.config, client.progress.append, opener=client.opener) as fetched:
        folder = fetched.path.parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(fetched.path.stat().st_mode) == 0o600
    assert list(client.config.work_dir.iterdir()) == []


@pytest.mark.parametrize("fault", ["empty_file", "list_broken"])
def test_no_folder_is_left_after_a_failure(erp: ErpSimulator, client: Client, fault: str) -> None:
    setattr(erp.faults, fault, -1)
    with pytest.raises(SyncError):
        client.fetch()
    assert list(client.config.work_dir.iterdir()) == []


def test_no_folder_is_left_when_the_caller_fails(erp: ErpSimulator, client: Client) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        fetch_customer_list(client.config, client.progress.append, opener=client.opener),
    ):
        raise ZeroDivisionError
    assert list(client.config.work_dir.iterdir()) == []


def test_a_stale_export_in_a_shared_folder_is_not_touched(erp: ErpSimulator, client: Client) -> None:
    client.config.work_dir.mkdir()
    stale = client.config.work_dir / "Clienti.pdf"
    stale.write_bytes(b"%PDF-1.4 of another user %%EOF")
    client.fetch()
    assert stale.read_bytes() == b"%PDF-1.4 of another user %%EOF"
    assert client.content != stale.read_bytes()


def test_a_served_file_arrives_byte_for_byte(erp: ErpSimulator, client: Client, tmp_path: Path) -> None:
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 4000 + b"\n%%EOF\n")
    erp.serve_pdf(report)
    client.fetch()
    assert client.content == report.read_bytes()


def test_a_download_over_the_size_limit_is_broken_off(erp: ErpSimulator, client: Client) -> None:
    erp.serve_pdf(b"%PDF-1.4\n" + b"%" * 90_000_000 + b"\n%%EOF\n")
    config = replace(client.config, max_export_bytes=1_000_000)
    with (
        pytest.raises(ReportTooLarge, match="more than the 1,000,000 bytes allowed"),
        fetch_customer_list(config, client.progress.append, opener=client.opener),
    ):
        pass
    assert list(config.work_dir.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", DownloadBroken),
        (b"<html></html>%%EOF", DownloadNotPdf),
        (b"%PDF-1.4\n%%EOF" + b"x" * 2000, DownloadBroken),
    ],
)
def test_what_is_not_a_complete_pdf_is_rejected(
    tmp_path: Path, content: bytes, error: type[SyncError]
) -> None:
    path = tmp_path / "some.pdf"
    path.write_bytes(content)
    with pytest.raises(error):
        check_pdf(path)


def test_bytes_after_the_end_mark_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "some.pdf"
    path.write_bytes(b"%PDF-1.4\n%%EOF" + b"\0" * 1000)
    check_pdf(path)
