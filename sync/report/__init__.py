"""Read a list report of the ERP's exporter, and prove it against its own footer.

A report is one table wider than a page, cut into vertical bands that come page by page: see
`docs/export-format.md`. Nothing here knows what the rows are about.
"""

from sync.report.page import Limits
from sync.report.reader import ENGINES, Report, read_report

__all__ = ["ENGINES", "Limits", "Report", "read_report"]
