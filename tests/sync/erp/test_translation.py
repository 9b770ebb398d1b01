from __future__ import annotations

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from sync.erp.translation import erp_errors, translated
from sync.errors import (
    BrowserCrashed,
    BrowserNotFound,
    ErpCertificateInvalid,
    ErpPageBroken,
    ErpTimeout,
    ErpUnreachable,
)


@pytest.mark.parametrize(
    ("exc", "expected"),
    [
        (PlaywrightTimeout("Locator.click: Timeout 500ms exceeded."), ErpTimeout),
        (PlaywrightError("Page.evaluate: Target crashed "), BrowserCrashed),
        (PlaywrightError("Page.wait_for_timeout: Page crashed"), BrowserCrashed),
        (PlaywrightError("Page.goto: Target page, context or browser has been closed"), BrowserCrashed),
        (PlaywrightError("Playwright connection closed"), BrowserCrashed),
        (PlaywrightError("BrowserType.launch: Executable doesn't exist at x"), BrowserNotFound),
        (PlaywrightError("BrowserType.launch: Failed to launch: Error: spawn x EACCES"), BrowserNotFound),
        (
            PlaywrightError("BrowserType.launch: Target page, context or browser has been closed"),
            BrowserCrashed,
        ),
        (PlaywrightError("Page.goto: net::ERR_CERT_COMMON_NAME_INVALID at x"), ErpCertificateInvalid),
        (PlaywrightError("Page.goto: net::ERR_CONNECTION_REFUSED at x"), ErpUnreachable),
        (PlaywrightError("Page.goto: net::ERR_NAME_NOT_RESOLVED at x"), ErpUnreachable),
        (PlaywrightError("Page.goto: net::ERR_ABORTED at x"), ErpPageBroken),
        (PlaywrightError("something new"), ErpPageBroken),
    ],
)
def test_every_browser_error_has_one_of_ours(exc: PlaywrightError, expected: type[Exception]) -> None:
    assert type(translated(exc)) is expected


def test_the_original_error_is_kept_as_the_cause() -> None:
    original = PlaywrightError("Page.goto: net::ERR_CONNECTION_REFUSED at x")
    with pytest.raises(ErpUnreachable) as caught, erp_errors():
        raise original
    assert caught.value.__cause__ is original


def test_no_address_with_its_query_gets_into_a_message() -> None:
    exc = PlaywrightError("Page.goto: net::ERR_CONNECTION_RESET at https://erp.example/L?ticket=4711")
    assert "4711" not in translated(exc).message


def test_a_certificate_error_names_the_switch() -> None:
    exc = PlaywrightError("Page.goto: net::ERR_CERT_AUTHORITY_INVALID at x")
    assert "ARCHIBALD_ACCEPT_INVALID_CERTIFICATE" in translated(exc).message
