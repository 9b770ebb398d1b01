"""The list page's toolbar, in the DOM that the ERP's menu control renders."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from scripts.erp_simulator.labels import FilterName, Labels, ViewName

MENU = "Vertical_mainMenu_Menu"
# Source: 0 new, 1 edit, 2 refresh, 3 reset, 4 views, 5 message, 6 export, 7 filter, 8 hidden items.
FILTER_INDEX = 7

value_of_filter: dict[FilterName, str] = {
    "all": "All_Customers",
    "exclusive": "Exclusive_Customers",
    "free": "Free_Customers",
}
value_of_view: dict[ViewName, str] = {
    "default": "CUSTTABLE_ListView_Agent",
    "compact": "CUSTTABLE_ListView_Agent_Compact",
    "map": "CUSTTABLE_ListView_Agent_Map",
}
VIEW_INDEX = 4


@dataclass(frozen=True)
class Combo:
    """A drop-down list that the page fills when it is opened; ``options`` are values and texts."""

    name: str
    options: tuple[tuple[str, str], ...]
    shown: str

    @property
    def value(self) -> str:
        return next(value for value, text in self.options if text == self.shown)


@dataclass(frozen=True)
class Item:
    """A button; an empty ``text`` with ``combo`` is a template item."""

    text: str
    title: str = ""
    action: str = ""
    css: str = ""
    disabled: bool = False
    hidden: bool = False
    combo: Combo | None = None


def filter_value(name: FilterName, prefix: int) -> str:
    return f"xaf_xaf_a{prefix}{value_of_filter[name]}"


def filter_of_value(value: str) -> FilterName | None:
    """Return the filter that a posted item value chooses, ignoring the number in it."""
    return next((name for name, ending in value_of_filter.items() if value.endswith(ending)), None)


def view_of_value(value: str) -> ViewName | None:
    """Return the view that a posted item value chooses."""
    return next((name for name, ending in value_of_view.items() if value.endswith(ending)), None)


def customer_items(
    labels: Labels,
    chosen: FilterName,
    view: ViewName = "default",
    *,
    shift: int = 0,
    prefix: int = 2,
    export: bool = True,
    export_disabled: bool = False,
) -> list[Item]:
    """Return the customer list's items, with ``shift`` extra buttons before the export."""
    filter_index = FILTER_INDEX + shift - (0 if export else 1)
    items = [
        Item(labels.new, action="new"),
        Item(labels.edit, action="edit", disabled=True),
        Item(labels.refresh, action="refresh"),
        Item(labels.reset_view, action="reset"),
        Item("", combo=_view_combo(labels, view), css="SingleChoiceActionItemEditor"),
        *(Item(f"{labels.extra_button} {number + 1}", action="extra") for number in range(shift)),
        Item(labels.send_message, action="message"),
    ]
    if export:
        items.append(
            Item(labels.export, labels.export_title, "export", "dropDownExport", disabled=export_disabled)
        )
    combo = _filter_combo(labels, chosen, filter_index, prefix)
    items.append(Item("", combo=combo, css="SingleChoiceActionItemEditor"))
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
    body = _editor(index, item.combo) if item.combo else _anchor(name, title, item)
    return (
        f'<li id="{name}_" class="{css} dxm-noSubMenu dxm-noImage" role="presentation"{title}{style}>'
        f"{body}</li>"
        f'<li id="{name}_II" class="dxm-spacing"{style}></li>'
        f'<li id="{name}_IS" class="dxm-separator" style="display:none"><b></b></li>'
    )


def _anchor(name: str, title: str, item: Item) -> str:
    """Return the item's link, which contains its label twice, one of them hidden."""
    text = escape(item.text)
    disabled = ' aria-disabled="true"' if item.disabled else ""
    return (
        f'<a id="{name}_T" class="dxm-content dxm-hasText dx dxalink" href="javascript:;" role="menuitem"'
        f'{title}{disabled} data-action="{item.action}">'
        f'<span class="dx-vam dxm-contentText dxm-airt">{text}</span>'
        f'<span class="dx-vam dxm-ait">{text}</span></a>'
    )


def _editor(index: int, combo: Combo) -> str:
    return f'<div id="{MENU}_ITCNT{index}" class="dxm-tmpl dxm-content">{_combo(combo)}</div>'


def _view_combo(labels: Labels, view: ViewName) -> Combo:
    options = tuple((f"xaf_xaf_a0{value_of_view[name]}", text) for name, text in labels.views.items())
    return Combo(f"{MENU}_ITCNT{VIEW_INDEX}_xaf_a0_Cb", options, labels.views[view])


def _filter_combo(labels: Labels, chosen: FilterName, index: int, prefix: int) -> Combo:
    options = tuple((filter_value(name, prefix), text) for name, text in labels.filters.items())
    return Combo(f"{MENU}_ITCNT{index}_xaf_a{prefix}_Cb", options, labels.filters[chosen])


def script(items: list[Item]) -> dict[str, object]:
    """Return the combos' data for the page's script: their options, and the item to post."""
    return {
        item.combo.name: {"item": index, "options": item.combo.options}
        for index, item in enumerate(items)
        if item.combo
    }


def _combo(combo: Combo) -> str:
    """Return a closed combo box without a list; the hidden button would clear it."""
    name = combo.name
    return (
        f'<table id="{name}" class="dxeButtonEdit_XafTheme dxeButtonEditSys" cellspacing="0"><tr>'
        f'<td class="dxic"><input id="{name}_VI" type="hidden" name="{name}_VI" '
        f'value="{escape(combo.value)}">'
        f'<input id="{name}_I" class="dxeEditArea_XafTheme dxeEditAreaSys" type="text" readonly '
        f'name="{name.replace("_", "$")}" value="{escape(combo.shown)}" autocomplete="off"></td>'
        f'<td id="{name}_B-100" class="dxeButton dxeButtonEditClearButton_XafTheme" style="display:none">'
        f'<span class="dxEditors_edtClear_XafTheme"></span></td>'
        f'<td id="{name}_B-1" class="dxeButton dxeButtonEditButton_XafTheme"><b id="{name}_B-1Img" '
        'class="dxEditors_edtDropDown_XafTheme"></b></td></tr></table>'
        f'<div id="{name}_DDD_PW-1" class="dxpcDropDown_XafTheme" style="display:none">'
        f'<table id="{name}_DDD_L" class="dxeListBox_XafTheme" cellspacing="0"></table></div>'
    )
