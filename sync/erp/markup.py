"""The paths, ids, classes and labels of the ERP's pages.

docs/erp.md lists each of them, with how it is known (captured, reported, assumed) and what the client does if
the page differs; a test compares the two.
"""

from __future__ import annotations

import re

CUSTOMER_LIST_PATH = "/CUSTTABLE_ListView_Agent/"
LOGIN_PATH = "/Login.aspx"
ERROR_PATH = "/Error.aspx"
# Requests that a page sends on its own: scripts, and a keep-alive every five minutes (DXX.axd).
HANDLER_SUFFIX = ".axd"

# --- the login page

PASSWORD_FIELD = "input[type=password]"  # noqa: S105 - a selector
USER_NAME_FIELD = (
    "input[type=text][id*='UserName'], input[type=text][name*='UserName'], "
    "input:not([type])[id*='UserName'], input:not([type])[name*='UserName']"
)
# A link in the page's header has "logo" in its id, so a search for "log" would find it.
LOGIN_BUTTON = "a[id^='Logon'], input[type=submit], button"
LOGIN_MENU = "Logon_PopupActions"
LOGIN_LABELS = frozenset({"accedi", "log in", "login", "log on", "logon"})
LOGIN_MESSAGE = "#Logon_ErrorInfo"

# --- every page

ERROR_BOX = "#Vertical_ErrorInfo"
# In English in both languages.
BANNER_TEXT = "Requested objects cannot be loaded"
LOADING_PANELS = '[class*="LoadingPanel"], [id*="LPV"], .dxlp'

# --- the list page

# Only noted: whether the language is right is decided by the exported file's captions.
ITALIAN_TITLE = "Clienti"
TOOLBAR_ID = "Vertical_mainMenu_Menu"
TOOLBAR_ITEM_ID = "Vertical_mainMenu_Menu_DXI"
TOOLBAR_OVERFLOW_ID = "Vertical_mainMenu_Menu_DXM"
TOOLBAR_EDITOR_ID = "Vertical_mainMenu_Menu_ITCNT"
EXPORT_TITLE = re.compile(r"^\s*(Esportare in|Export to) PDF", re.I)
EXPORT_LABELS = frozenset({"esportare in", "export to"})
COMBO_CLASS = "SingleChoiceActionItemEditor"
COMBO_TEXT_SUFFIX = "_Cb_I"
# A hidden button (`_B-100`) can come before the one that opens the list (`_B-1`).
COMBO_BUTTON = "_B-"
COMBO_LIST = "_DDD"
COMBO_ITEM = "_LBI"
ALL_LABELS = frozenset({"tutti i clienti", "all customers"})
NARROW_LABELS = frozenset({"clienti esclusivi", "clienti liberi", "exclusive customers", "free customers"})

# The first and last number say as which of its views the session opened this one, from 1; the middle one is
# new at every visit.
GRID_ID = r"^Vertical_v\d+_\d+_LE_v\d+$"
DATA_ROW = "_DXDataRow"
HEADER_ROW = "_DXHeadersRow0"
PAGER = "_DXPagerBottom"
PAGE_NUMBER_CLASS = "dxp-num"
PAGE_SIZE_LIST = "_PSP"
PAGE_SIZE_FIELD = "_PSI"

# --- the grid's own filters

FILTER_ROW_EDITOR = "DXFREditorcol"
FILTER_BAR = "_DXFilterBar"
FILTER_BAR_CLEAR_CLASS = "FilterBarClear"
# The text of an always visible bar while no filter is set.
FILTER_BAR_EMPTY = r"^(crea (un )?filtro|create filter)$"
HEADER_FILTER_CLASS = "HeaderFilterActive"
SEARCH_BOXES = 'input[id^="Vertical_SearchAC_Menu_ITCNT"], input[id$="_DXSE_I"]'
# An empty editor shows a hint as its value and has this class; an empty list in the filter row shows "(all)".
HINT_CLASS = "dxh0"
HINTS = frozenset(
    {
        "inserire testo di ricerca",
        "enter text to search",
        "enter text to search...",
        "(all)",
        "(tutti)",
        "(tutto)",
    }
)
