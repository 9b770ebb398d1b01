"""A small report shipped with the program, to check that reports can be read on this machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportUnproven
from sync.report.isolated import read_isolated
from sync.report.report import Report

BUILTIN_PATH = Path(__file__).with_name("builtin.pdf")
# The fingerprint of that report; `python -m scripts.draw_builtin_report` draws it and prints this.
_SHA256 = "3c940051932ca6e67eaccabdf9ffa13285a7ecadd1b0620c797a2ba71918dd33"


def check_reader() -> int:
    """Read the built-in report as a sync does, compare every cell, and return its number of rows.

    Raises: ReportError.
    """
    report = read_isolated(BUILTIN_PATH)
    if fingerprint(report) != _SHA256 or report.pages_read_again:
        raise ReportUnproven(_("the built-in report was not read as it was drawn"))
    return len(report.rows)


def fingerprint(report: Report) -> str:
    """Return the SHA-256 of every caption, cell and total."""
    cells = [report.columns, *report.rows, report.footer]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()
