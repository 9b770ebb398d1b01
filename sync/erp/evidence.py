"""Save a screenshot and a trace of the browser when a fetch fails.

Neither contains the password or a cookie: the trace starts after the login, and the screenshot masks password
fields. The trace has no snapshots, which would take a tenth of the fetch's time and block on a hung page;
instead, the final page and the heads of the ERP's responses are added to its archive.
"""

from __future__ import annotations

import json
import logging
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Error as PlaywrightError

from sync.erp.page import ErpPage
from sync.erp.translation import translated
from sync.errors import BrowserCrashed, ErpError

T = TypeVar("T")

logger = logging.getLogger(__name__)

_CALL_TIMEOUT_MS = 3000
# Hidden fields hold the ERP's own state (__VIEWSTATE), which is of no use to a maintainer.
_MARKUP_SCRIPT = """(html) => {
  const copy = html.cloneNode(true);
  copy.querySelectorAll('input[type=hidden], input[type=password]')
    .forEach((field) => field.removeAttribute('value'));
  return copy.outerHTML;
}"""


class Evidence:
    """The evidence of one fetch, kept only if it fails."""

    def __init__(self, erp: ErpPage) -> None:
        self._erp = erp
        self._page = erp.page
        self._folder = erp.config.artifacts_dir
        self._tracing = False

    def start_trace(self) -> None:
        if not self._tracing:
            self._page.context.tracing.start(title="Archibald Sync")
            self._tracing = True

    def drop_trace(self) -> None:
        """Stop the trace and discard it, before a login."""
        if self._tracing:
            self._tracing = False
            self._page.context.tracing.stop()

    @contextmanager
    def kept_on_failure(self) -> Iterator[None]:
        """Attach a screenshot and a trace to the body's ErpError, which is raised even if that fails."""
        try:
            yield
        except ErpError as error:
            if not isinstance(error, BrowserCrashed):  # no browser is left to ask
                self._keep(error)
            raise

    def _keep(self, error: ErpError) -> None:
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{error.code}"
        if self._attempt(self._prepare):
            error.screenshot = self._attempt(lambda: self._take_screenshot(self._folder / f"{name}.png"))
            if self._tracing:
                error.trace = self._attempt(lambda: self._take_trace(self._folder / f"{name}.zip"))

    @staticmethod
    def _attempt(take: Callable[[], T]) -> T | None:
        try:
            return take()
        except (PlaywrightError, OSError, ValueError) as exc:
            # No traceback: Playwright's messages contain texts of the page.
            said = translated(exc).message if isinstance(exc, PlaywrightError) else type(exc).__name__
            logger.warning("a screenshot or trace could not be saved: %s", said)
            return None

    def _prepare(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._erp.look() is None:
            # A page that is still loading can't be read.
            devtools = self._page.context.new_cdp_session(self._page)
            devtools.send("Page.stopLoading")
            devtools.detach()
        return self._folder

    def _take_screenshot(self, target: Path) -> Path:
        image = self._page.screenshot(
            timeout=_CALL_TIMEOUT_MS, mask=[self._page.locator("input[type=password]")]
        )
        target.touch(mode=0o600)
        target.write_bytes(image)
        return target

    def _take_trace(self, target: Path) -> Path:
        self._tracing = False
        markup = self._attempt(self._markup)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".trace-") as folder:
            trace = Path(folder) / "trace.zip"
            self._page.context.tracing.stop(path=trace)
            trace.chmod(0o600)
            with zipfile.ZipFile(trace, "a", zipfile.ZIP_DEFLATED) as archive:
                answers = [asdict(each) for each in self._erp.traffic.log]
                archive.writestr("answers.json", json.dumps(answers, indent=1))
                archive.writestr("page.html", markup or "")
            trace.replace(target)
        return target

    def _markup(self) -> str:
        markup = self._page.locator("html").evaluate(_MARKUP_SCRIPT, timeout=_CALL_TIMEOUT_MS)
        return str(markup)
