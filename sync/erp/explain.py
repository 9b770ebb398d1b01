"""Go through login, list, filters and export step by step, and report what was expected and what was found.

For the first run against a real ERP, and for a maintainer without access to it. The report contains ids,
titles, labels and numbers, but no customer, value, password or cookie. It logs in once, with its own session,
exports only if the list shows all customers, and changes nothing in the ERP.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator

from customers.erp_list.message import gettext_noop as _
from sync.erp import markup
from sync.erp.browser import INCOMING, Opener, find_browser, open_page
from sync.erp.client import never, show_list
from sync.erp.config import ErpConfig
from sync.erp.download import receive
from sync.erp.driver import DriverWatch
from sync.erp.export import find_export, start_export
from sync.erp.list_filter import open_drop_down
from sync.erp.list_state import ListState, read_list, read_raw
from sync.erp.login import SingleLogin, find_fields, log_in
from sync.erp.page import ErpPage, SessionExpired, asked_to_stop
from sync.erp.page_state import STATE_MARKUP, PageState, one_line, page_script
from sync.erp.pager import list_bounds, numbers_of
from sync.erp.session import save_session
from sync.erp.translation import erp_errors
from sync.erp.work_folder import private_folder
from sync.errors import ErpError, ErpPageBroken, SessionLost, Stopped, SyncError

_INVENTORY_SCRIPT = page_script("inventory.js")
_CALL_TIMEOUT_MS = 10_000


@dataclass(frozen=True)
class Explanation:
    """The report as Markdown, and the error that ended it, if any."""

    text: str
    error: ErpError | Stopped | None


def explain(
    config: ErpConfig,
    on_step: Callable[[str], None],
    stop: Callable[[], bool] = never,
    *,
    opener: Opener = open_page,
) -> Explanation:
    """Go through the ERP step by step and return the report; ``on_step`` is called with each step's title.

    If asked to stop, it still returns the report so far, because its one login is used up.
    Raises: ErpNotConfigured, BrowserNotFound.
    """
    config.check()
    report = _Report(config, on_step)
    with private_folder(config.work_dir) as folder:
        own = replace(config, state_path=folder / "session.json", artifacts_dir=folder)
        try:
            with erp_errors():
                _Tour(own, folder, report, stop, opener).go(config)
        except (ErpError, Stopped) as error:
            # A signal to the process group kills the browser too: report the stop, not the crash.
            ended = asked_to_stop() if stop() else error
            report.ends_with(ended)
            return Explanation(report.text, ended)
    report.say("result", "every step was as expected")
    return Explanation(report.text, None)


@dataclass
class _Report:
    """Collects lines, without the account's name and password."""

    config: ErpConfig
    on_step: Callable[[str], None]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        address = urlsplit(self.config.base_url)
        self.lines += [
            "# What Archibald Sync saw of the ERP",
            "",
            f"- made: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            f"- address: {address.scheme}://(host){address.path}",
            f"- browser: {Path(find_browser(self.config.browser_path) or 'Playwright’s own').name}",
        ]

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def step(self, title: str) -> None:
        self.on_step(title)
        self.lines += ["", f"## {title}", ""]

    def say(self, what: str, found: object) -> None:
        self.lines.append(f"- {what}: {self._clean(str(found))}")

    def table(self, title: str, rows: Iterable[str]) -> None:
        cleaned = [f"    {self._clean(row)}" for row in rows] or ["    (nothing)"]
        self.lines += [f"- {title}:", "", *cleaned, ""]

    def ends_with(self, error: SyncError) -> None:
        self.say("**ended here**", f"{error.code}: {error.message}")

    def _clean(self, text: str) -> str:
        for secret in (self.config.password, self.config.username):
            text = re.sub(re.escape(secret), "***", text, flags=re.IGNORECASE)
        return one_line(text, most=600)


