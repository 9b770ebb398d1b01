"""Log in: the button is pressed once per run, and the outcome is final.

The ERP's operator blocks hosts that log in too often, so a login is never retried after the press.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator

from customers.erp_list.message import Message, message
from customers.erp_list.message import gettext_noop as _
from sync.erp import markup
from sync.erp.page import ErpPage
from sync.erp.page_state import PageState, is_same_label, label_text, one_line
from sync.erp.translation import erp_errors
from sync.errors import (
    BrowserCrashed,
    ErpError,
    ErpPageBroken,
    LoginBlocked,
    LoginRejected,
    LoginUnknown,
    SessionLost,
)

# The exact messages are not known. These words distinguish a block from a wrong password.
_BLOCK_WORDS = re.compile(
    r"blocc|block|sospes|suspend|disabilitat|disabled|troppi|too many|superat|exceed", re.I
)
# Source: when an animation ends, the focus moves to the button; how long it takes is not known.
_FOCUS_WAIT_S = 1.5
_TYPING_TRIES = 4


@dataclass
class SingleLogin:
    """Allows one press of the login button per run, over all its attempts."""

    used: bool = False


def log_in(erp: ErpPage, state: PageState, single: SingleLogin) -> None:
    """Fill in the open login page and press its button; return when the login has succeeded.

    If the login succeeds but the next page fails to load, that page's error is raised.

    Raises: SessionLost, if this run has logged in before; LoginRejected, LoginBlocked or LoginUnknown after
    the press; ErpPageBroken or ErpTimeout before it.
    """
    if single.used:
        raise SessionLost(_("the session ended after this run's login, and a run logs in once"))
    if not state.is_login:
        raise ErpPageBroken(_("the ERP shows %(path)s instead of its login page"), path=state.path)
    _refuse_block(state)
    user_name, password, button = find_fields(erp)
    _await_focus(erp)
    _fill_in(erp, user_name, password)
    erp.await_free(button)
    erp.traffic.forget()
    single.used = True
    try:
        with erp_errors():
            erp.click(button)
            erp.until(_Watch(erp).outcome, erp.config.login_timeout_s, _("the login"))
    except (LoginRejected, LoginBlocked):
        raise
    except ErpError as exc:
        if erp.traffic.led_beyond_login and not isinstance(exc, BrowserCrashed):
            raise
        raise _unknown(exc.text, is_asked=erp.traffic.posts > 0) from exc


def find_fields(erp: ErpPage) -> tuple[Locator, Locator, Locator]:
    """Return the login page's user field, password field and button.

    Raises: ErpPageBroken, for each of them that is not there or is there twice.
    """
    return (
        _only(erp, _("user field"), markup.USER_NAME_FIELD, _visible(erp, markup.USER_NAME_FIELD)),
        _only(erp, _("password field"), markup.PASSWORD_FIELD, _visible(erp, markup.PASSWORD_FIELD)),
        _only(erp, _("button 'Accedi' or 'Log In'"), markup.LOGIN_BUTTON, _buttons(erp)),
    )


class _Watch:
    """Decides, at each poll, the outcome of the press."""

    def __init__(self, erp: ErpPage) -> None:
        self._erp = erp
        self._answered_s: float | None = None

    def outcome(self) -> bool | None:
        """Return True once another page is shown, None while the login is pending."""
        state = self._erp.look()
        if state is None or not state.is_web_page:
            return None
        if not state.is_login:
            return True
        traffic = self._erp.traffic
        is_answered = not traffic.is_waiting and bool(traffic.posts or traffic.documents)
        if is_answered and state.login_message:
            raise _refusal(state.login_message, self._erp.config.password)
        if not is_answered or not state.idle:
            self._answered_s = None
            return None
        self._answered_s = self._answered_s or time.monotonic()
        if time.monotonic() - self._answered_s >= self._erp.config.silent_login_s:
            raise LoginRejected(
                _("the ERP answered the login and still shows the login page, without a reason")
            )
        return None


def _unknown(reason: Message, *, is_asked: bool) -> LoginUnknown:
    if not is_asked:
        reason = message(_("%(reason)s; the press sent no request"), reason=reason)
    return LoginUnknown(
        _(
            "the login button was pressed, but the outcome is not known: %(reason)s. "
            "Check in a browser whether this account can log in, then resume the schedule"
        ),
        reason=reason,
    )


def _refusal(shown: str, password: str) -> LoginRejected | LoginBlocked:
    said = one_line(shown.replace(password, "***"))
    if _BLOCK_WORDS.search(shown):
        return LoginBlocked(_("the ERP refuses to log in: %(said)s"), said=said)
    return LoginRejected(_("the ERP refuses this user name or password: %(said)s"), said=said)


def _refuse_block(state: PageState) -> None:
    if _BLOCK_WORDS.search(state.login_message):
        said = one_line(state.login_message)
        raise LoginBlocked(_("the ERP's login page already shows: %(said)s"), said=said)
    if not state.password_fields and _BLOCK_WORDS.search(state.words):
        raise LoginBlocked(_("the ERP shows no login, but: %(said)s"), said=one_line(state.words))


def _visible(erp: ErpPage, selector: str) -> list[Locator]:
    return [each for each in erp.page.locator(selector).all() if each.is_visible()]


def _buttons(erp: ErpPage) -> list[Locator]:
    """Return the buttons with a known label; if there is none, the links of the login menu."""
    visible = _visible(erp, markup.LOGIN_BUTTON)
    labelled = [each for each in visible if is_same_label(_label(each), markup.LOGIN_LABELS)]
    return labelled or [
        each for each in visible if (each.get_attribute("id") or "").startswith(markup.LOGIN_MENU)
    ]


def _label(button: Locator) -> str:
    return button.text_content() or button.get_attribute("value") or ""


def _only(erp: ErpPage, what: str, selector: str, found: list[Locator]) -> Locator:
    if len(found) == 1:
        return found[0]
    if found:
        raise ErpPageBroken(
            _("the login page has %(count)s of its %(what)s instead of one: %(ids)s"),
            count=len(found),
            what=Message(what),
            ids=[each.get_attribute("id") or Message(_("(no id)")) for each in found],
        )
    links = [f"“{one_line(label_text(_label(each)), most=40)}”" for each in _visible(erp, "a, button")[:10]]
    raise ErpPageBroken(
        _("the login page has no %(what)s (%(selector)s); links and buttons there: %(links)s"),
        what=Message(what),
        selector=selector,
        links=links,
    )


def _await_focus(erp: ErpPage) -> None:
    """Wait for the page to move its focus to the button: keys typed before that are lost."""
    script = (
        "(html, menu) => Boolean(document.activeElement && document.activeElement.closest(`[id^='${menu}']`))"
    )
    end_s = time.monotonic() + _FOCUS_WAIT_S

    def has_moved() -> bool | None:
        moved = erp.page.locator("html").evaluate(script, markup.LOGIN_MENU)
        return True if moved or time.monotonic() >= end_s else None

    erp.until(has_moved, erp.config.page_timeout_s, _("the login page's focus"))


def _fill_in(erp: ErpPage, user_name: Locator, password: Locator) -> None:
    """Type both, and again if the page lost keys."""
    wanted = (erp.config.username, erp.config.password)
    try:
        for _try in range(_TYPING_TRIES):
            _type(erp, user_name, wanted[0])
            _type(erp, password, wanted[1])
            if (user_name.input_value(), password.input_value()) == wanted:
                return
            erp.pause(erp.config.poll_s * 5)
    except PlaywrightError:
        # Not chained: Playwright's message contains the text to type.
        raise ErpPageBroken(_("the login page's fields could not be filled in")) from None
    raise ErpPageBroken(_("the login page's fields do not keep what is typed"))


def _type(erp: ErpPage, field: Locator, text: str) -> None:
    """Type key by key, since the ERP's editors listen to keys.

    Blanks are inserted as text: as a key, a blank would press the button if that has the focus.
    """
    field.select_text()
    field.press("Delete")
    for piece in re.findall(r"\s+|\S+", text):
        if piece.isspace():
            erp.page.keyboard.insert_text(piece)
        else:
            field.press_sequentially(piece)
    field.press("End")
