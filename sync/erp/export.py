"""Press the list's export, and tell what the ERP makes of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from playwright.sync_api import Download, Locator

from sync.erp.page import ErpPage, SessionExpired
from sync.erp.sight import Sight, undoubled
from sync.errors import DownloadNotPdf, ErpTimeout, ExportNotFound, ExportRefused, NoDownload

_CALL_TIMEOUT_MS = 5000
_HOLD_MS = 80
_EXPORT_TITLE = re.compile(r"^(Esportare in|Export to) PDF", re.I)
EXPORT_LABELS = frozenset({"esportare in", "export to"})

# Every link of the toolbar, those in the overflow menu too. The title stands on the link, its item, or both.
TOOLBAR_SCRIPT = """() => [...document.querySelectorAll(
    '#Vertical_mainMenu_Menu a[id$="_T"], [id^="Vertical_mainMenu_Menu_DXM"] a[id$="_T"]')].map((link) => {
  const item = link.closest('li');
  const box = link.getBoundingClientRect();
  return {
    id: link.id,
    title: link.title || (item && item.title) || '',
    text: link.textContent,
    disabled: (item || link).classList.contains('dxm-disabled')
      || [item, link].some((each) => each && each.getAttribute('aria-disabled') === 'true'),
    visible: box.width > 0 && box.height > 0 && getComputedStyle(link).visibility !== 'hidden',
  };
})"""


class Outcome(Enum):
    DOWNLOAD = "a file began to arrive"
    BANNER = "the ERP can't load the requested objects"
    IGNORED = "nothing was asked of the ERP"


@dataclass(frozen=True)
class Started:
    """A download that has begun; the file must be there by ``end_s`` of the monotonic clock."""

    download: Download
    end_s: float


def start_export(erp: ErpPage, show_list: Callable[[], Sight]) -> Started:
    """Press the export until its download begins: once, and once more where the ERP is known to need it.

    ``show_list`` brings the list back, its filter checked, where the ERP has left it for another page.
    Raises: ExportNotFound, ExportRefused, NoDownload, DownloadNotPdf, SessionExpired.
    """
    outcome = _press_export(erp)
    if outcome is Outcome.IGNORED:
        # Source: a plain click was sometimes ignored. Nothing was posted, so this is no second export.
        outcome = _press_export(erp, hold_ms=_HOLD_MS)
    if outcome is Outcome.BANNER:
        erp.pause(erp.config.banner_wait_s)
        sight = erp.look()
        if sight is None or not sight.has_grid:
            show_list()
        outcome = _press_export(erp)
    if outcome is Outcome.BANNER:
        raise ExportRefused("the ERP refuses the export twice: Requested objects cannot be loaded")
    if outcome is Outcome.IGNORED:
        raise NoDownload("the export was clicked and nothing was asked of the ERP")
    return Started(erp.traffic.downloads[0], time.monotonic() + erp.config.export_timeout_s)


def find_export(erp: ErpPage) -> Locator:
    """Return the toolbar's export link, found by its title or text.

    Raises: ExportNotFound, naming what the toolbar shows instead.
    """
    links = erp.page.locator("html").evaluate(TOOLBAR_SCRIPT, timeout=_CALL_TIMEOUT_MS)
    exports = [link for link in links if _is_export(link["title"], link["text"])]
    usable = [link for link in exports if link["visible"] and not link["disabled"]]
    if usable:
        return erp.page.locator(f"a[id='{usable[0]['id']}']")
    if any(link["disabled"] for link in exports):
        raise ExportNotFound("the export is in the toolbar, but disabled")
    if exports:
        raise ExportNotFound("the export is hidden in the toolbar's overflow menu: the window was too narrow")
    seen = [undoubled(link["text"]) for link in links if link["visible"]]
    raise ExportNotFound(f"the toolbar has no export, only: {', '.join(filter(None, seen)) or 'nothing'}")


def _is_export(title: str, text: str) -> bool:
    return bool(_EXPORT_TITLE.match(title.strip())) or undoubled(text).lower() in EXPORT_LABELS


def _press_export(erp: ErpPage, *, hold_ms: float = 0) -> Outcome:
    """Press and wait for the first of all that can come of it."""
    export = find_export(erp)
    erp.traffic.forget()
    pressed_s = time.monotonic()
    erp.press(export, hold_ms=hold_ms)
    watch = _Watch(erp, ignored_from_s=pressed_s + erp.config.banner_wait_s)
    try:
        return erp.until(watch.outcome, erp.config.export_timeout_s, "the export")
    except ErpTimeout as exc:
        raise NoDownload(f"no file came within {erp.config.export_timeout_s:g} s of the export") from exc


class _Watch:
    """Judge, poll by poll, what came of a pressed export."""

    def __init__(self, erp: ErpPage, *, ignored_from_s: float) -> None:
        self._erp = erp
        self._ignored_from_s = ignored_from_s
        self._idle_in_a_row = 0

    def outcome(self) -> Outcome | None:
        traffic = self._erp.traffic
        if traffic.downloads:
            return Outcome.DOWNLOAD
        if traffic.sent_to_login:
            raise SessionExpired
        ignored = traffic.posts == 0 and traffic.documents == 0
        if ignored and time.monotonic() < self._ignored_from_s:
            return None
        if not ignored and not traffic.posts_answered and not traffic.documents:
            return None
        sight = self._idle_sight()
        return None if sight is None else self._judged(sight)

    def _idle_sight(self) -> Sight | None:
        """Return the page once it has been idle for some polls: an answer takes time to show."""
        sight = self._erp.look()
        self._idle_in_a_row = self._idle_in_a_row + 1 if sight is not None and sight.idle else 0
        return sight if self._idle_in_a_row >= self._erp.config.idle_polls else None

    def _judged(self, sight: Sight) -> Outcome | None:
        traffic = self._erp.traffic
        if traffic.downloads:
            return Outcome.DOWNLOAD
        if traffic.posts == 0 and traffic.documents == 0:
            return Outcome.IGNORED
        if sight.banner:
            return Outcome.BANNER
        self._erp.refuse_broken(sight)
        if not sight.has_toolbar:
            raise DownloadNotPdf(
                f"the export answered with a page instead of a file: {sight.title or 'untitled'}"
            )
        return None
