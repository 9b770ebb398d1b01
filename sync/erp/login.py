"""Log in, once."""

from __future__ import annotations

import re

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator

from sync.erp.page import ErpPage
from sync.erp.sight import Sight, one_line, undoubled
from sync.errors import ErpPageBroken, LoginBlocked, LoginRejected

# Source: the button's label in the two languages. A link of the page's header has "logo" in its id, and a
# search on "log" would press it.
LOGIN_LABELS = frozenset({"accedi", "log in"})
_PASSWORD = "input[type=password]"  # noqa: S105 - a selector
_USER_NAME = (
    "input[type=text][id*='UserName'], input[type=text][name*='UserName'], "
    "input:not([type])[id*='UserName'], input:not([type])[name*='UserName']"
)
_BUTTON = "a[id^='Logon'][id$='_T'], a[id^='Logon'], input[type=submit], button"
# The wording of neither message is known: a block is told from a wrong password by these.
_BLOCK_WORDS = re.compile(
    r"blocc|block|sospes|suspend|disabilitat|disabled|troppi|too many|superat|exceed", re.I
)


def log_in(erp: ErpPage, sight: Sight) -> Sight:
    """Fill in the login page, which is shown, and return what the ERP shows once it has let us in.

    Raises: LoginRejected, LoginBlocked, ErpPageBroken, ErpTimeout.
    """
    _refuse_block(sight)
    user_name, password, button = _user_name(erp, sight), _field(erp, _PASSWORD), _button(erp)
    _type(user_name, erp.config.username, erp)
    _type(password, erp.config.password, erp)
    erp.traffic.forget()
    erp.press(button)
    erp.until(lambda: _outcome(erp), erp.config.login_timeout_s, "the login")
    return erp.settle(erp.config.page_timeout_s, "the first page after the login")


def _outcome(erp: ErpPage) -> bool | None:
    """Return true once the path is another page's; none while the ERP is still thinking."""
    sight = erp.look()
    if sight is not None and not sight.is_login:
        return True
    if sight is None or not sight.idle:
        return None
    if sight.login_message:
        raise _refusal(sight.login_message, erp.config.password)
    if erp.traffic.documents:
        # A new login page without a word of why. Whatever it means, trying on is what gets hosts blocked.
        raise LoginRejected("the ERP shows the login page again, without a reason")
    return None


def _refusal(message: str, password: str) -> LoginRejected | LoginBlocked:
    said = one_line(message.replace(password, "***"))
    if _BLOCK_WORDS.search(message):
        return LoginBlocked(f"the ERP refuses to log in: {said}")
    return LoginRejected(f"the ERP refuses this user name or password: {said}")


def _refuse_block(sight: Sight) -> None:
    if sight.login_message:
        raise LoginBlocked(f"the ERP's login page already shows: {one_line(sight.login_message)}")
    if not sight.password_fields and _BLOCK_WORDS.search(sight.words):
        raise LoginBlocked(f"the ERP shows no login, but: {one_line(sight.words)}")


def _user_name(erp: ErpPage, sight: Sight) -> Locator:
    if sight.password_fields != 1:
        raise ErpPageBroken(f"the login page has {sight.password_fields} password fields instead of one")
    return _field(erp, _USER_NAME)


def _field(erp: ErpPage, selector: str) -> Locator:
    visible = [each for each in erp.page.locator(selector).all() if each.is_visible()]
    if not visible:
        raise ErpPageBroken("the login page lacks a field for the user name or the password")
    return visible[0]


def _button(erp: ErpPage) -> Locator:
    for candidate in erp.page.locator(_BUTTON).all():
        label = undoubled(candidate.text_content() or candidate.get_attribute("value") or "")
        if label.lower() in LOGIN_LABELS and candidate.is_visible():
            return candidate
    raise ErpPageBroken("the login page has no button 'Accedi' or 'Log In'")


def _type(entry: Locator, text: str, erp: ErpPage) -> None:
    """Type like a person: the ERP fills in the last user's name, and its editors listen to keys."""
    try:
        entry.fill("")
        entry.press_sequentially(text)
        entered = entry.input_value()
    except PlaywrightError:
        # Not chained: Playwright's message repeats what was to be typed.
        raise ErpPageBroken("the login page's fields could not be filled in") from None
    if entered != text:
        raise ErpPageBroken("the login page's fields do not take what is typed")
