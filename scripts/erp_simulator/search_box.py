"""The search box above a list; its text filters the list and is stored."""

from __future__ import annotations

from html import escape

from scripts.erp_simulator.labels import Labels

NAME = "Vertical_SearchAC_Menu_ITCNT0_xaf_a1_Ed"


def render(labels: Labels, text: str) -> str:
    """Return the box; an empty one has its null text as its value, marked by a class."""
    css = "dxeEditArea_XafTheme dxeEditAreaSys" + ("" if text else " dxh0")
    clear = "" if text else ' style="display:none"'
    return (
        f'<table id="{NAME}" class="dxeButtonEdit_XafTheme dxeButtonEditSys" cellspacing="0"><tr>'
        f'<td class="dxic"><input id="{NAME}_I" class="{css}" type="text" name="{NAME.replace("_", "$")}" '
        f'value="{escape(text or labels.search_null_text)}" autocomplete="off"></td>'
        f'<td id="{NAME}_B-100" class="dxeButton dxeButtonEditClearButton_XafTheme"{clear}>'
        '<span class="dxEditors_edtClear_XafTheme">×</span></td>'
        f'<td id="{NAME}_B0" class="dxeButton dxeButtonEditButton_XafTheme"><span class="dx-vam">⌕</span>'
        "</td></tr></table>"
    )
