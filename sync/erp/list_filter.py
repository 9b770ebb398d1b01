"""Set the customer list's filter, a drop-down list in the toolbar, to "all", and check it.

The ERP stores the filter per user, and a person with the same account may change it. A narrower filter
exports fewer rows with a matching footer, so no later check would notice.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator

from customers.erp_list.message import Message
from customers.erp_list.message import gettext_noop as _
from sync.erp import markup
from sync.erp.list_state import Combo, ListState
from sync.erp.page import ErpPage
from sync.erp.page_state import is_same_label, label_text
from sync.errors import ErpTimeout, FilterNotAll

_CALL_TIMEOUT_MS = 5000
_LIST_WAIT_S = 20.0
_CHOICES = 2

Reopen = Callable[[], ListState]


def select_all(erp: ErpPage, state: ListState, reopen: Reopen) -> ListState:
    """Choose "all" unless it is chosen already, and return the reloaded list.

    Raises: FilterNotAll, naming what the drop-down lists show instead.
    """
    for _choice in range(_CHOICES):
        if state.filter_is_all:
            return state
        if not choose(erp, state, markup.ALL_LABELS):
            break
        state = reopen()
    refuse_narrow_filter(state)
    return state


def choose(erp: ErpPage, state: ListState, labels: frozenset[str]) -> bool:
    """Choose an item of the filter by its text; return false if no drop-down list has it.

    A list that shows none of the known kinds of customers must offer one of them too: otherwise it may be the
    list of views, which must not be changed.
    """
    visible = [each for each in state.combos if each.visible]
    likely = [each for each in visible if each.is_filter]
    others = [each for each in visible if not each.is_filter]
    return any(_choose_in(erp, each, labels, anyway=True) for each in likely) or any(
        _choose_in(erp, each, labels, anyway=False) for each in others
    )


def refuse_narrow_filter(state: ListState) -> None:
    """Raises: FilterNotAll, unless exactly one drop-down list of the toolbar says "all"."""
    if state.filter_is_all:
        return
    labels = [f"'{label_text(each.text)}'" for each in state.combos]
    shown = labels or Message(_("no drop-down list at all"))
    kinds = [each for each in state.combos if each.is_filter and each.visible]
    if len(kinds) > 1:
        text = _("the list has more than one filter, the toolbar shows %(shown)s")
    else:
        text = _("the list's filter is not 'Tutti i clienti', the toolbar shows %(shown)s")
    raise FilterNotAll(text, shown=shown)


def _choose_in(erp: ErpPage, combo: Combo, labels: frozenset[str], *, anyway: bool) -> bool:
    prefix = combo.id.removesuffix("_I")
    erp.press(_opener(erp, combo, prefix))
    item = _await_item(erp, prefix, labels, anyway=anyway)
    if item is None:
        erp.page.keyboard.press("Escape")
        return False
    erp.traffic.forget()
    erp.press(item)
    _await_end(erp)
    return True


def open_drop_down(erp: ErpPage, combo: Combo) -> list[str]:
    """Open a drop-down list, close it again, and return the texts that it shows."""
    prefix = combo.id.removesuffix("_I")
    erp.press(_opener(erp, combo, prefix))
    _await_item(erp, prefix, markup.ALL_LABELS, anyway=False)
    rows = erp.page.locator(f"[id^='{prefix}{markup.COMBO_LIST}'] [id*='{markup.COMBO_ITEM}']").all()
    texts = [
        label_text(each.text_content(timeout=_CALL_TIMEOUT_MS) or "") for each in rows if each.is_visible()
    ]
    erp.page.keyboard.press("Escape")
    erp.settle(erp.config.page_timeout_s, _("closing the list"))
    return list(dict.fromkeys(filter(None, texts)))


def _opener(erp: ErpPage, combo: Combo, prefix: str) -> Locator:
    """Return the visible button that opens the list, or the input itself if there is none."""
    buttons = erp.page.locator(f"[id^='{prefix}{markup.COMBO_BUTTON}']").all()
    return next((each for each in buttons if each.is_visible()), erp.page.locator(f"[id='{combo.id}']"))


def _await_item(erp: ErpPage, prefix: str, labels: frozenset[str], *, anyway: bool) -> Locator | None:
    """Return the item with one of these texts; without ``anyway``, only if the list has a known kind too."""
    items = erp.page.locator(
        f"[id^='{prefix}{markup.COMBO_LIST}'] td, [id^='{prefix}{markup.COMBO_LIST}'] li"
    )
    first_seen_s: float | None = None

    def found() -> Locator | bool | None:
        nonlocal first_seen_s
        try:
            texts = {
                each: each.text_content(timeout=_CALL_TIMEOUT_MS) or ""
                for each in items.all()
                if each.is_visible()
            }
        except PlaywrightError:
            return None  # the list is being redrawn
        matches = [each for each in texts if is_same_label(texts[each], labels)]
        if matches and (anyway or any(is_same_label(text, markup.NARROW_LABELS) for text in texts.values())):
            return matches[-1]  # of nested cells, the inner one
        if first_seen_s is None and any(text.strip() for text in texts.values()):
            first_seen_s = time.monotonic()
        is_late = first_seen_s and time.monotonic() - first_seen_s > erp.config.further_items_s
        return False if is_late else None

    try:
        item = erp.until(found, min(_LIST_WAIT_S, erp.config.page_timeout_s), _("the filter's list"))
    except ErpTimeout:
        return None
    return item if isinstance(item, Locator) else None


def _await_end(erp: ErpPage) -> None:
    """Wait for the choice's response, and for the page that it may navigate to."""
    settled = erp.settle(erp.config.page_timeout_s, _("the filter's callback"))
    erp.refuse_broken(settled)
    end_s = time.monotonic() + erp.config.navigation_wait_s
    erp.until(
        lambda: True if erp.traffic.documents or time.monotonic() >= end_s else None,
        erp.config.page_timeout_s,
        _("the filter's page"),
    )
    erp.refuse_broken(erp.settle(erp.config.page_timeout_s, _("the filter's page")))
