"""Read the state of the customer list's page, in a single call.

An element that is missing, or there twice, is an error that names what was expected and what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customers.erp_list.message import Message, message
from customers.erp_list.message import gettext_noop as _
from sync.erp import markup
from sync.erp.page import ErpPage
from sync.erp.page_state import Look, is_same_label, label_text, one_line, page_script
from sync.errors import ErpPageBroken

_CALL_TIMEOUT_MS = 10_000

_LIST_MARKUP = {
    "toolbar": markup.TOOLBAR_ID,
    "toolbarItem": markup.TOOLBAR_ITEM_ID,
    "toolbarEditor": markup.TOOLBAR_EDITOR_ID,
    "overflow": markup.TOOLBAR_OVERFLOW_ID,
    "comboClass": markup.COMBO_CLASS,
    "comboText": markup.COMBO_TEXT_SUFFIX,
    "comboList": markup.COMBO_LIST,
    "grid": markup.GRID_ID,
    "dataRow": markup.DATA_ROW,
    "headerRow": markup.HEADER_ROW,
    "hintClass": markup.HINT_CLASS,
    "hints": sorted(markup.HINTS),
    "filterEditor": markup.FILTER_ROW_EDITOR,
    "searchBoxes": markup.SEARCH_BOXES,
    "filterBar": markup.FILTER_BAR,
    "filterBarClear": markup.FILTER_BAR_CLEAR_CLASS,
    "filterBarEmpty": markup.FILTER_BAR_EMPTY,
    "headerFilter": markup.HEADER_FILTER_CLASS,
    "pager": markup.PAGER,
    "pageNumber": markup.PAGE_NUMBER_CLASS,
    "pageSizeList": markup.PAGE_SIZE_LIST,
    "pageSizeField": markup.PAGE_SIZE_FIELD,
}
LIST_LOOK = Look(page_script("list_state.js"), _LIST_MARKUP)


@dataclass(frozen=True)
class Link:
    """A link of the toolbar; ``label`` is its text once, ``title`` its tooltip.

    ``free``: a click would reach it.
    """

    id: str
    title: str
    label: str
    disabled: bool
    visible: bool
    free: bool


@dataclass(frozen=True)
class Combo:
    """A drop-down list of the toolbar, closed: ``id`` is its input's, ``text`` what that shows."""

    id: str
    text: str
    visible: bool

    @property
    def is_all(self) -> bool:
        return is_same_label(self.text, markup.ALL_LABELS)

    @property
    def is_filter(self) -> bool:
        """True where it shows one of the known kinds of customers."""
        return self.is_all or is_same_label(self.text, markup.NARROW_LABELS)


@dataclass(frozen=True)
class RowFilter:
    """A value in the grid's filter row; it can be personal data, so it is restored but never shown."""

    column: int | None
    caption: str
    value: str

    @property
    def place(self) -> Message:
        if not self.caption and self.column is None:
            return Message(_("the filter row"))
        column = self.caption or str(self.column)
        return message(_("the filter row of column “%(column)s”"), column=column)


@dataclass(frozen=True)
class GridFilters:
    """The grid's own filters; ``bars`` are ids of elements, ``headers`` captions."""

    row: tuple[RowFilter, ...] = ()
    search: tuple[tuple[str, str], ...] = ()  # the box's id, its text
    bars: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.row or self.search or self.bars or self.headers)

    @property
    def descriptions(self) -> list[Message]:
        """Name where the filters are, without their values."""
        return [
            *(each.place for each in self.row),
            *[Message(_("the search box"))] * len(self.search),
            *[Message(_("the filter bar"))] * len(self.bars),
            *(message(_("the header of column “%(column)s”"), column=each) for each in self.headers),
        ]


@dataclass(frozen=True)
class Pager:
    """The pager as displayed; an empty text is one that is not shown."""

    text: str = ""
    numbers: tuple[str, ...] = ()
    current: str = ""
    size: str = ""


@dataclass(frozen=True)
class GridObject:
    """The numbers of the grid's client object, to compare with the pager; None where it has none."""

    found: bool = False
    can_clear: bool = False
    pages: int | None = None
    index: int | None = None
    rows: int | None = None
    size: int | None = None


