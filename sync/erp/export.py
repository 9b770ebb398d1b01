"""Press the export of the customer list and wait for the outcome."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from playwright.sync_api import Download

from customers.erp_list.message import Message
from customers.erp_list.message import gettext_noop as _
from sync.erp import markup
from sync.erp.grid_filter import refuse_filters
from sync.erp.list_filter import refuse_narrow_filter
from sync.erp.list_state import Link, ListState, read_list
from sync.erp.page import ErpPage, SessionExpired
from sync.erp.page_state import PageState, is_same_label
from sync.errors import DownloadNotPdf, ErpTimeout, ExportNotFound, ExportRefused, NoDownload

_HOLD_MS = 80
# A response takes time to show, and a download to begin.
_SHOWS_AFTER_S = 0.2


class Outcome(Enum):
    DOWNLOAD = "a download started"
    BANNER = "the ERP can't load the requested objects"
    IGNORED = "no request was sent"


@dataclass(frozen=True)
class Started:
    """A started download, which must be complete by ``end_s`` (monotonic clock)."""

    download: Download
    end_s: float


def start_export(erp: ErpPage, state: ListState, show_list: Callable[[], ListState]) -> Started:
    """Press the export until the download starts; again only where the ERP is known to need it.

    ``state`` is the list as it was just read. ``show_list`` reopens the list without filters if the ERP has
    navigated away from it.
    Raises: ExportNotFound, ExportRefused, FilterNotAll, GridFiltered, NoDownload, DownloadNotPdf,
    SessionExpired.
    """
    outcome = _press_export(erp, state)
    if outcome is Outcome.IGNORED:
        # Source: a plain click was sometimes ignored. Nothing was posted, so this does not export twice.
        outcome = _press_export(erp, read_list(erp), hold_ms=_HOLD_MS)
    if outcome is Outcome.BANNER:
        erp.pause(erp.config.banner_wait_s)
        page = erp.look()
        outcome = _press_export(erp, read_list(erp) if page and page.has_grid else show_list())
    if outcome is Outcome.BANNER:
        raise ExportRefused(_("the ERP refused the export twice: Requested objects cannot be loaded"))
    if outcome is Outcome.IGNORED:
        raise NoDownload(_("the export was clicked, but no request was sent"))
    return Started(erp.traffic.downloads[0], time.monotonic() + erp.config.export_timeout_s)


def find_export(state: ListState) -> Link:
    """Return the toolbar's export link, found by its title, else by its label.

    Raises: ExportNotFound, naming what the toolbar shows instead.
    """
    titled = [each for each in state.links if markup.EXPORT_TITLE.match(each.title)]
    exports = titled or [each for each in state.links if is_same_label(each.label, markup.EXPORT_LABELS)]
    usable = [each for each in exports if each.visible and not each.disabled]
    if len(usable) == 1:
        return usable[0]
    if usable:
        text = _("the toolbar has %(count)s exports instead of one: %(exports)s")
        raise ExportNotFound(text, count=len(usable), exports=_names(usable))
    if any(each.disabled for each in exports):
        raise ExportNotFound(_("the export is in the toolbar, but disabled"))
    if exports:
        raise ExportNotFound(
            _("the export is hidden in the toolbar's overflow menu: the window was too narrow")
        )
    seen = _names(each for each in state.links if each.visible)
    raise ExportNotFound(
        _("the toolbar has no export (title 'Esportare in PDF…'), only: %(shown)s"),
        shown=seen or Message(_("nothing")),
    )


def _names(links: Iterable[Link]) -> list[str]:
    return [each.label or each.title or each.id for each in links]


def _press_export(erp: ErpPage, state: ListState, *, hold_ms: float = 0) -> Outcome:
    """Check the list's filters, press the export, and wait for the outcome."""
    refuse_narrow_filter(state)
    refuse_filters(state)
    link = find_export(state)
    export = erp.page.locator(f"a[id='{link.id}']").first
    if not link.free:
        erp.await_free(export)
    erp.traffic.forget()
    pressed_s = time.monotonic()
    erp.click(export, hold_ms=hold_ms)
    watch = _Watch(erp, ignored_from_s=pressed_s + erp.config.banner_wait_s)
    try:
        return erp.until(watch.outcome, erp.config.export_timeout_s, _("the export"))
    except ErpTimeout as exc:
        raise NoDownload(
            _("no file came within %(seconds)s s of the export"), seconds=erp.config.export_timeout_s
        ) from exc


class _Watch:
    """Decides, at each poll, the outcome of a pressed export."""

    def __init__(self, erp: ErpPage, *, ignored_from_s: float) -> None:
        self._erp = erp
        self._ignored_from_s = ignored_from_s
        self._answered_s: float | None = None

    def outcome(self) -> Outcome | None:
        traffic = self._erp.traffic
        if traffic.downloads:
            return Outcome.DOWNLOAD
        if traffic.sent_to_login:
            raise SessionExpired
        ignored = traffic.posts == 0 and traffic.documents == 0
        if ignored and time.monotonic() < self._ignored_from_s:
            return None
        if not ignored and traffic.is_waiting:
            self._answered_s = None
            return None
        self._answered_s = self._answered_s or time.monotonic()
        if time.monotonic() - self._answered_s < _SHOWS_AFTER_S:
            return None
        state = self._erp.idle_state()
        return None if state is None else self._judged(state)

    def _judged(self, state: PageState) -> Outcome | None:
        traffic = self._erp.traffic
        if traffic.downloads:
            return Outcome.DOWNLOAD
        if traffic.posts == 0 and traffic.documents == 0:
            return Outcome.IGNORED
        if state.banner:
            return Outcome.BANNER
        self._erp.refuse_broken(state)
        if not state.has_toolbar:
            raise DownloadNotPdf(
                _("the export answered with a page instead of a file: %(title)s"),
                title=state.title or Message(_("untitled")),
            )
        return None
