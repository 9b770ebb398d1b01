"""Fetch the customer list from the ERP as a file on disk.

A plain function of a frozen config. It knows no Django, and the browser is closed again when its file is
handed over, since the caller can't use the database in this thread while Playwright is open.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sync.erp.browser import open_page
from sync.erp.config import CUSTOMER_LIST_PATH, ErpConfig
from sync.erp.download import receive
from sync.erp.evidence import Evidence
from sync.erp.export import Started, find_export, start_export
from sync.erp.filter import refuse_narrow_filter, select_all
from sync.erp.login import log_in
from sync.erp.page import ErpPage, SessionExpired
from sync.erp.pager import PagerBounds, read_pager
from sync.erp.session import save_session
from sync.erp.sight import Sight
from sync.erp.translation import erp_errors
from sync.errors import ErpError, ErpPageBroken, SessionLost, Stopped

logger = logging.getLogger(__name__)

# Source: the list's title, `Clienti - …`. In another language the file's captions decide, not this.
ITALIAN_TITLE = "Clienti"
_FOLDER_PREFIX = "fetch-"
_LEFTOVER_AFTER_S = 6 * 3600


@dataclass(frozen=True)
class Progress:
    """One step of a fetch; ``stage`` is browser, login, list, export or download."""

    stage: str
    message: str
    received_bytes: int | None = None


@dataclass(frozen=True)
class FetchedList:
    """The export on disk, and what was seen on the way to it.

    ``pager`` is none where the grid's pager could not be read. ``stages`` are milliseconds by stage,
    ``login`` only if there was one. ``notes`` are sentences for the run's log.
    """

    path: Path
    suggested_filename: str
    pager: PagerBounds | None
    logged_in: bool
    stages: dict[str, int]
    notes: tuple[str, ...]


def never() -> bool:
    return False


@contextmanager
def fetch_customer_list(
    config: ErpConfig, on_progress: Callable[[Progress], None], stop: Callable[[], bool] = never
) -> Iterator[FetchedList]:
    """Export the customer list and yield it; its private folder is gone afterwards, whatever happens.

    ``on_progress`` and ``stop`` are called in this thread while the browser is open: no ORM in them. An error
    of the ERP carries a screenshot and a trace, where they could be taken.
    Raises: ErpError (see ``sync.errors``), Stopped.
    """
    config.check()
    with _private_folder(config.work_dir) as folder:
        yield _Fetch(config, folder, on_progress, stop).run()


@contextmanager
def _private_folder(work_dir: Path) -> Iterator[Path]:
    work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(work_dir)
    folder = Path(tempfile.mkdtemp(dir=work_dir, prefix=_FOLDER_PREFIX))  # of mode 0700
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(work_dir: Path) -> None:
    """Remove the folders of fetches whose process was killed long ago."""
    for folder in work_dir.glob(f"{_FOLDER_PREFIX}*"):
        try:
            age_s = time.time() - folder.stat().st_mtime
        except FileNotFoundError:
            continue
        if age_s > _LEFTOVER_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class _Fetch:
    """One fetch under way."""

    config: ErpConfig
    folder: Path
    on_progress: Callable[[Progress], None]
    stop: Callable[[], bool]
    stages: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    pager: PagerBounds | None = None
    logged_in: bool = False

    def run(self) -> FetchedList:
        try:
            with erp_errors():
                return self._run()
        except ErpError as error:
            # A signal to the whole process group kills the browser too: the reason is the signal, then.
            if self.stop():
                raise Stopped("asked to stop while working the ERP") from error
            raise

    def _run(self) -> FetchedList:
        incoming = self.folder / "incoming"
        incoming.mkdir(mode=0o700)
        opened_s = time.monotonic()
        self.on_progress(Progress("browser", "starting the browser"))
        with open_page(self.config, incoming) as page:
            self._add_time("browser", opened_s)
            erp = ErpPage(page, self.config, self.stop)
            evidence = Evidence(erp)
            with evidence.kept_on_failure(), erp_errors():
                path, suggested_filename = self._export(erp, evidence, incoming)
                evidence.drop_trace()
                # The ERP may have renewed the ticket.
                save_session(self.config, page.context)
            closing_s = time.monotonic()
        self._add_time("browser", closing_s)
        return FetchedList(
            path, suggested_filename, self.pager, self.logged_in, self.stages, tuple(self.notes)
        )

    def _export(self, erp: ErpPage, evidence: Evidence, incoming: Path) -> tuple[Path, str]:
        started = self._start_export_logged_in(erp, evidence)
        with self._stage("download", "receiving the file"):
            path = receive(erp, started, incoming, self.folder, self._received)
        return path, started.download.suggested_filename

    def _start_export_logged_in(self, erp: ErpPage, evidence: Evidence) -> Started:
        """Get as far as a download's beginning, with at most one login on the way.

        Raises: SessionLost, if the session is gone again after it.
        """
        try:
            return self._start_export(erp, evidence)
        except SessionExpired:
            evidence.drop_trace()
            landing = self._log_in(erp)
        try:
            return self._start_export(erp, evidence, landing)
        except SessionExpired:
            raise SessionLost("the session ended again right after a new login") from None

    def _log_in(self, erp: ErpPage) -> Sight:
        with self._stage("login", "logging in"):
            self.logged_in = True
            landing = log_in(erp, erp.settle(self.config.page_timeout_s, "the login page"))
            save_session(self.config, erp.page.context)
            return landing

    def _start_export(self, erp: ErpPage, evidence: Evidence, landing: Sight | None = None) -> Started:
        with self._stage("list", "opening the customer list"):
            self._show_list(erp, landing)
            evidence.start_trace()
            self._prepare_list(erp)
        with self._stage("export", "exporting the list"):
            refuse_narrow_filter(erp)
            return start_export(erp, lambda: self._show_and_prepare_list(erp))

    def _show_list(self, erp: ErpPage, landing: Sight | None = None) -> Sight:
        """Open the list, unless a login's ``landing`` is on it: the ERP leads back to what was asked for."""
        sight = landing if landing and _is_list(landing) else erp.open(self.config.url(CUSTOMER_LIST_PATH))
        erp.refuse_broken(sight)
        if not _is_list(sight) or not sight.has_grid:
            raise ErpPageBroken("the ERP shows another page than the customer list")
        if not sight.title.startswith(ITALIAN_TITLE):
            self._note("the ERP's pages are not in Italian, although Italian was asked for")
        return sight

    def _prepare_list(self, erp: ErpPage) -> None:
        """Set the filter, then count: what the pager says holds for the filter that is set."""
        find_export(erp)  # a toolbar without one has often lost the filter too, and this says why
        if select_all(erp):
            self._note("the filter was not at 'Tutti i clienti' and was set")
        self.pager = read_pager(erp)
        if self.pager is None:
            self._note("the grid's pager could not be read: the number of rows is not bounded")

    def _show_and_prepare_list(self, erp: ErpPage) -> Sight:
        sight = self._show_list(erp)
        self._prepare_list(erp)
        return sight

    def _received(self, size_bytes: int) -> None:
        self.on_progress(Progress("download", "receiving the file", size_bytes))

    def _note(self, note: str) -> None:
        logger.info(note)
        if note not in self.notes:
            self.notes.append(note)

    @contextmanager
    def _stage(self, name: str, message: str) -> Iterator[None]:
        self.on_progress(Progress(name, message))
        started_s = time.monotonic()
        try:
            yield
        finally:
            self._add_time(name, started_s)

    def _add_time(self, name: str, since_s: float) -> None:
        self.stages[name] = self.stages.get(name, 0) + round((time.monotonic() - since_s) * 1000)


def _is_list(sight: Sight) -> bool:
    return sight.path.lower().endswith(CUSTOMER_LIST_PATH.lower())
