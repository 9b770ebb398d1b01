"""Switches for the faults of the simulated ERP, one attribute each, all off by default.

A *count* occurs that many times (``ALWAYS``: every time), a *flag* applies while it is set, *seconds* and
*number* are values, a *choice* is one of several words. The command line, the control API and tests all use
``Faults``; the number of a switch is that of the observed fault in docs/erp-simulator.md.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from typing import Any

ALWAYS = -1

type_of_kind: dict[str, type] = {
    "count": int,
    "flag": bool,
    "seconds": float,
    "number": int,
    "share": float,
    "choice": str,
    "text": str,
}


class UnknownFault(ValueError):
    """No such switch, or a value that it can't take."""


def _switch(
    kind: str,
    default: object,
    number: str,
    means: str,
    *,
    choices: tuple[str, ...] = (),
    bounds: tuple[float, float] = (0, 1e9),
) -> Any:
    return field(
        default=default,
        metadata={"kind": kind, "number": number, "means": means, "choices": choices, "bounds": bounds},
    )


def _count(number: str, means: str) -> Any:
    return _switch("count", 0, number, means, bounds=(ALWAYS, 1e9))


def _flag(number: str, means: str) -> Any:
    return _switch("flag", False, number, means)


def _seconds(number: str, means: str, default: float = 0.0) -> Any:
    return _switch("seconds", default, number, means)


def _number(number: str, means: str, default: int = 0, bounds: tuple[float, float] = (0, 1e9)) -> Any:
    return _switch("number", default, number, means, bounds=bounds)


def _share(number: str, means: str, default: float = 0.0) -> Any:
    return _switch("share", default, number, means, bounds=(0, 1))


def _text(number: str, means: str) -> Any:
    return _switch("text", "", number, means)


def _choice(number: str, means: str, *choices: str, default: str = "") -> Any:
    return _switch("choice", default, number, means, choices=choices)


