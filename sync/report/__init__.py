"""Read a list report of the ERP's exporter, and prove it against its footer.

A report is a table wider than a page, cut into vertical bands on separate pages: see `docs/export-format.md`.
This package does not know what the rows mean.
"""

from sync.report.page import Limits
from sync.report.reader import ENGINES, Report, read_report

__all__ = ["ENGINES", "Limits", "Report", "read_report"]
