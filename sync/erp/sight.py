"""What a page of the ERP shows at one moment, read in a single look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

# Source: the ERP says this in English in both languages.
BANNER_TEXT = "Requested objects cannot be loaded"

# One expression, so that a poll costs one round trip. A loading panel or a control in a callback means busy.
# `InCallback` is asked of every DevExpress control that the page knows; a control may be half made yet.
LOOK_SCRIPT = """(html, bannerText) => {
  const shown = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 0 && box.height > 0 && style.visibility !== 'hidden' && style.opacity !== '0';
  };
  const any = (selector) => [...document.querySelectorAll(selector)].some(shown);
  const text = (selector) => [...document.querySelectorAll(selector)].filter(shown)
    .map((element) => element.innerText.trim()).filter(Boolean).join(' ');
  const controls = [];
  if (window.globalCallbackControl) controls.push(window.globalCallbackControl);
  const collection = window.ASPxClientControl && ASPxClientControl.GetControlCollection
    && ASPxClientControl.GetControlCollection();
  if (collection && collection.elements) controls.push(...Object.values(collection.elements));
  const inCallback = controls.some((control) => {
    try { return control && typeof control.InCallback === 'function' && control.InCallback(); }
    catch { return false; }
  });
  const body = document.body ? document.body.innerText : '';
  return {
    address: location.href,
    loaded: document.readyState === 'complete',
    busy: inCallback || any('[id*="LPV"], .dxlp, .dxlpLoadingPanel'),
    title: document.title,
    hasToolbar: document.querySelector('#Vertical_mainMenu_Menu') !== null,
    hasGrid: document.querySelector('table[id$="_LE_v2"]') !== null,
    passwordFields: document.querySelectorAll('input[type=password]').length,
    errorBox: text('#Vertical_ErrorInfo'),
    loginMessage: text('.dxeErrorCell'),
    banner: body.includes(bannerText),
    words: body.slice(0, 2000),
  };
}"""


@dataclass(frozen=True)
class Sight:
    """The page at one moment; texts are what a person sees of it."""

    path: str
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

    @classmethod
    def of(cls, seen: dict[str, Any]) -> Sight:
        return cls(
            path=urlsplit(seen["address"]).path,
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
        )

    @property
    def idle(self) -> bool:
        return self.loaded and not self.busy

    @property
    def is_login(self) -> bool:
        return is_login_path(self.path)

    @property
    def is_error(self) -> bool:
        return self.path.lower().endswith("/error.aspx")


def is_login_path(path: str) -> bool:
    """Say whether a URL's path is the login page's; the query is no evidence, it names other pages."""
    return path.lower().endswith("/login.aspx")


def one_line(text: str, *, most: int = 160) -> str:
    """Return a page's text as one short line, for a message."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def undoubled(text: str) -> str:
    """Return a label once: the toolbar's links carry their label in two spans."""
    line = " ".join(text.split())
    half, odd = divmod(len(line), 2)
    if line and not odd and line[:half] == line[half:]:
        return line[:half]
    if odd and line[half] == " " and line[:half] == line[half + 1 :]:
        return line[:half]
    return line
