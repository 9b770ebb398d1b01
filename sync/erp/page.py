"""Work one page of the ERP: go, look, wait, press. Every wait is bounded and ends when asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from sync.erp.config import ErpConfig
from sync.erp.sight import BANNER_TEXT, LOOK_SCRIPT, Sight, one_line
from sync.erp.traffic import Traffic
from sync.errors import ErpPageBroken, ErpTimeout, Stopped

T = TypeVar("T")

# How long one call into the browser may keep us from asking whether to stop.
_CALL_TIMEOUT_MS = 500
# A look at a page that is being replaced fails with one of these: look again.
_BETWEEN_PAGES = ("Execution context was destroyed", "context was destroyed", "Frame was detached", "navigat")


class SessionExpired(Exception):
    """The ERP shows its login page instead of what was asked for: no failure yet, one login mends it."""


class ErpPage:
    """The one page of a fetch."""

    def __init__(self, page: Page, config: ErpConfig, stop: Callable[[], bool]) -> None:
        self.page = page
        self.config = config
        self.traffic = Traffic(page)
        self._stop = stop

    # --- waiting

    def pause(self, pause_s: float) -> None:
        """Let the page go on for a moment, or for long: a request to stop ends it."""
        end_s = time.monotonic() + pause_s
        while (left_s := end_s - time.monotonic()) > 0:
            self._check_stop()
            self.page.wait_for_timeout(min(left_s, self.config.poll_s) * 1000)
        self._check_stop()

    def until(self, probe: Callable[[], T | None], timeout_s: float, what: str) -> T:
        """Return the first thing that ``probe`` finds, asked at every poll.

        Raises: ErpTimeout, naming ``what`` was waited for; Stopped; whatever makes waiting pointless.
        """
        end_s = time.monotonic() + timeout_s
        while True:
            self._check_stop()
            if failure := self.traffic.failure():
                raise failure
            found = probe()
            if found is not None:
                return found
            if time.monotonic() >= end_s:
                raise ErpTimeout(f"{what} took longer than {timeout_s:g} s")
            self.page.wait_for_timeout(self.config.poll_s * 1000)

    def _check_stop(self) -> None:
        if self._stop():
            raise Stopped("asked to stop while working the ERP")

    # --- looking

    def look(self) -> Sight | None:
        """Return what the page shows, or none while one page gives way to another."""
        try:
            seen = self.page.locator("html").evaluate(LOOK_SCRIPT, BANNER_TEXT, timeout=_CALL_TIMEOUT_MS)
        except PlaywrightTimeout:
            return None
        except PlaywrightError as exc:
            if any(mark in exc.message for mark in _BETWEEN_PAGES):
                return None
            raise
        return Sight.of(seen)

    def settle(self, timeout_s: float, what: str) -> Sight:
        """Return what the page shows once it is idle: loaded, no panel and no callback, several times."""
        idle_in_a_row = 0

        def idle() -> Sight | None:
            nonlocal idle_in_a_row
            sight = self.look()
            idle_in_a_row = idle_in_a_row + 1 if sight is not None and sight.idle else 0
            return sight if idle_in_a_row >= self.config.idle_polls else None

        return self.until(idle, timeout_s, what)

    # --- going and pressing

    def open(self, url: str) -> Sight:
        """Go to an address and return what is shown there, which may be another page."""
        self.traffic.forget()
        # After its timeout the browser goes on loading; the wait below can be stopped, this call can't.
        with suppress(PlaywrightTimeout):
            self.page.goto(url, wait_until="commit", timeout=_CALL_TIMEOUT_MS)
        timeout_s = self.config.page_timeout_s
        self.until(lambda: self.traffic.documents or None, timeout_s, "the ERP's answer")
        return self.settle(timeout_s, "the page's loading")

    def press(self, locator: Locator, *, hold_ms: float = 0) -> None:
        """Press with the mouse as a person does: move there, down, up. The page may do anything then."""
        self.until(
            lambda: self._is_under_mouse(locator), self.config.page_timeout_s, "a button's coming free"
        )
        locator.click(delay=hold_ms, no_wait_after=True)

    def _is_under_mouse(self, locator: Locator) -> bool | None:
        try:
            locator.hover(timeout=_CALL_TIMEOUT_MS)
        except PlaywrightTimeout:
            return None
        return True

    def refuse_broken(self, sight: Sight) -> None:
        """Raises: SessionExpired on the login page; ErpPageBroken on an error page or message."""
        if sight.is_login:
            raise SessionExpired
        if sight.is_error:
            raise ErpPageBroken("the ERP shows its error page (Error.aspx)")
        if sight.error_box:
            raise ErpPageBroken(f"the ERP shows an error: {one_line(sight.error_box)}")
