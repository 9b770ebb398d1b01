"""Read a list report of the ERP and print it: no database, no settings.

    python scripts/parse_report.py FILE [--raw] [--engine stream|pdfplumber|both] [--format json|csv]

Prints customer records; with ``--raw`` the captions, rows and footer of the report. Exit status 0;
2 for wrong usage or no such file; 3 for a refused report, with the reason in one line on stderr.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from customers.erp_list.records import FIELD_NAMES, CustomerRecord, InvalidList, plain_text
from customers.erp_list.rows import read_records
from sync.errors import ReportError
from sync.report import ENGINES, Report
from sync.report.reader import read_report

REFUSED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    if not options.file.is_file():
        _parser().error(f"no such file: {options.file}")
    # A refusal is one line on stderr; the reader's log would repeat it.
    logging.disable()
    try:
        report = read_report(options.file, engine=options.engine)
        _print(report, options.raw, options.format, sys.stdout)
        sys.stdout.flush()
    except (ReportError, InvalidList) as refusal:
        print(f"{options.file.name}: refused ({refusal.code}): {refusal}", file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        # The reader closed the pipe (`| head`): flushing the rest at exit must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parse_report.py", description="Read a list report of the ERP.")
    parser.add_argument("file", type=Path, metavar="FILE", help="the PDF")
    parser.add_argument("--raw", action="store_true", help="print captions, rows and footer unchanged")
    parser.add_argument(
        "--engine",
        choices=(*ENGINES, "both"),
        help="read with this one only, or with both, which must agree (default: stream, and pdfplumber if it "
        "refuses)",
    )
    parser.add_argument("--format", choices=("json", "csv"), default="json", help="(default: json)")
    return parser


def _print(report: Report, is_raw: bool, output_format: str, out: TextIO) -> None:
    if is_raw and output_format == "json":
        raw = {"columns": report.columns, "rows": report.rows, "footer": report.footer}
        json.dump(raw, out, ensure_ascii=False)
        out.write("\n")
        return
    if is_raw:
        _print_csv([report.columns, *report.rows], out)
        return
    records = read_records(report.columns, report.rows, footer=report.footer)
    for rejected in records.rejected:
        print(f"left out: {rejected}", file=sys.stderr)
    if output_format == "json":
        json.dump([_as_dict(record) for record in records.records], out, ensure_ascii=False)
        out.write("\n")
    else:
        captions = sorted({caption for record in records.records for caption in record.extra})
        _print_csv(
            [[*FIELD_NAMES, *captions], *(_as_row(record, captions) for record in records.records)], out
        )


def _as_dict(record: CustomerRecord) -> dict[str, object]:
    """Return a record ready for JSON: dates in ISO, money as plain decimal text, null for empty."""
    fields: dict[str, object] = {}
    for name in FIELD_NAMES:
        value = getattr(record, name)
        fields[name] = value if isinstance(value, int) else plain_text(value)
    return {**fields, "extra": dict(record.extra)}


def _as_row(record: CustomerRecord, extra_captions: Sequence[str]) -> list[str]:
    values = [plain_text(getattr(record, name)) or "" for name in FIELD_NAMES]
    return values + [record.extra.get(caption, "") for caption in extra_captions]


def _print_csv(rows: Iterable[Sequence[str]], out: TextIO) -> None:
    csv.writer(out, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
