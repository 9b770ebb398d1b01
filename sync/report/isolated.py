"""Read a report in a child process, which has little memory and none of the secrets.

A file that makes a PDF library crash, or use all memory, ends the child only.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from customers.erp_list.message import Message
from customers.erp_list.message import gettext_noop as _
from sync import errors
from sync.errors import ReportError, ReportUnreadable
from sync.report.report import Limits, OnPage, Report

logger = logging.getLogger(__name__)

# The child says something for each page, and takes 20 s of a processor for one at most.
_SILENT_S = 120.0
_POLL_S = 0.5
_CHUNK_BYTES = 1 << 16
_KILLED = (-signal.SIGKILL, -signal.SIGTERM)
_SHOWN_CHARACTERS = 2000
_ROOT = Path(__file__).resolve().parents[2]
# What Python needs to start; everything else of the environment stays here.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")


class ReaderKilled(Exception):
    """Somebody, or the system for lack of memory, killed the process that reads: trying again may help."""


class Reading:
    """A child process that reads one report. Use it as a context manager, which ends the child.

    A child that says nothing for ``silent_s`` seconds is killed.
    """

    def __init__(self, limits: Limits | None = None, *, silent_s: float = _SILENT_S) -> None:
        self._limits = limits or Limits()
        self._silent_s = silent_s
        self._ended = ExitStack()
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.kill()
        with suppress(BrokenPipeError):
            self._ended.close()

    def prepare(self) -> None:
        """Start the child, which takes a tenth of a second until it can read."""
        if self._child is not None:
            return
        # A file, since nobody reads it while the child runs: a pipe could fill up.
        self._said_last = self._ended.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        self._child = self._ended.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "sync.report.child"],
                cwd=_ROOT,
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said_last,
                # Ctrl-C and a closed terminal are for this process, which ends the child.
                start_new_session=True,
            )
        )

    def begin(self, path: Path) -> None:
        """Let the child read the file, without waiting for it."""
        self.prepare()
        request = {"path": str(path.absolute()), **dataclasses.asdict(self._limits)}
        with suppress(BrokenPipeError):  # it crashed, which report() tells
            _pipe(self._started.stdin).write(json.dumps(request).encode() + b"\n")
            _pipe(self._started.stdin).flush()

    def report(self, on_page: OnPage | None = None, on_wait: Callable[[], None] | None = None) -> Report:
        """Wait for the report of the file that was begun.

        ``on_wait`` is called twice a second while the child says nothing. What it and ``on_page`` raise ends
        the wait.
        Raises: ReportError, ReaderKilled.
        """
        for line in self._lines(on_wait or (lambda: None)):
            said = json.loads(line)
            if "report" in said:
                return _report_of(said["report"])
            if "error" in said:
                raise _error_of(said["error"])
            if "log" in said:
                logger.warning("%s", said["log"])
            elif on_page is not None:
                on_page(*said["page"])
        raise self._crash()

    def _lines(self, on_wait: Callable[[], None]) -> Iterator[bytes]:
        """Yield whole lines of the child; kill it if it is silent for too long."""
        output = _pipe(self._started.stdout).fileno()
        unfinished: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            heard_s = time.monotonic()
            while True:
                if not selector.select(_POLL_S):
                    on_wait()
                    if time.monotonic() - heard_s > self._silent_s:
                        self._started.kill()
                    continue
                chunk, heard_s = os.read(output, _CHUNK_BYTES), time.monotonic()
                if not chunk:
                    return
                *ends, rest = chunk.split(b"\n")
                for end in ends:
                    yield b"".join([*unfinished, end])
                    unfinished = []
                unfinished.append(rest)

    def _crash(self) -> ReportError | ReaderKilled:
        """Return the error for a child that ended without a result, and log what it said last."""
        status = self._started.wait()
        self._said_last.seek(0)
        said = self._said_last.read().decode(errors="replace")[-_SHOWN_CHARACTERS:].strip()
        logger.error("the process that reads reports ended with status %d: %s", status, said)
        if status in _KILLED:
            return ReaderKilled(f"status {status}")
        text = _("the process that read the file crashed (status %(status)s)")
        return ReportUnreadable(text, status=str(status))

    @property
    def _started(self) -> subprocess.Popen[bytes]:
        assert self._child is not None, "begin() comes first"  # noqa: S101
        return self._child


def read_isolated(path: Path, *, limits: Limits | None = None, on_page: OnPage | None = None) -> Report:
    """Read a list report and prove it against its footer, in a child process.

    Raises: ReportError, ReaderKilled.
    """
    with Reading(limits) as reading:
        reading.begin(path)
        return reading.report(on_page)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101  # for mypy: all three are pipes
    return pipe


def _report_of(fields: dict[str, Any]) -> Report:
    footer = fields.pop("footer")
    return Report(
        **{
            **fields,
            "columns": tuple(fields["columns"]),
            "rows": [tuple(row) for row in fields["rows"]],
            "footer": None if footer is None else tuple(footer),
        }
    )


def _error_of(fields: dict[str, Any]) -> ReportError:
    """Return the error that the child raised."""
    kind = getattr(errors, fields["type"])
    error: ReportError = kind(Message.from_json(fields["text"]))
    error.page = fields["page"]
    return error
