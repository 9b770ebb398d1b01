"""Read files that were changed after they were drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from sync.errors import ReportError
from sync.report import ENGINES, Limits
from sync.report.reader import read_report
from sync.report.report import EngineName
from tests.sync.report.drawn_reports import Drawn, table_of


def refused(path: Path, limits: Limits | None = None) -> ReportError:
    """Return the error that each engine alone, and both together, raise."""
    errors = []
    for engine in (*ENGINES, None):
        with pytest.raises(ReportError) as caught:
            read_report(path, engine=engine, limits=limits)
        errors.append(caught.value)
    assert len({type(error) for error in errors}) == 1
    # What a run stores of it.
    assert errors[-1].as_fields()["error_text"]["text"]
    return errors[-1]


def verdict(path: Path, drawn: Drawn, engine: EngineName = "stream") -> str:
    """Return the result of reading a file: as drawn, WRONG, or the error's code."""
    try:
        return "as drawn" if table_of(read_report(path, engine=engine)) == drawn.table else "WRONG"
    except ReportError as refusal:
        return refusal.code


def edited(drawn: Drawn, target: Path, change: Callable[[pikepdf.Pdf], None], **options: Any) -> Path:
    return edited_file(drawn.path, target, change, **options)


def edited_file(source: Path, target: Path, change: Callable[[pikepdf.Pdf], None], **options: Any) -> Path:
    with pikepdf.open(source) as pdf:
        change(pdf)
        pdf.save(target, **options)
    return target


def with_content(source: Path, target: Path, page: int, change: Callable[[bytes], bytes]) -> Path:
    """Change what is drawn on one page, counted from 1."""

    def rewrite(pdf: pikepdf.Pdf) -> None:
        contents = pdf.pages[page - 1].Contents
        content = contents.read_bytes()
        changed = change(content)
        assert changed != content
        contents.write(changed)

    return edited_file(source, target, rewrite)