@dataclass
class _Tour:
    """One pass through the ERP."""

    config: ErpConfig
    folder: Path
    report: _Report
    stop: Callable[[], bool]
    opener: Opener

    def go(self, given: ErpConfig) -> None:
        watch = DriverWatch(self.config.silence_s, self.stop)
        with self.opener(self.config, self.folder, watch) as page:
            erp = ErpPage(page, self.config, lambda: self._check_in(watch))
            with self._inventory_on_failure(erp), erp_errors():
                login_page = self._way_to_login(erp)
                self._login_page(erp, login_page)
                landing = self._login(erp, login_page)
                self._keep_session(given, erp)
                try:
                    state = self._list(erp, landing)
                    self._filter(erp, state)
                    self._grid_filters(state)
                    self._pager(state)
                    self._find_export(state)
                    if self._is_whole_list(state):
                        self._export(erp, self.folder / INCOMING)
                except SessionExpired:
                    raise SessionLost(_("the ERP shows its login page again after the login")) from None

    def _check_in(self, watch: DriverWatch) -> bool:
        watch.sign()
        return self.stop()

    def _keep_session(self, given: ErpConfig, erp: ErpPage) -> None:
        """Save the session, so that the next sync need not log in."""
        try:
            save_session(given, erp.page.context)
        except OSError as exc:
            self.report.say("the session", f"could not be kept for the next sync ({exc.strerror})")

    # --- the steps

    def _way_to_login(self, erp: ErpPage) -> PageState:
        report = self.report
        report.step("1. The redirect to the login")
        report.say(
            "looked for",
            f"the customer list ({markup.CUSTOMER_LIST_PATH}), which leads to {markup.LOGIN_PATH}",
        )
        state = erp.open(self.config.list_url)
        self._tell_page(erp, state)
        if not state.is_login:
            text = _("without a session the ERP shows %(path)s instead of its login page")
            raise ErpPageBroken(text, path=state.path)
        return state

    def _login_page(self, erp: ErpPage, state: PageState) -> None:
        report = self.report
        report.step("2. The login page")
        report.say("looked for", f"user field {markup.USER_NAME_FIELD}")
        report.say("looked for", f"password field {markup.PASSWORD_FIELD}")
        report.say("looked for", f"button {markup.LOGIN_BUTTON} labelled {_listed(markup.LOGIN_LABELS)}")
        report.say(
            "looked for",
            f"message box {markup.LOGIN_MESSAGE}: {'a text' if state.login_message else 'empty'}",
        )
        self._tell_inventory(erp)
        for what, locator in zip(("user field", "password field", "button"), find_fields(erp), strict=True):
            report.say(f"found {what}", _id_of(locator))

    def _login(self, erp: ErpPage, state: PageState) -> PageState:
        report = self.report
        report.step("3. The login, once")
        report.say("does", "types both, presses the button once, waits for another page")
        started_s = time.monotonic()
        try:
            log_in(erp, state, SingleLogin())
        finally:
            report.say("after", f"{time.monotonic() - started_s:.1f} s, focus was on: {self._focus(erp)}")
            self._tell_responses(erp)
        landing = erp.settle(self.config.page_timeout_s, _("the first page after the login"))
        self._tell_page(erp, landing)
        return landing

    def _list(self, erp: ErpPage, landing: PageState) -> ListState:
        report = self.report
        report.step("4. The customer list")
        report.say("looked for", f"toolbar {markup.TOOLBAR_ID}, grid {markup.GRID_ID}, each once")
        state = show_list(erp, lambda note: report.say("note", note), landing)
        self._tell_page(erp, state)
        raw = read_raw(erp)
        report.say("found toolbars", raw["toolbars"])
        report.say(
            "found grids", ", ".join(raw["grids"]) or f"none; similar: {', '.join(raw['tables']) or 'none'}"
        )
        report.say("found rows", raw["rows"])
        report.table(f"captions ({len(raw['captions'])})", raw["captions"])
        self._tell_inventory(erp)
        return read_list(erp)

    def _filter(self, erp: ErpPage, state: ListState) -> None:
        report = self.report
        report.step("5. The filter of the toolbar")
        report.say("looked for", f"one drop-down list that shows {_listed(markup.ALL_LABELS)}")
        report.table("found", (f"{each.id}: “{each.text}”" for each in state.combos))
        for combo in (each for each in state.combos if each.visible):
            texts = open_drop_down(erp, combo)
            report.table(f"items of {combo.id}, opened and closed again", texts)
        report.say(
            "a sync would",
            "go on" if state.filter_is_all else "choose “Tutti i clienti” and open the list again",
        )

    def _grid_filters(self, state: ListState) -> None:
        report = self.report
        report.step("6. Filters of the grid")
        report.say("looked for", f"filter row {markup.FILTER_ROW_EDITOR}, search box {markup.SEARCH_BOXES}")
        report.say("looked for", f"filter bar {markup.FILTER_BAR}, headers {markup.HEADER_FILTER_CLASS}")
        report.say("found", ", ".join(map(str, state.filters.descriptions)) or "none is set")
        report.say(
            "ClearFilter() of the grid's object", "is there" if state.grid_object.can_clear else "is missing"
        )
        report.say("a sync would", "clear them and open the list again" if state.filters else "go on")

    def _pager(self, state: ListState) -> None:
        report = self.report
        report.step("7. The pager")
        report.say("looked for", f"one id ending {markup.PAGER}, and the numbers of the grid's object")
        report.say("printed", state.pager or "nothing")
        report.say("the grid's object", state.grid_object)
        report.say("read as", numbers_of(state))
        report.say("bounds of the number of customers", list_bounds(state))

    def _find_export(self, state: ListState) -> None:
        report = self.report
        report.step("8. The export")
        report.say(
            "looked for",
            f"a link of the toolbar titled like {markup.EXPORT_TITLE.pattern}, else labelled "
            f"{_listed(markup.EXPORT_LABELS)}",
        )
        report.table(
            "found",
            (
                f"{each.id}: “{each.label}”, title “{each.title}”, "
                f"{'shown' if each.visible else 'hidden'}{', disabled' if each.disabled else ''}"
                for each in state.links
            ),
        )
        report.say("a sync would press", find_export(state).id)

    def _is_whole_list(self, state: ListState) -> bool:
        is_whole = state.filter_is_all and not state.filters
        if not is_whole:
            self.report.say(
                "not pressed", "the list does not show all customers, and nothing is changed here"
            )
        return is_whole

    def _export(self, erp: ErpPage, incoming: Path) -> None:
        report = self.report
        started_s = time.monotonic()
        try:
            started = start_export(erp, read_list(erp), lambda: self._shown_again(erp))
            path = receive(erp, started, incoming, self.folder, lambda size: None)
        except SessionExpired:
            raise ErpPageBroken(_("the session ended when the export was pressed")) from None
        finally:
            report.say("after", f"{time.monotonic() - started_s:.1f} s")
            self._tell_responses(erp)
        report.say(
            "file",
            f"{started.download.suggested_filename}, {path.stat().st_size:,} bytes, a whole PDF; removed",
        )

    def _shown_again(self, erp: ErpPage) -> ListState:
        show_list(erp, lambda note: self.report.say("note", note))
        return read_list(erp)

    # --- what is reported

    def _tell_page(self, erp: ErpPage, state: PageState) -> None:
        report = self.report
        report.say("shows", f"{state.path}, title “{state.title}”")
        told = {
            "loaded": state.loaded,
            "busy": state.busy,
            "toolbar": state.has_toolbar,
            "grid": state.has_grid,
            "password fields": state.password_fields,
            "error box": one_line(state.error_box, most=80) or "empty",
        }
        report.say("state", ", ".join(f"{name} {value}" for name, value in told.items()))
        self._tell_responses(erp)

    def _tell_responses(self, erp: ErpPage) -> None:
        answers = erp.traffic.answers
        self.report.table(
            "last responses",
            (f"{each.method} {each.path}: {each.status} {each.content_type}" for each in answers[-12:]),
        )

    def _focus(self, erp: ErpPage) -> str:
        try:
            return str(self._inventory(erp)["focus"]) or "nothing with an id"
        except PlaywrightError:
            return "(the page is changing)"

    def _tell_inventory(self, erp: ErpPage) -> None:
        seen = self._inventory(erp)
        report = self.report
        report.say(
            "page",
            f"{seen['count']} elements, {seen['frames']} frames, focus on {seen['focus'] or 'nothing'}",
        )
        report.say("client objects", ", ".join(seen["controls"]) or "none")
        report.table("elements with an id", map(_element_line, seen["elements"]))
        if seen["left_out"]:
            report.say("left out", f"{seen['left_out']} more elements")

    def _inventory(self, erp: ErpPage) -> dict[str, Any]:
        seen: dict[str, Any] = erp.page.locator("html").evaluate(
            _INVENTORY_SCRIPT, STATE_MARKUP, timeout=_CALL_TIMEOUT_MS
        )
        return seen

    @contextmanager
    def _inventory_on_failure(self, erp: ErpPage) -> Any:
        try:
            yield
        except ErpError:
            try:
                self.report.step("The page where it ended")
                if (state := erp.look()) is not None:
                    self._tell_page(erp, state)
                self._tell_inventory(erp)
            except PlaywrightError:
                self.report.say("page", "could not be read any more")
            raise


def _element_line(each: Mapping[str, Any]) -> str:
    kind = f"{each['tag']}[{each['type']}]" if each["tag"] == "input" else each["tag"]
    classes = "." + ".".join(each["classes"].split()) if each["classes"].strip() else ""
    return f"{'' if each['shown'] else '(hidden) '}{kind}#{each['id']}{classes}"


def _id_of(locator: Locator) -> str:
    return locator.get_attribute("id") or "(no id)"


def _listed(labels: Iterable[str]) -> str:
    return " / ".join(f"“{each}”" for each in sorted(labels))
