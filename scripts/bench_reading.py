"""Read a report once in this process, which imports nothing but its reader, and print a line of JSON.

python -m scripts.bench_reading NAME FILE

The time is without the imports; the peak memory is that of the whole process.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

KIB_PER_MIB = 1024.0


def our_reader(path: Path) -> dict[str, int]:
    from sync.report.reader import read_report  # noqa: PLC0415  # a process imports only what it measures

    report = read_report(path, engine="stream")
    return {"pages": report.page_count, "again": report.pages_read_again}


def both_engines(path: Path) -> dict[str, int]:
    """Read with both; a cell that they read differently is an error."""
    from sync.report.reader import read_report  # noqa: PLC0415

    return {"pages": read_report(path, engine="both").page_count}


def pdfplumber_tables(path: Path) -> dict[str, int]:
    import pdfplumber  # noqa: PLC0415

    with pdfplumber.open(path) as pdf:
        count = 0
        for page in pdf.pages:
            count += bool(page.extract_tables())
            page.close()
    return {"pages": count}


def pdfium_text(path: Path) -> dict[str, int]:
    import pypdfium2  # noqa: PLC0415

    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            page.get_textpage().get_text_range()
            page.close()
        return {"pages": len(document)}


class Reader(NamedTuple):
    """What reads a report, and the module that it imports."""

    read: Callable[[Path], dict[str, int]]
    module: str


READERS = {
    "our reader": Reader(our_reader, "sync.report.reader"),
    "pdfium, bare text": Reader(pdfium_text, "pypdfium2"),
    "both engines, compared": Reader(both_engines, "sync.report.reader"),
    "pdfplumber, extract_tables": Reader(pdfplumber_tables, "pdfplumber"),
}


def main(name: str, path: Path) -> None:
    reader = READERS[name]
    importlib.import_module(reader.module)
    started = time.perf_counter()
    found = reader.read(path)
    elapsed_s = time.perf_counter() - started
    print(json.dumps({"s": elapsed_s, "mib": peak_mib(), **found}))


def peak_mib() -> float:
    """Return this process's peak memory; ``ru_maxrss`` begins with that of the process that started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / KIB_PER_MIB


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
