"""The state of an ERP page, read in one call: which page it is, and whether it is idle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from customers.erp_list.message import storable
from sync.erp import markup

_SCRIPTS = Path(__file__).parent / "js"


def page_script(name: str, argument: str = "markup") -> str:
    """Return a script of ``js/`` as a JavaScript function of the page and one argument."""
    body = "".join((_SCRIPTS / each).read_text(encoding="utf-8") for each in ("shared.js", name))
    return f"(html, {argument}) => {{\n{body}}}"


# One expression, so that a look costs one round trip. A loading panel or a control in a callback means busy.
STATE_SCRIPT = page_script("page_state.js")
STATE_MARKUP = {
    "loadingPanels": markup.LOADING_PANELS,
    "toolbar": markup.TOOLBAR_ID,
    "grid": markup.GRID_ID,
    "passwordField": markup.PASSWORD_FIELD,
    "errorBox": markup.ERROR_BOX,
    "loginMessage": markup.LOGIN_MESSAGE,
    "banner": markup.BANNER_TEXT,
}


@dataclass(frozen=True)
class Look:
    """A function of the page and ``markup`` that is called once the page is idle, in the same moment."""

    script: str
    markup: Mapping[str, Any]

    @cached_property
    def idle_script(self) -> str:
        """The script that waits until the page is idle."""
        waits = (_SCRIPTS / "idle_state.js").read_text(encoding="utf-8")
        return (
            "async (html, { markup, thenMarkup, idleMs, mostMs }) => {\n"
            f"const look = {STATE_SCRIPT};\nconst then = {self.script};\n{waits}}}"
        )


NO_LOOK = Look("() => null", {})


@dataclass(frozen=True)
class PageState:
    """The page at one moment; only visible texts. ``then`` is what a `Look` answered in that moment."""

    address: str
    loaded: bool
    busy: bool
    title: str
    has_toolbar: bool
    has_grid: bool
    password_fields: int
    error_box: str
    login_message: str
    banner: bool
    words: str
    then: Any = None

    @classmethod
    def of(cls, seen: dict[str, Any], then: Any = None) -> PageState:
        return cls(
            address=seen["address"],
            loaded=seen["loaded"],
            busy=seen["busy"],
            title=seen["title"],
            has_toolbar=seen["hasToolbar"],
            has_grid=seen["hasGrid"],
            password_fields=seen["passwordFields"],
            error_box=seen["errorBox"],
            login_message=seen["loginMessage"],
            banner=seen["banner"],
            words=seen["words"],
            then=then,
        )

    @property
    def path(self) -> str:
        return urlsplit(self.address).path

    @property
    def is_web_page(self) -> bool:
        """False for the browser's own error page."""
        return self.address.startswith(("http://", "https://"))

    @property
    def idle(self) -> bool:
        return self.loaded and not self.busy

    @property
    def is_login(self) -> bool:
        return is_login_path(self.path)

    @property
    def is_error(self) -> bool:
        return self.path.lower().endswith(markup.ERROR_PATH.lower())

    @property
    def is_customer_list(self) -> bool:
        return f"{self.path.rstrip('/')}/".lower().endswith(markup.CUSTOMER_LIST_PATH.lower())


def is_login_path(path: str) -> bool:
    """Tell whether a URL's path is the login page's; the query does not count, since it names other pages."""
    return path.lower().endswith(markup.LOGIN_PATH.lower())


def one_line(text: str, *, most: int = 160) -> str:
    """Return a page's text as one short line, which can be stored."""
    line = " ".join(storable(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def label_text(text: str) -> str:
    """Return a label once: a toolbar's link contains its label twice (``Esportare inEsportare in``)."""
    line = " ".join(text.split())
    half, odd = divmod(len(line), 2)
    if line and not odd and line[:half] == line[half:]:
        return line[:half]
    if odd and line[half] == " " and line[:half] == line[half + 1 :]:
        return line[:half]
    return line


def is_same_label(text: str, labels: frozenset[str]) -> bool:
    """Compare a label with known ones, ignoring case, whitespace and repetition."""
    return label_text(text).lower() in labels
