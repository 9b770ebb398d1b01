"""Open, read and click a page of the ERP. Every wait has a timeout and ends when asked to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from dataclasses import replace
from typing import Any, TypeVar

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from customers.erp_list.message import Message
from customers.erp_list.message import gettext_noop as _
from sync.erp.config import ErpConfig
from sync.erp.page_state import (
    NO_LOOK,
    STATE_MARKUP,
    STATE_SCRIPT,
    Look,
    PageState,
    one_line,
    page_script,
)
from sync.erp.reach import CONNECT_TIMEOUT_S, Reach, reach
from sync.erp.traffic import Traffic
from sync.erp.translation import BLOCKED_HINT
from sync.errors import ErpConnectionTimedOut, ErpPageBroken, ErpTimeout, Stopped

T = TypeVar("T")

# Keeps browser calls short, so that a request to stop is noticed soon.
_CALL_TIMEOUT_MS = 500
# The second poll of a wait follows after this part of the usual time, the others after half as long again.
_FIRST_PAUSES_PART, _PAUSES_GROW = 1 / 8, 1.5
# goto() fails with one of these if the ERP redirects meanwhile, or sends a file; the wait goes on.
_NO_PAGE_YET = ("interrupted by another navigation", "ERR_ABORTED", "Download is starting")
# Reading a page during a navigation fails with one of these; it is read again.
_BETWEEN_PAGES = ("Execution context was destroyed", "context was destroyed", "Frame was detached", "navigat")
_FREE_SCRIPT = page_script("free_state.js", "_")


class SessionExpired(Exception):
    """The ERP shows its login page instead of the requested one. The client then logs in once."""


def asked_to_stop() -> Stopped:
    return Stopped(_("asked to stop while using the ERP"))


class ErpPage:
    """The page that a fetch uses."""

    def __init__(self, page: Page, config: ErpConfig, stop: Callable[[], bool]) -> None:
        self.page = page
        self.config = config
        self.traffic = Traffic(page)
        self._stop = stop
        self._end_s = math.inf

    def hurried(self, timeout_s: float, whole_timeout_s: float) -> ErpPage:
        """Return the same page with at most ``timeout_s`` for each wait and each call of the browser.

        All waits together take ``whole_timeout_s`` at most. The page itself keeps the shorter timeout.
        """
        other = copy(self)
        other._end_s = time.monotonic() + whole_timeout_s
        self.page.set_default_timeout(timeout_s * 1000)
        config = self.config
        other.config = replace(
            config,
            page_timeout_s=min(config.page_timeout_s, timeout_s),
            export_timeout_s=min(config.export_timeout_s, timeout_s),
        )
        return other

    # --- waiting

    def pause(self, pause_s: float) -> None:
        """Wait while the page runs; a request to stop ends the wait."""
        end_s = time.monotonic() + pause_s
        while (left_s := end_s - time.monotonic()) > 0:
            self._check_stop()
            self.page.wait_for_timeout(min(left_s, self.config.poll_s) * 1000)
        self._check_stop()

    def until(self, probe: Callable[[], T | None], timeout_s: float, what: str) -> T:
        """Poll ``probe`` and return its first result that is not None.

        The first polls follow each other faster, since most waits are short.
        Raises: ErpTimeout, naming ``what``, a text that is marked for translation; Stopped; the error of
        ``Traffic.failure``.
        """
        timeout_s = max(0.0, min(timeout_s, self._end_s - time.monotonic()))
        end_s = time.monotonic() + timeout_s
        shortest_s = interval_s = self.config.poll_s * _FIRST_PAUSES_PART
        while True:
            polled_s = time.monotonic()
            self._check_stop()
            if failure := self.traffic.failure():
                raise failure
            found = probe()
            if found is not None:
                return found
            if time.monotonic() >= end_s:
                text = _("%(what)s took longer than %(seconds)s s")
                raise ErpTimeout(text, what=Message(what), seconds=round(timeout_s, 1))
            pause_s = max(shortest_s, polled_s + interval_s - time.monotonic())
            self.page.wait_for_timeout(pause_s * 1000)
            interval_s = min(interval_s * _PAUSES_GROW, self.config.poll_s)

    def _check_stop(self) -> None:
        if self._stop():
            raise asked_to_stop()

    # --- looking

    def look(self) -> PageState | None:
        """Return the page's state, or None during a navigation."""
        seen = self._asked(STATE_SCRIPT, STATE_MARKUP)
        return None if seen is None else PageState.of(seen)

    def settle(self, timeout_s: float, what: str, then: Look = NO_LOOK) -> PageState:
        """Return the page's state once it has been idle (loaded, no panel, no callback) for some time."""
        return self.until(lambda: self.idle_state(then), timeout_s, what)

    def idle_state(self, then: Look = NO_LOOK) -> PageState | None:
        """Return the page's state if it is idle for some time within half a second, else None."""
        waits = {"idleMs": self.config.idle_s * 1000, "mostMs": _CALL_TIMEOUT_MS}
        answer = self._asked(then.idle_script, {"markup": STATE_MARKUP, "thenMarkup": then.markup, **waits})
        if answer is None:
            return None
        seen, is_idle, seen_then = answer
        return PageState.of(seen, seen_then) if is_idle else None

    def _asked(self, script: str, argument: Any, of: Locator | None = None) -> Any:
        """Return what a script answers about an element or the page, None during a navigation."""
        element = of or self.page.locator("html")
        try:
            return element.evaluate(script, argument, timeout=_CALL_TIMEOUT_MS)
        except PlaywrightTimeout:
            return None
        except PlaywrightError as exc:
            if any(mark in exc.message for mark in _BETWEEN_PAGES):
                return None
            raise

    # --- going and pressing

    def open(self, url: str, then: Look = NO_LOOK) -> PageState:
        """Open an address and return the state of the page shown, which may be another one.

        Raises: ErpConnectionTimedOut, if the host accepts no connection; ErpTimeout, if no response comes;
        ErpPageBroken, if files come instead.
        """
        for _attempt in range(2):
            self._go(url)
            if self.traffic.documents:
                return self.settle(self.config.page_timeout_s, _("loading the page"), then)
            # The ERP sends the export that the session asked for last, which a killed process did not take.
            self._delete_downloads()
        raise ErpPageBroken(_("the ERP sends a file instead of a page"))

    def _go(self, url: str) -> None:
        """Request an address, and wait for a page or a file."""
        self.traffic.forget()
        try:
            # After the timeout the browser continues to load. The wait below can be stopped, this call can't.
            self.page.goto(url, wait_until="commit", timeout=_CALL_TIMEOUT_MS)
        except PlaywrightTimeout:
            pass
        except PlaywrightError as exc:
            if not any(mark in exc.message for mark in _NO_PAGE_YET):
                raise
        timeout_s = self.config.page_timeout_s
        try:
            self.until(self._has_come, timeout_s, _("the ERP's answer"))
        except ErpTimeout as exc:
            if reach(url, min(CONNECT_TIMEOUT_S, timeout_s)) is Reach.SILENT:
                raise ErpConnectionTimedOut(BLOCKED_HINT) from exc
            raise

    def _has_come(self) -> bool | None:
        return bool(self.traffic.documents or self.traffic.downloads) or None

    def _delete_downloads(self) -> None:
        for download in self.traffic.downloads:
            download.cancel()
            with suppress(PlaywrightError):  # one that was cancelled has no file
                download.delete()

    def press(self, locator: Locator) -> None:
        """Click with the mouse once nothing covers the element; do not wait for the effect."""
        self.await_free(locator)
        self.click(locator)

    def await_free(self, locator: Locator) -> None:
        """Wait until nothing covers the element."""
        timeout_s = self.config.page_timeout_s
        self.until(lambda: self._is_free(locator), timeout_s, _("waiting for a button"))

    def click(self, locator: Locator, *, hold_ms: float = 0) -> None:
        locator.click(delay=hold_ms, no_wait_after=True)

    def _is_free(self, locator: Locator) -> bool | None:
        return self._asked(_FREE_SCRIPT, None, of=locator) or None

    def refuse_broken(self, state: PageState) -> None:
        """Raises: SessionExpired on the login page; ErpPageBroken on an error page or message."""
        if state.is_login:
            raise SessionExpired
        if state.is_error:
            raise ErpPageBroken(_("the ERP shows its error page (Error.aspx)"))
        if state.error_box:
            raise ErpPageBroken(_("the ERP shows an error: %(said)s"), said=one_line(state.error_box))
