"""What a report is, and how large it may be. No PDF library is needed to know this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

EngineName = Literal["stream", "pdfplumber", "both"]
"""The content streams; pdfplumber; both, which must agree."""
ENGINES: tuple[EngineName, EngineName] = ("stream", "pdfplumber")

OnPage = Callable[[int, int], None]
"""Called with the number of pages read and of all pages."""


@dataclass(frozen=True)
class Limits:
    """The size limits of a report; a larger one is rejected."""

    max_bytes: int = 100 * 1024 * 1024
    max_pages: int = 10_000


@dataclass(frozen=True)
class Report:
    """A report that was read, and proven by its footer.

    ``columns`` are the captions in printed order, not always unique; ``rows`` have one string per column;
    ``footer`` is the row of totals. If it is None, nothing proves that the report is complete.
    ``pages_read_again`` counts the pages that pdfplumber read.
    """

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    footer: tuple[str, ...] | None
    page_count: int
    pages_per_group: int
    engine: EngineName
    pages_read_again: int = 0
