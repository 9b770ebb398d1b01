"""The list page's toolbar, in the DOM that the ERP's menu control renders."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from scripts.erp_simulator.labels import FilterName, Labels

MENU = "Vertical_mainMenu_Menu"
# Source: 0 new, 1 edit, 2 refresh, 3 reset, 4 views, 5 message, 6 export, 7 filter, 8 hidden items.
EXPORT_INDEX = 6
FILTER_INDEX = 7

value_of_filter: dict[FilterName, str] = {
    "all": "All_Customers",
    "exclusive": "Exclusive_Customers",
    "free": "Free_Customers",
}


@dataclass(frozen=True)
class Item:
    """A button; an empty ``text`` with ``editor`` is a template item such as a combo."""

    text: str
    title: str = ""
    action: str = ""
    css: str = ""
    disabled: bool = False
    hidden: bool = False
    editor: str = ""


def filter_value(name: FilterName, prefix: int) -> str:
    return f"xaf_xaf_a{prefix}{value_of_filter[name]}"


def filter_of_value(value: str) -> FilterName | None:
    """Return the filter that a posted item value chooses, whatever the number in it."""
    return next((name for name, ending in value_of_filter.items() if value.endswith(ending)), None)


def customer_items(
    labels: Labels,
    chosen: FilterName,
    *,
    shift: int = 0,
    prefix: int = 2,
    export: bool = True,
    export_disabled: bool = False,
) -> list[Item]:
    """Return the customer list's items; ``shift`` more buttons stand before the export."""
    filter_index = FILTER_INDEX + shift - (0 if export else 1)
    items = [
        Item(labels.new, action="new"),
        Item(labels.edit, action="edit", disabled=True),
        Item(labels.refresh, action="refresh"),
        Item(labels.reset_view, action="reset"),
        Item("", editor=_view_combo(labels), css="SingleChoiceActionItemEditor"),
        *(Item(f"{labels.extra_button} {number + 1}", action="extra") for number in range(shift)),
        Item(labels.send_message, action="message"),
    ]
    if export:
        items.append(
            Item(labels.export, labels.export_title, "export", "dropDownExport", disabled=export_disabled)
        )
    combo = _filter_combo(labels, chosen, filter_index, prefix)
    items.append(Item("", editor=combo, css="SingleChoiceActionItemEditor"))
    items.append(Item(labels.hidden_items, action="hidden-items", hidden=True))
    return items


def plain_items(labels: Labels) -> list[Item]:
    """Return the items of a list without records."""
    return [Item(labels.new, action="new"), Item(labels.refresh, action="refresh")]


def render(items: list[Item]) -> str:
    bar = "".join(_item(index, item) for index, item in enumerate(items))
    last = len(items) - 1
    return (
        f'<div id="{MENU}" class="dxm-main dxm-horizontal dxmLite_XafTheme">'
        f'<ul class="dx dxm-image-l dxm-noImages" role="menubar">{bar}</ul></div>'
        f'<div id="{MENU}_DXM{last}_" class="dxm-popup dxmLite_XafTheme" style="display:none">'
        '<ul class="dx dxm-gutter" role="menu"></ul></div>'
    )


def _item(index: int, item: Item) -> str:
    name = f"{MENU}_DXI{index}"
    style = ' style="display:none"' if item.hidden else ""
    title = f' title="{escape(item.title)}"' if item.title else ""
    css = " ".join(filter(None, ["dxm-item", item.css, "dxm-disabled" if item.disabled else ""]))
    body = _editor(index, item) if item.editor else _anchor(name, title, item)
    return (
        f'<li id="{name}_" class="{css} dxm-noSubMenu dxm-noImage" role="presentation"{title}{style}>'
        f"{body}</li>"
        f'<li id="{name}_II" class="dxm-spacing"{style}></li>'
        f'<li id="{name}_IS" class="dxm-separator" style="display:none"><b></b></li>'
    )


def _anchor(name: str, title: str, item: Item) -> str:
    """Return the item's link: its label stands in it twice, of which one is seen."""
    text = escape(item.text)
    disabled = ' aria-disabled="true"' if item.disabled else ""
    return (
        f'<a id="{name}_T" class="dxm-content dxm-hasText dx dxalink" href="javascript:;" role="menuitem"'
        f'{title}{disabled} data-action="{item.action}">'
        f'<span class="dx-vam dxm-contentText dxm-airt">{text}</span>'
        f'<span class="dx-vam dxm-ait">{text}</span></a>'
    )


def _editor(index: int, item: Item) -> str:
    return f'<div id="{MENU}_ITCNT{index}" class="dxm-tmpl dxm-content">{item.editor}</div>'


def _view_combo(labels: Labels) -> str:
    return _combo(
        f"{MENU}_ITCNT4_xaf_a0_Cb", [(f"xaf_xaf_a0{text}", text) for text in labels.views], labels.views[0]
    )


def _filter_combo(labels: Labels, chosen: FilterName, index: int, prefix: int) -> str:
    items = [(filter_value(name, prefix), text) for name, text in labels.filters.items()]
    return _combo(f"{MENU}_ITCNT{index}_xaf_a{prefix}_Cb", items, labels.filters[chosen], callback=index)


def _combo(name: str, items: list[tuple[str, str]], shown: str, callback: int | None = None) -> str:
    """Return a combo box; ``callback`` is the menu item whose action a choice posts."""
    value = next(value for value, text in items if text == shown)
    rows = "".join(
        f'<tr class="dxeListBoxItemRow_XafTheme"><td id="{name}_DDD_L_LBI{number}T0" '
        f'class="dxeListBoxItem_XafTheme{" dxeListBoxItemSelected_XafTheme" if text == shown else ""}" '
        f'data-value="{escape(value)}">{escape(text)}</td></tr>'
        for number, (value, text) in enumerate(items)
    )
    posts = "" if callback is None else f' data-callback="{callback}"'
    return (
        f'<table id="{name}" class="dxeButtonEdit_XafTheme dxeButtonEditSys" cellspacing="0"{posts}><tr>'
        f'<td class="dxic"><input id="{name}_VI" type="hidden" name="{name}_VI" value="{escape(value)}">'
        f'<input id="{name}_I" class="dxeEditArea_XafTheme dxeEditAreaSys" type="text" readonly '
        f'name="{name.replace("_", "$")}" value="{escape(shown)}" autocomplete="off"></td>'
        f'<td id="{name}_B-1" class="dxeButton dxeButtonEditButton_XafTheme"><b id="{name}_B-1Img" '
        'class="dxEditors_edtDropDown_XafTheme"></b></td></tr></table>'
        f'<div id="{name}_DDD_PW-1" class="dxpcDropDown_XafTheme" style="display:none">'
        f'<table id="{name}_DDD_L" class="dxeListBox_XafTheme" cellspacing="0">{rows}</table></div>'
    )
