"""The screenshot and the trace of a failure, which contain no secret."""

from __future__ import annotations

import json
import logging
import re
import stat
import zipfile
from pathlib import Path

import pytest

from scripts.erp_simulator.server import ErpSimulator
from sync.errors import (
    ErpError,
    ErpPageBroken,
    ExportNotFound,
    ExportRefused,
    LoginRejected,
    NoDownload,
    SessionLost,
)

from .conftest import PASSWORD, Client


def everything_in(folder: Path) -> bytes:
    """Return the bytes of all files under a folder, including those in archives."""
    content = b""
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        content += file.read_bytes()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                content += b"".join(archive.read(name) for name in archive.namelist())
    return content


def test_a_failure_has_a_screenshot_and_a_trace(erp: ErpSimulator, client: Client) -> None:
    erp.faults.no_download = 1
    with pytest.raises(NoDownload) as caught:
        client.fetch(export_timeout_s=0.5)
    screenshot, trace = caught.value.screenshot, caught.value.trace
    assert screenshot is not None
    assert screenshot.read_bytes().startswith(b"\x89PNG")
    assert trace is not None
    assert zipfile.is_zipfile(trace)
    for file in (screenshot, trace):
        assert file.parent == client.config.artifacts_dir
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_success_leaves_no_evidence(client: Client) -> None:
    client.fetch()
    assert not client.config.artifacts_dir.exists()


def test_a_trace_shows_the_answers_but_no_cookie(erp: ErpSimulator, client: Client) -> None:
    erp.faults.banner_in_place = 2
    with pytest.raises(ExportRefused) as caught:
        client.fetch()
    cookies = json.loads(client.config.state_path.read_text())["state"]["cookies"]
    tickets = [each["value"].encode() for each in cookies if each["name"] in ("Login", "ASP.NET_SessionId")]
    assert len(tickets) == 2
    assert caught.value.trace is not None
    content = everything_in(client.config.artifacts_dir)
    assert b'"path": "/Archibald/CUSTTABLE_ListView_Agent/"' in content
    assert not any(ticket in content for ticket in tickets)


@pytest.mark.parametrize("fault", ["wrong_password", "login_slower", "session_expires", "list_broken"])
def test_the_password_is_in_no_saved_file_and_no_log(
    erp: ErpSimulator, client: Client, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    login_timeout_s = 1.0 if fault == "login_slower" else client.config.login_timeout_s
    match fault:
        case "wrong_password":
            erp.faults.wrong_password = True
        case "login_slower":
            erp.faults.login_slower = 60.0
        case "session_expires":
            erp.faults.session_expires_before_export = -1
        case "list_broken":
            erp.faults.list_broken = -1
    with pytest.raises(ErpError) as caught:
        client.fetch(login_timeout_s=login_timeout_s)
    secret = PASSWORD.encode()
    everywhere = everything_in(client.config.artifacts_dir) + everything_in(client.config.work_dir)
    everywhere += everything_in(client.config.state_path.parent)
    assert caught.value.screenshot is not None
    assert secret not in everywhere
    chain: BaseException | None = caught.value
    while chain is not None:
        assert PASSWORD not in str(chain)
        chain = chain.__cause__ or chain.__context__
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(client.config)
    assert PASSWORD not in repr(client.progress)


def test_after_an_expired_session_the_trace_starts_after_the_new_login(
    erp: ErpSimulator, client: Client
) -> None:
    client.fetch()
    erp.faults.session_expires_before_export = 2
    with pytest.raises(SessionLost) as caught:
        client.fetch()
    assert caught.value.trace is not None
    assert PASSWORD.encode() not in everything_in(client.config.artifacts_dir)


def test_a_rejected_login_has_a_screenshot_and_no_trace(erp: ErpSimulator, client: Client) -> None:
    erp.faults.wrong_password = True
    with pytest.raises(LoginRejected) as caught:
        client.fetch()
    assert caught.value.screenshot is not None
    assert caught.value.trace is None


def test_evidence_that_cannot_be_saved_does_not_hide_the_failure(
    erp: ErpSimulator, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    erp.faults.list_broken = -1
    client.config.artifacts_dir.write_text("a file where the folder should be")
    with pytest.raises(ErpPageBroken) as caught:
        client.fetch()
    assert caught.value.screenshot is None
    assert "could not be saved" in caplog.text


def test_a_trace_contains_the_final_page(erp: ErpSimulator, client: Client) -> None:
    erp.faults.export_missing = True
    with pytest.raises(ExportNotFound) as caught:
        client.fetch()
    assert caught.value.trace is not None
    with zipfile.ZipFile(caught.value.trace) as archive:
        markup = archive.read("page.html").decode()
    assert "Vertical_mainMenu_Menu_DXI0_T" in markup
    assert re.search(r'name="__VIEWSTATE"[^>]*value=', markup) is None
