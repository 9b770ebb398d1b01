"""One Chromium for all tests of this process that look at pages; starting one takes a second."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from playwright.sync_api import Browser, Playwright, sync_playwright

from sync.erp import find_browser

_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


class SharedBrowser:
    """Starts at its first use. Outside of ``open`` its thread may use the database.

    While Playwright is open, its event loop counts as running in this thread, and Django refuses queries in
    it. The loop only does something during a call to the browser, so it is set aside between two uses.
    """

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def open(self) -> Iterator[Browser]:
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self._loop)
        try:
            yield self._started()
        finally:
            self._loop = asyncio._get_running_loop()
            asyncio._set_running_loop(before)

    def close(self) -> None:
        """Stop the browser; the next use starts another one."""
        if self._playwright is None:
            return
        with self.open() as browser:
            browser.close()
            self._playwright.stop()
        self._playwright = self._browser = self._loop = None

    def _started(self) -> Browser:
        if self._browser is None:
            path = find_browser(settings.BROWSER_PATH)
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        return self._browser


shared_browser = SharedBrowser()
