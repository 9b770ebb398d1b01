"""Download the customer list from the ERP to a file.

This module does not import Django. The browser is closed before the file is yielded, because Django refuses
database queries in a thread in which Playwright is running.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Error as PlaywrightError

from customers.erp_list.message import Message, message
from customers.erp_list.message import gettext_noop as _
from sync.erp.browser import INCOMING, Opener, open_page
from sync.erp.config import ErpConfig
from sync.erp.download import receive
from sync.erp.driver import DriverWatch
from sync.erp.evidence import Evidence
from sync.erp.export import Started, find_export, start_export
from sync.erp.grid_filter import clear_filters
from sync.erp.list_filter import select_all
from sync.erp.list_state import LIST_LOOK, ListState, list_in, read_list
from sync.erp.login import SingleLogin, log_in
from sync.erp.markup import ITALIAN_TITLE
from sync.erp.page import ErpPage, SessionExpired, asked_to_stop
from sync.erp.page_state import PageState, one_line
from sync.erp.pager import PagerBounds, list_bounds, numbers_of
from sync.erp.put_back import PersonsState, put_back
from sync.erp.session import save_session
from sync.erp.translation import erp_errors
from sync.erp.work_folder import private_folder
from sync.errors import (
    BrowserCrashed,
    ErpError,
    ErpPageBroken,
    ErpUnreachable,
    LoginBlocked,
    LoginRejected,
    LoginUnknown,
    SessionLost,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FetchStep:
    """One step of a fetch; ``stage`` is browser, login, list, export or download."""

    stage: str
    received_bytes: int | None = None


@dataclass(frozen=True)
class FetchedList:
    """The downloaded export, and what the ERP showed before it.

    ``stages`` are milliseconds by stage, ``login`` only if there was one. ``notes`` are sentences for the
    run's log. ``seen`` is what the list's page showed before the export, ready for JSON: ``account`` (a
    hash), ``view`` and ``filter`` (texts), ``gridFilters`` (where filters of the grid were cleared), and as
    numbers, 0 where one is not shown: ``page``, ``pages``, ``pageSize``, ``rowsOnPage``, ``rowsMin``,
    ``rowsMax``.
    """

    path: Path
    pager: PagerBounds
    stages: dict[str, int]
    notes: tuple[Message, ...]
    seen: dict[str, Any]


def never() -> bool:
    return False


@contextmanager
def fetch_customer_list(
    config: ErpConfig,
    on_progress: Callable[[FetchStep], None],
    stop: Callable[[], bool] = never,
    *,
    login: SingleLogin | None = None,
    opener: Opener = open_page,
    on_file: Callable[[Path], None] = lambda path: None,
) -> Iterator[FetchedList]:
    """Export the customer list and yield it; its private folder is always deleted afterwards.

    ``login`` is shared by the attempts of one run, which logs in at most once. ``opener`` opens the page: in
    a browser of its own, unless given. ``on_file`` gets the complete file before the browser is closed.
    ``on_progress`` and ``stop`` are called in this thread while the browser is open, so they must not use the
    ORM. An ErpError carries a screenshot and a trace, if they could be taken.
    Raises: ErpError (see ``sync.errors``), Stopped.
    """
    config.check()
    with ExitStack() as removed:
        with erp_errors():
            folder = removed.enter_context(private_folder(config.work_dir))
        yield _Fetch(config, folder, on_progress, stop, login or SingleLogin(), opener, on_file).run()


@dataclass
class _Fetch:
    """A running fetch."""

    config: ErpConfig
    folder: Path
    on_progress: Callable[[FetchStep], None]
    stop: Callable[[], bool]
    login: SingleLogin
    opener: Opener
    on_file: Callable[[Path], None]
    stages: dict[str, int] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)
    before: PersonsState = field(default_factory=PersonsState)

    def __post_init__(self) -> None:
        self.watch = DriverWatch(self.config.silence_s, self.stop)

    def run(self) -> FetchedList:
        try:
            with erp_errors():
                return self._run()
        except ErpError as error:
            # A signal to the process group kills the browser too: report the stop, not the crash.
            if self.stop():
                raise asked_to_stop() from error
            if self.watch.has_killed:
                text = _("the browser did not answer for %(seconds)s s")
                raise BrowserCrashed(text, seconds=self.config.silence_s) from error
            raise

    def _check_in(self) -> bool:
        """Return whether to stop; every wait asks this, which shows that the browser answers."""
        self.watch.sign()
        return self.stop()

    def _run(self) -> FetchedList:
        opened_s = time.monotonic()
        self.on_progress(FetchStep("browser"))
        with self.opener(self.config, self.folder, self.watch) as page:
            self._add_time("browser", opened_s)
            erp = ErpPage(page, self.config, self._check_in)
            evidence = Evidence(erp)
            with self._put_back(erp), evidence.kept_on_failure(), erp_errors():
                path, state = self._export(erp, evidence)
                evidence.drop_trace()
                # The ERP may have renewed the login cookie.
                self._keep_session(erp)
            closing_s = time.monotonic()
        self._add_time("browser", closing_s)
        return FetchedList(
            path=path,
            pager=list_bounds(state),
            stages=self.stages,
            notes=tuple(self.notes),
            seen=self._seen(state),
        )

    def _export(self, erp: ErpPage, evidence: Evidence) -> tuple[Path, ListState]:
        started, state = self._start_export_logged_in(erp, evidence)
        with self._stage("download"):
            path = receive(erp, started, self.folder / INCOMING, self.folder, self._received)
        self.on_file(path)
        return path, state

    def _start_export_logged_in(self, erp: ErpPage, evidence: Evidence) -> tuple[Started, ListState]:
        """Start the export, logging in at most once if the session has expired.

        Raises: SessionLost, if the session expires again after the login.
        """
        try:
            return self._start_export(erp, evidence)
        except SessionExpired:
            evidence.drop_trace()
            landing = self._log_in(erp)
        try:
            return self._start_export(erp, evidence, landing)
        except SessionExpired:
            raise SessionLost(_("the session ended again right after a new login")) from None

    def _log_in(self, erp: ErpPage) -> PageState:
        with self._stage("login"):
            state = erp.settle(self.config.page_timeout_s, _("the login page"))
            if not state.is_login:
                # Only a callback was redirected to the login; the page still shows the list.
                state = erp.open(self.config.list_url)
            if not state.is_login:
                return state
            try:
                log_in(erp, state, self.login)
            except ErpError:
                if self.login.used:
                    self._keep_session(erp)
                raise
            self._keep_session(erp)
            return erp.settle(self.config.page_timeout_s, _("the first page after the login"))

    def _keep_session(self, erp: ErpPage) -> None:
        """Save the session at once: if the next page fails, the next attempt need not log in again."""
        try:
            save_session(self.config, erp.page.context)
        except (PlaywrightError, OSError) as exc:
            logger.warning("the session could not be saved (%s)", type(exc).__name__)

    def _start_export(
        self, erp: ErpPage, evidence: Evidence, landing: PageState | None = None
    ) -> tuple[Started, ListState]:
        with self._stage("list"):
            shown = show_list(erp, self._note, landing)
            evidence.start_trace()
            state = self._prepare_list(erp, shown)
        with self._stage("export"):
            return start_export(erp, state, lambda: self._show_and_prepare_list(erp)), state

    def _prepare_list(self, erp: ErpPage, shown: PageState) -> ListState:
        """Set the list to all customers, then check the pager, which counts only what the filters show."""
        state = _list_of(erp, shown)
        find_export(state)  # a toolbar without an export often lacks the filter too; this error is clearer

        def reopen() -> ListState:
            return reopened(erp, self._note)

        if not state.filter_is_all:
            self.before.note_filter(state)
            state = select_all(erp, state, reopen)
            self._note(Message(_("the filter was not 'Tutti i clienti' and was changed")))
        if state.filters:
            self.before.note_grid_filters(state)
            where = state.filters.descriptions
            state = clear_filters(erp, state, reopen)
            text = _("the list had filters in the ERP, which were cleared: %(where)s")
            self._note(message(text, where=where))
        list_bounds(state)
        return state

    def _show_and_prepare_list(self, erp: ErpPage) -> ListState:
        return self._prepare_list(erp, show_list(erp, self._note))

    @contextmanager
    def _put_back(self, erp: ErpPage) -> Iterator[None]:
        """Restore the user's filters afterwards, whether the body succeeds or fails."""
        try:
            yield
        except (BrowserCrashed, ErpUnreachable, SessionLost, LoginRejected, LoginBlocked, LoginUnknown):
            raise  # the ERP can't be used any more
        except ErpError:
            put_back(erp, self.before, lambda page: reopened(page, self._note))
            raise
        if not put_back(erp, self.before, lambda page: reopened(page, self._note)):
            self._note(Message(_("not all filters that were set in the ERP could be restored")))

    def _seen(self, state: ListState) -> dict[str, Any]:
        numbers, rows = numbers_of(state), list_bounds(state)
        return {
            "account": self.config.account_hash,
            "view": one_line(state.view, most=80),
            "filter": one_line(state.filter_combo.text, most=80) if state.filter_combo else "",
            "gridFilters": [each.as_json() for each in self.before.filters.descriptions],
            "page": numbers.page,
            "pages": numbers.pages,
            "pageSize": numbers.page_size,
            "rowsOnPage": numbers.rows_here,
            "rowsMin": rows.min_rows,
            "rowsMax": rows.max_rows,
        }

    def _received(self, size_bytes: int) -> None:
        self.on_progress(FetchStep("download", size_bytes))

    def _note(self, note: Message) -> None:
        logger.info("%s", note)
        if note not in self.notes:
            self.notes.append(note)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self.on_progress(FetchStep(name))
        started_s = time.monotonic()
        try:
            yield
        finally:
            self._add_time(name, started_s)

    def _add_time(self, name: str, since_s: float) -> None:
        self.stages[name] = self.stages.get(name, 0) + round((time.monotonic() - since_s) * 1000)


def show_list(erp: ErpPage, note: Callable[[Message], None], landing: PageState | None = None) -> PageState:
    """Open the list, unless ``landing``, the first page after a login, already shows it.

    Raises: SessionExpired, ErpPageBroken.
    """
    state = landing if landing and landing.is_customer_list else erp.open(erp.config.list_url, LIST_LOOK)
    erp.refuse_broken(state)
    if not state.is_customer_list:
        raise ErpPageBroken(
            _("the ERP shows %(path)s “%(title)s” instead of the customer list"),
            path=state.path,
            title=one_line(state.title, most=60),
        )
    if not state.title.startswith(ITALIAN_TITLE):
        note(Message(_("the ERP's pages are not in Italian, although the browser asks for Italian")))
    return state


def reopened(erp: ErpPage, note: Callable[[Message], None]) -> ListState:
    """Reload the list and read it, so that filters and pager are the server's state."""
    return _list_of(erp, show_list(erp, note))


def _list_of(erp: ErpPage, shown: PageState) -> ListState:
    """Return the list, as it was read in the moment in which its page had loaded."""
    return read_list(erp) if shown.then is None else list_in(shown.then)