@dataclass
class Faults:
    """Every switch of the simulator; setting an unknown one raises ``AttributeError``."""

    # --- login and session
    wrong_password: bool = _flag("1", "the correct password is refused")
    login_silent: bool = _flag("34", "a refused login shows no message, and the page stays")
    login_ignored: int = _count("34", "a press on the login button posts nothing")
    login_hangs: int = _count("34", "a login's callback is never answered")
    login_answer_lost: int = _count(
        "34", "a login succeeds, but the connection is reset instead of a response"
    )
    focus_stolen_after: float = _seconds("35", "when the login page moves the focus to its button", 0.15)
    english: bool = _flag("2, 9", "English whatever the browser asks for: labels, file name, columns, dates")
    login_slower: float = _seconds("3", "a login takes this long")
    session_expired: int = _count(
        "4", "the session has expired when a page is requested, the cookies unchanged"
    )
    session_expires_before_export: int = _count("5", "the session has expired when the export is clicked")
    parallel_requests: str = _choice(
        "6",
        "a second request within one session: broken, or made to wait for the first",
        *("disturb", "serialise"),
        default="disturb",
    )
    logins_per_day: int = _number("7", "logins beyond this many are refused with a message")
    host_blocked: bool = _flag("7", "the operator blocks this host: 403 for everything")
    keepalive_every: float = _seconds("-", "the interval of the page's keep-alive; 0 never", 300.0)
    keepalive_fails: bool = _flag("-", "that request is answered with 503")

    # --- the list page
    page_delay: float = _seconds("15", "a page takes this long")
    callback_delay: float = _seconds("15", "a callback takes this long")
    view_number: int = _number("33", "the grid's id names this view; 0 by order of opening", bounds=(0, 99))
    view_left_on: str = _choice(
        "33", "the next visit finds this view of the list", "default", "compact", "map"
    )
    toolbar_shift: int = _number("10", "this many more buttons before the export")
    toolbar_overflow: bool = _flag("11", "the export is hidden in the overflow menu at any viewport")
    export_disabled: bool = _flag("10", "the export button is there and disabled")
    export_missing: bool = _flag("10", "no export button in the toolbar")
    synthetic_click_ignored: bool = _flag("12", "a click without mouse down and up does nothing")
    click_ignored: int = _count("12", "a click on the export does nothing, however it is made")
    filter_left_on: str = _choice(
        "20", "the next visit finds this filter, left by a colleague", "all", "exclusive", "free"
    )
    filter_changed_before_export: str = _choice(
        "20",
        "a colleague sets this filter between the list page and the export's click",
        *("all", "exclusive", "free"),
    )
    filter_stuck: bool = _flag("20", "choosing a filter changes nothing")
    filter_prefix: int = _number("21", "the number in the filter's ids and values", 2)
    filter_list_delay: float = _seconds("37", "the delay of an opened drop-down's list", 0.12)
    filter_navigates: float = _seconds("38", "a chosen filter reloads the list this long after its response")
    paging_resets_filter: bool = _flag("21", "changing the page sets the filter to free customers")
    page_left_on: int = _number("21", "the next visit finds the list on this page, from 1")
    page_size_left: int = _number("21", "the next visit finds this many rows per page")
    pager_hidden: bool = _flag("21", "the grid has no pager")
    pager_summary: str = _choice(
        "-",
        "the pager's text: page numbers only, pages in words, or pages and items",
        *("none", "pages", "items"),
        default="pages",
    )
    search_box: bool = _flag("39", "the customers' list has a search box")
    grid_filter_left: str = _choice(
        "39",
        "the next visit finds a filter of the grid: filter row, search box, filter bar, header",
        *("row", "search", "bar", "header"),
    )
    grid_filter_left_before_export: str = _choice(
        "39",
        "a colleague sets such a filter between the list page and the export's click",
        *("row", "search", "bar", "header"),
    )
    grid_filter_share: float = _share("39", "the share of customers that such a filter leaves", 0.28)
    clear_filter_ignored: bool = _flag("39", "ClearFilter is answered and clears nothing")
    search_survives_clear: bool = _flag("39", "ClearFilter leaves the search box as it is")
    columns_hidden: int = _number("22", "this many columns are hidden, in grid and report", bounds=(0, 25))
    loading_panel_stuck: int = _count("26", "a list page whose loading panel never disappears")
    panel_after_load: float = _seconds("36", "a loading panel covers the loaded list page for this long")
    panel_after_load_late: float = _seconds("36", "the delay of that panel after the load")
    page_without: str = _text("-", "elements of login and list page that match this selector are missing")
    page_twice: str = _text("-", "the first element that matches this selector is there twice")
    record_broken: str = _text("27", "the customer with this ID redirects to Error.aspx")
    list_broken: int = _count("27", "the list page redirects to Error.aspx")
    error_message: int = _count("27", "the list page comes with a message in its error box")

    # --- the export
    banner_in_place: int = _count("13", "the export answers 'Requested objects cannot be loaded' in the page")
    banner_by_navigation: int = _count("14", "the same on another page, to which the browser is redirected")
    export_delay: float = _seconds("15", "an export takes this long")
    no_download: int = _count("16", "the export's click is accepted, but no file is sent")
    export_hangs: int = _count("16", "the export's click is never answered")
    empty_file: int = _count("17", "the export is a file of 0 bytes")
    truncated_file: int = _count("18", "the export lacks its second half, in a valid HTTP response")
    html_instead_of_pdf: int = _count("19", "the export answers with an HTML page")
    html_as_pdf: int = _count("19", "the export's file is named PDF and contains HTML")
    cut_download: int = _count("32", "the connection is cut in the middle of the file")
    download_stalls: float = _seconds("32", "nothing more comes for this long in the middle of the file")

    # --- the report
    pages_per_group: int = _number("22", "pages that one set of rows is spread over", 8, bounds=(1, 12))
    extra_columns: int = _number("22", "columns more than the known 26", bounds=(0, 6))
    extra_columns_named: bool = _flag("43", "six more columns by their names, EXCLUSIVACTIVE and others")
    identifier_style: str = _choice(
        "24", "how an ID is grouped", "culture", "dot", "comma", "plain", default="culture"
    )
    negative_style: str = _choice(
        "40", "how amounts below zero are printed", "minus", "brackets", "trailing", default="minus"
    )
    future_orders: int = _number("41", "this many customers have a last order in the future")
    customers_missing: float = _switch(
        "share", 0.0, "25", "customers not in the list: a share below 1, else a number"
    )
    other_account_rights: float = _share("25", "the account sees only this share of the customers; 0 is all")
    rows_lost: int = _number("25", "rows of the grid that the report lacks, footer agreeing")
    no_footer: bool = _flag("23", "the report has no totals")
    no_rows: bool = _flag("31", "the report has headers and no rows")

    # --- the network
    bad_gateway: int = _count("28", "502 with IIS's page")
    service_unavailable: int = _count("28", "503 with IIS's page")
    connection_refused: float = _seconds("28", "nothing listens for this long")
    connection_reset: int = _count("28", "the connection is reset instead of an answer")
    connections_time_out: bool = _flag("42", "connections are neither accepted nor refused")

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._watchers: dict[str, Callable[[Any], None]] = {}

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        switch = SWITCHES.get(name)
        if switch is None:
            raise AttributeError(f"no such fault: {name}")
        object.__setattr__(self, name, _checked(switch, value))
        watcher = self.__dict__.get("_watchers", {}).get(name)
        if watcher:
            watcher(getattr(self, name))

    def watch(self, name: str, watcher: Callable[[Any], None]) -> None:
        """Call ``watcher`` with each value that ``name`` is set to."""
        self._watchers[name] = watcher

    def take(self, name: str) -> bool:
        """Tell whether a counted fault occurs now, and count it."""
        with self._lock:
            times_left = int(getattr(self, name))
            if times_left > 0:
                setattr(self, name, times_left - 1)
            return times_left != 0

    def set_from_text(self, assignment: str) -> None:
        """Set ``name`` or ``name=value``, the name with hyphens.

        Raises: UnknownFault, if the switch does not exist or can't take the value.
        """
        name, _, text = assignment.partition("=")
        switch = SWITCHES.get(attribute_name(name))
        if switch is None:
            raise UnknownFault(f"no such fault: {name}")
        setattr(self, switch.name, _parsed(switch, text))

    def clear(self, name: str | None = None) -> None:
        """Turn off one switch, or all of them.

        Raises: UnknownFault.
        """
        names = list(SWITCHES) if name is None else [attribute_name(name)]
        for each in names:
            if each not in SWITCHES:
                raise UnknownFault(f"no such fault: {name}")
            setattr(self, each, SWITCHES[each].default)

    def active(self) -> dict[str, object]:
        """Return the switches that differ from their defaults, by their names on the command line."""
        return {
            spoken_name(name): getattr(self, name)
            for name, switch in SWITCHES.items()
            if getattr(self, name) != switch.default
        }


