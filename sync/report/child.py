"""The process that reads a report: `python -m sync.report.child`.

Its standard input is a JSON object with ``path``, ``max_bytes`` and ``max_pages``. Prints a JSON object a
line: ``page`` with the numbers of pages read and of all; ``log`` with a warning; at the end ``report`` or
``error``.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import signal
import sys
import time
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

from customers.erp_list.message import gettext_noop as _
from sync.errors import ReportError, ReportTooLarge
from sync.report.reader import read_report
from sync.report.report import Limits

# Measured: 28 MB for the program, 60 MB more for pdfplumber, and 3 MB for each MB of a list.
_BASE_BYTES = 140 << 20
_TIMES_FILE_SIZE = 8
# Of a processor: for one page or before the first; in all, and for each page more. pdfplumber takes .1 s for
# a page of the real export.
_STEP_S, _START_S, _PAGE_S = 20, 20.0, 0.5
_PROGRESS_EVERY_S = 0.1


class _Talk(logging.Handler):
    """Prints what the parent needs to know."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said_at_s = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("sync."):
            say(log=record.getMessage())

    def page(self, number: int, count: int) -> None:
        allow_another_step(_START_S + _PAGE_S * count)
        now_s = time.monotonic()
        if now_s - self._said_at_s > _PROGRESS_EVERY_S or number == count:
            self._said_at_s = now_s
            say(page=[number, count])


def say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def say_refusal(refusal: ReportError) -> None:
    say(error={"type": type(refusal).__name__, "text": refusal.text.as_json(), "page": refusal.page})


def main() -> int:
    # Nearly all that is read is kept until the end: looking for garbage among it takes a tenth of the time.
    gc.set_threshold(200_000)
    line = sys.stdin.readline()
    if not line:
        return 0  # there is nothing to read after all
    request = json.loads(line)
    path = Path(request["path"])
    limits = Limits(max_bytes=request["max_bytes"], max_pages=request["max_pages"])
    talk = _Talk()
    logging.basicConfig(handlers=[talk])
    Thread(target=end_with_parent, daemon=True).start()
    signal.signal(signal.SIGXCPU, _is_too_slow)
    allow_another_step(_STEP_S)
    most_bytes = limit_memory(path)
    try:
        say(report=vars(read_report(path, limits=limits, on_page=talk.page)))
    except ReportError as refusal:
        say_refusal(refusal)
    except MemoryError:
        text = _("reading it takes more than %(most)s MB of memory")
        say_refusal(ReportTooLarge(text, most=most_bytes >> 20))
    return 0


def limit_memory(path: Path) -> int:
    """Limit what this process can allocate by the file's size; return the limit in bytes."""
    size = path.stat().st_size if path.is_file() else 0
    most_bytes = _BASE_BYTES + _TIMES_FILE_SIZE * size
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, hard))
    return most_bytes


def allow_another_step(most_s: float) -> None:
    """Let this process run for some seconds more, and ``most_s`` in all; then the system interrupts it."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(min(time.process_time() + _STEP_S, most_s)), hard))


def end_with_parent() -> None:
    """Wait until the parent closes its end of the pipe, or dies, and end this process."""
    # Not by sys.stdin, whose lock would be held when this process ends by itself.
    while os.read(0, 1):
        pass
    os._exit(1)


def _is_too_slow(number: int, frame: FrameType | None) -> None:
    raise ReportTooLarge(_("reading it takes too long"))


if __name__ == "__main__":
    sys.exit(main())
