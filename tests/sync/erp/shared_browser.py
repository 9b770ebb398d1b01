"""One running browser for many fetches, since few tests are about starting one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from sync.erp import ErpConfig
from sync.erp.browser import INCOMING, new_context
from sync.erp.driver import DriverWatch
from tests.waiting import wait_until


@dataclass(frozen=True)
class SharedBrowser:
    """A running browser; ``downloads`` is the folder that it was started with."""

    browser: Browser
    downloads: Path

    @contextmanager
    def open_page(self, config: ErpConfig, folder: Path, _watch: DriverWatch) -> Iterator[Page]:
        """Open a page; ``folder`` gets a link to the folder where the browser saves downloads."""
        (folder / INCOMING).symlink_to(self.downloads)
        with self.page(config) as page:
            yield page

    @contextmanager
    def page(self, config: ErpConfig) -> Iterator[Page]:
        """Yield the only page of a new context, which shares no cookie, cache or connection with another.

        Closing the context deletes its downloads.
        """
        context = new_context(self.browser, config)
        try:
            yield context.new_page()
        finally:
            context.close()
            wait_until(lambda: not any(self.downloads.iterdir()), within_s=60)