SWITCHES: dict[str, Field[Any]] = {each.name: each for each in fields(Faults)}


def spoken_name(name: str) -> str:
    return name.replace("_", "-")


def attribute_name(name: str) -> str:
    return name.strip().replace("-", "_")


def _checked(switch: Field[Any], value: object) -> object:
    """Return ``value`` in the switch's type; an ``int`` is accepted as ``float``."""
    kind, choices = switch.metadata["kind"], switch.metadata["choices"]
    wanted = type_of_kind[kind]
    if wanted is float and isinstance(value, int):
        value = float(value)
    if not isinstance(value, wanted):
        raise UnknownFault(f"{spoken_name(switch.name)} takes a {kind}, not {value!r}")
    if choices and value not in (*choices, switch.default):
        raise UnknownFault(f"{spoken_name(switch.name)} is one of {', '.join(choices)}, not {value!r}")
    low, high = switch.metadata["bounds"]
    if isinstance(value, int | float) and not low <= value <= high:
        raise UnknownFault(f"{spoken_name(switch.name)} is {low} to {high:g}, not {value!r}")
    return value


def _parsed(switch: Field[Any], text: str) -> object:
    kind = switch.metadata["kind"]
    if kind == "flag" and text.lower() in {"", "1", "on", "yes", "true"}:
        return True
    if kind == "flag" and text.lower() in {"0", "off", "no", "false"}:
        return False
    if kind == "count" and text.lower() in {"", "always"}:
        return ALWAYS
    try:
        return {"count": int, "number": int, "seconds": float, "share": float}.get(kind, str)(text)
    except ValueError:
        raise UnknownFault(f"{spoken_name(switch.name)} takes a {kind}, not {text!r}") from None
