"""Bring the customer list's filter to "all", and see that it is there.

The ERP remembers the filter per user, and a person with the same account changes it. A narrower one exports
fewer rows with a footer that agrees, so nothing after the export would notice.
"""

from __future__ import annotations

import re

from playwright.sync_api import Locator

from sync.erp.page import ErpPage
from sync.errors import ErpTimeout, FilterNotAll

ALL_LABELS = frozenset({"tutti i clienti", "all customers"})
# The toolbar has more than one combo; their numbers drift, so the filter's is the one that offers "all".
_COMBO = "#Vertical_mainMenu_Menu .SingleChoiceActionItemEditor input[id$='_Cb_I']"
_ANY_COMBO = "#Vertical_mainMenu_Menu input[id$='_Cb_I']"
_CUSTOMER_WORDS = re.compile(r"client|customer", re.I)
_CALL_TIMEOUT_MS = 5000


def is_all(label: str) -> bool:
    return " ".join(label.split()).lower() in ALL_LABELS


def select_all(erp: ErpPage) -> bool:
    """Select "all" if it is not; return whether it had to be.

    Raises: FilterNotAll, naming what the combos show instead.
    """
    if filter_is_all(erp):
        return False
    for combo in sorted(_combos(erp), key=_is_of_something_else):
        if _choose_all(erp, combo):
            break
    if not filter_is_all(erp):
        raise FilterNotAll(f"the list's filter can't be brought to 'Tutti i clienti', it shows {_shown(erp)}")
    return True


def filter_is_all(erp: ErpPage) -> bool:
    return any(is_all(value) for value in _values(erp))


def refuse_narrow_filter(erp: ErpPage) -> None:
    """Raises: FilterNotAll, if the filter is not "all" (any more)."""
    if not filter_is_all(erp):
        raise FilterNotAll(f"the list's filter went back to {_shown(erp)} before the export")


def _choose_all(erp: ErpPage, combo: Locator) -> bool:
    """Open the combo and choose "all" by its text; return false if it has no such item."""
    drop_down = combo.get_attribute("id", timeout=_CALL_TIMEOUT_MS) or ""
    prefix = drop_down.removesuffix("_I")
    erp.press(erp.page.locator(f"[id^='{prefix}_B']").first)
    items = erp.page.locator(
        f"[id^='{prefix}_DDD'] .dxeListBoxItem_XafTheme, [id^='{prefix}_DDD'] td[id*='_LBI']"
    )
    try:
        erp.until(lambda: items.first.is_visible() or None, erp.config.banner_wait_s, "the filter's list")
    except ErpTimeout:
        return False
    for item in items.all():
        if item.is_visible() and is_all(item.text_content(timeout=_CALL_TIMEOUT_MS) or ""):
            erp.press(item)
            erp.refuse_broken(erp.settle(erp.config.page_timeout_s, "the filter's callback"))
            return True
    erp.page.keyboard.press("Escape")
    return False


def _is_of_something_else(combo: Locator) -> bool:
    """Say whether a combo shows no kind of customers, so that the likely one is opened first."""
    return not _CUSTOMER_WORDS.search(combo.input_value(timeout=_CALL_TIMEOUT_MS))


def _combos(erp: ErpPage) -> list[Locator]:
    return erp.page.locator(_COMBO).all() or erp.page.locator(_ANY_COMBO).all()


def _values(erp: ErpPage) -> list[str]:
    return [combo.input_value(timeout=_CALL_TIMEOUT_MS) for combo in _combos(erp)]


def _shown(erp: ErpPage) -> str:
    return ", ".join(f"'{value}'" for value in _values(erp)) or "no filter at all"
