"""Pressing the export: how it is found, and what the ERP may answer instead of a file."""

from __future__ import annotations

import pytest

from scripts.erp_simulator.server import ErpSimulator
from sync.errors import (
    DownloadNotPdf,
    ExportNotFound,
    ExportRefused,
    NoDownload,
)

from .conftest import Client

pytestmark = pytest.mark.usefixtures("logged_in")


@pytest.mark.parametrize("shift", [1, 3])
def test_the_export_is_found_however_many_buttons_stand_before_it(
    erp: ErpSimulator, client: Client, shift: int
) -> None:
    erp.faults.toolbar_shift = shift
    client.fetch()
    assert erp.counters.exports == 1


def test_a_disabled_export_is_named(erp: ErpSimulator, client: Client) -> None:
    erp.faults.export_disabled = True
    with pytest.raises(ExportNotFound, match="disabled"):
        client.fetch()


def test_a_toolbar_without_an_export_is_described(erp: ErpSimulator, client: Client) -> None:
    erp.faults.export_missing = True
    with pytest.raises(ExportNotFound, match="only: Nuovo, Modifica, Aggiorna") as caught:
        client.fetch()
    assert not caught.value.retryable


def test_an_export_in_the_overflow_menu_is_named(erp: ErpSimulator, client: Client) -> None:
    erp.faults.toolbar_overflow = True
    with pytest.raises(ExportNotFound, match="overflow menu"):
        client.fetch()


def test_the_export_is_pressed_with_a_whole_mouse_click(erp: ErpSimulator, client: Client) -> None:
    erp.faults.synthetic_click_ignored = True
    client.fetch()
    assert erp.counters.exports == 1


def test_an_ignored_click_is_repeated_once(erp: ErpSimulator, client: Client) -> None:
    erp.faults.click_ignored = 1
    client.fetch()
    assert erp.counters.exports_asked == 1


def test_a_click_that_is_ignored_twice_ends_without_a_file(erp: ErpSimulator, client: Client) -> None:
    erp.faults.click_ignored = 2
    with pytest.raises(NoDownload, match="no request was sent"):
        client.fetch()


@pytest.mark.parametrize("fault", ["banner_in_place", "banner_by_navigation"])
def test_objects_that_cannot_be_loaded_are_requested_once_more(
    erp: ErpSimulator, client: Client, fault: str
) -> None:
    setattr(erp.faults, fault, 1)
    assert client.fetch().stages["export"] >= 1000
    assert erp.counters.exports_asked == 2
    assert client.content.startswith(b"%PDF-")


@pytest.mark.parametrize("fault", ["banner_in_place", "banner_by_navigation"])
def test_objects_that_cannot_be_loaded_twice_end_the_fetch(
    erp: ErpSimulator, client: Client, fault: str
) -> None:
    setattr(erp.faults, fault, 2)
    with pytest.raises(ExportRefused, match="Requested objects cannot be loaded") as caught:
        client.fetch()
    assert erp.counters.exports_asked == 2
    assert caught.value.retryable


@pytest.mark.parametrize("delay_s", [0.3, 1.3])
def test_a_slow_export_is_waited_for(erp: ErpSimulator, client: Client, delay_s: float) -> None:
    erp.faults.export_delay = delay_s
    assert client.fetch().stages["export"] >= delay_s * 1000
    assert erp.counters.exports_asked == 1


def test_an_export_that_takes_too_long_ends_without_a_file(erp: ErpSimulator, client: Client) -> None:
    erp.faults.export_delay = 60.0
    with pytest.raises(NoDownload, match=r"within 0\.5 s"):
        client.fetch(export_timeout_s=0.5)


@pytest.mark.parametrize("fault", ["no_download", "export_hangs"])
def test_a_click_without_a_download_times_out(erp: ErpSimulator, client: Client, fault: str) -> None:
    setattr(erp.faults, fault, 1)
    with pytest.raises(NoDownload, match=r"within 0\.6 s") as caught:
        client.fetch(export_timeout_s=0.6)
    assert erp.counters.exports_asked == 1
    assert caught.value.retryable


def test_a_page_instead_of_a_file_is_not_a_pdf(erp: ErpSimulator, client: Client) -> None:
    erp.faults.html_instead_of_pdf = 1
    with pytest.raises(DownloadNotPdf, match="page instead of a file"):
        client.fetch()