@dataclass(frozen=True)
class ListState:
    """The customer list's page at one moment: one toolbar, one grid."""

    links: tuple[Link, ...]
    combos: tuple[Combo, ...]
    grid_id: str
    rows: int
    filters: GridFilters
    pager: Pager | None
    grid_object: GridObject

    @property
    def filter_combo(self) -> Combo | None:
        """The combo that shows a kind of customers; None if there is none or more than one."""
        found = [each for each in self.combos if each.is_filter and each.visible]
        return found[0] if len(found) == 1 else None

    @property
    def filter_is_all(self) -> bool:
        return self.filter_combo is not None and self.filter_combo.is_all

    @property
    def view(self) -> str:
        """The name of the list's view, which the first other combo shows."""
        return next((each.text.strip() for each in self.combos if not each.is_filter), "")


def read_raw(erp: ErpPage) -> dict[str, Any]:
    """Return the script's result unchanged."""
    seen: dict[str, Any] = erp.page.locator("html").evaluate(
        LIST_LOOK.script, LIST_LOOK.markup, timeout=_CALL_TIMEOUT_MS
    )
    return seen


def read_list(erp: ErpPage) -> ListState:
    """Return what the customer list shows.

    Raises: ErpPageBroken, if its toolbar or grid is missing or there twice.
    """
    return list_in(read_raw(erp))


def list_in(seen: Mapping[str, Any]) -> ListState:
    """Return the list in what its script answered.

    Raises: as `read_list`.
    """
    return ListState(
        links=tuple(
            Link(
                id=each["id"],
                title=each["title"].strip(),
                label=label_text(each["text"]),
                disabled=each["disabled"],
                visible=each["visible"],
                free=each["free"],
            )
            for each in seen["links"]
        ),
        combos=tuple(Combo(each["id"], each["text"], each["visible"]) for each in seen["combos"]),
        grid_id=_only_grid(seen),
        rows=seen["rows"],
        filters=_filters(seen["filters"]),
        pager=_only_pager(seen["pager"]),
        grid_object=GridObject(
            seen["object"]["found"],
            seen["object"]["canClear"],
            *(seen["object"][name] for name in ("pages", "index", "rows", "size")),
        ),
    )


def _only_grid(seen: Mapping[str, Any]) -> str:
    if seen["toolbars"] != 1:
        raise ErpPageBroken(
            _("the customer list's toolbar (id %(id)s) is there %(count)s times instead of once"),
            id=markup.TOOLBAR_ID,
            count=seen["toolbars"],
        )
    grids: list[str] = seen["grids"]
    if len(grids) == 1:
        return grids[0]
    if grids:
        text = _("the customer list has %(count)s grids instead of one: %(ids)s")
        raise ErpPageBroken(text, count=len(grids), ids=grids)
    raise ErpPageBroken(
        _(
            "the customer list has no grid (id like Vertical_v1_123_LE_v1): is another view chosen, such as "
            "“Mappa clienti”? Its drop-down lists show: %(shown)s; similar ids: %(ids)s"
        ),
        shown=[f"“{one_line(each['text'], most=40)}”" for each in seen["combos"]],
        ids=seen["tables"],
    )


def _filters(seen: Mapping[str, Any]) -> GridFilters:
    return GridFilters(
        row=tuple(
            RowFilter(each["column"], one_line(each["caption"], most=60), each["value"])
            for each in seen["row"]
        ),
        search=tuple((each["id"], each["value"]) for each in seen["search"]),
        bars=tuple(seen["bars"]),
        headers=tuple(one_line(each, most=60) for each in seen["headers"]),
    )


def _only_pager(seen: Mapping[str, Any]) -> Pager | None:
    if len(seen["ids"]) > 1:
        text = _("the grid has %(count)s pagers instead of one: %(ids)s")
        raise ErpPageBroken(text, count=len(seen["ids"]), ids=seen["ids"])
    if not seen["ids"]:
        return None
    return Pager(seen["text"], tuple(seen["numbers"]), seen["current"], seen["size"])
