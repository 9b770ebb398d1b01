"""Join the pages of each page group, which show the bands of the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportLayoutBroken, ReportTooLarge
from sync.report.page import TOLERANCE_PT, BandKey, PageTable

# Source: the real export has 26.
_MAX_COLUMNS = 500
# How many captions a message names.
_NAMED = 30


@dataclass(frozen=True)
class PageGroup:
    """The rows of one page group; ``columns`` and each row span all its bands."""

    first_page: int
    size: int
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def group_pages(pages: Iterable[PageTable], size: int | None = None) -> Iterator[PageGroup]:
    """Yield the page groups, with their bands joined.

    Without a ``size`` (pages per group), the first group ends when the first band's header appears again.

    Raises: ReportLayoutBroken for header drift, ragged groups and a group cut off at the end; ReportTooLarge
    for more columns than any list has.
    """
    bands: list[BandKey] = []
    group: list[PageTable] = []
    for page in pages:
        if size is None and bands and page.key == bands[0]:
            size = len(group)
        if len(group) == size:
            yield _joined(group)
            group = []
        if len(group) < len(bands):
            _check_header(page, bands[len(group)])
        else:
            bands.append(page.key)
            if sum(len(band.captions) for band in bands) > _MAX_COLUMNS:
                raise ReportTooLarge(
                    _("the list has more than %(most)s columns"), page=page.number, most=_MAX_COLUMNS
                )
        if group:
            _check_rows(page, group[0])
        group.append(page)
    if len(group) < len(bands):
        text = _("the last page group ends after %(count)s of %(size)s pages")
        raise ReportLayoutBroken(text, page=group[-1].number, count=len(group), size=len(bands))
    yield _joined(group)


def possible_group_sizes(keys: Sequence[BandKey]) -> list[int]:
    """Return the numbers of pages after which the headers repeat up to the end, in ascending order."""
    count = len(keys)
    return [
        size
        for size in range(1, count + 1)
        if count % size == 0 and all(keys[i] == keys[i % size] for i in range(size, count))
    ]


def _joined(group: Sequence[PageTable]) -> PageGroup:
    columns = tuple(caption for page in group for caption in page.key.captions)
    if len(group) == 1:
        rows = list(group[0].rows)
    else:
        rows = [
            tuple(cell for part in parts for cell in part)
            for parts in zip(*(page.rows for page in group), strict=True)
        ]
    return PageGroup(group[0].number, len(group), columns, rows)


def _check_header(page: PageTable, expected: BandKey) -> None:
    if page.key.captions != expected.captions:
        raise ReportLayoutBroken(
            _("its header is %(captions)s instead of %(expected)s"),
            page=page.number,
            captions=_quoted(page.key.captions),
            expected=_quoted(expected.captions),
        )
    if page.key != expected:
        raise ReportLayoutBroken(_("its columns are not as wide as on the earlier pages"), page=page.number)


def _check_rows(page: PageTable, first: PageTable) -> None:
    """Make sure that a page shows the rows of its group's first page, at the same heights."""
    if len(page.rows) != len(first.rows):
        raise ReportLayoutBroken(
            _("it has %(rows)s rows, but page %(first)s of the same group has %(expected)s"),
            page=page.number,
            rows=len(page.rows),
            first=first.number,
            expected=len(first.rows),
        )
    # All pages of a group have the same row heights, the header's included.
    for row, (top, first_top) in enumerate(zip(page.row_tops_pt, first.row_tops_pt, strict=True)):
        if abs(top - first_top) > TOLERANCE_PT:
            text = _("row %(row)s lies elsewhere than on its group's first page, %(first)s")
            raise ReportLayoutBroken(text, page=page.number, row=row, first=first.number)


def _quoted(captions: Sequence[str]) -> list[str]:
    more = ["…"] if len(captions) > _NAMED else []
    return [*(f"«{caption}»" for caption in captions[:_NAMED]), *more]
