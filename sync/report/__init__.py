"""Read a list report of the ERP's exporter, and prove it against its footer.

A report is a table wider than a page, cut into vertical bands on separate pages: see `docs/export-format.md`.
This package does not know what the rows mean.
"""

from sync.report.isolated import Reading, read_isolated
from sync.report.report import ENGINES, Limits, Report

__all__ = ["ENGINES", "Limits", "Reading", "Report", "read_isolated"]
