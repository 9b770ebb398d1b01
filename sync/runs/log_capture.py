"""Capture the log lines of a run, to store them with it."""

from __future__ import annotations

import logging
from collections import deque
from contextvars import ContextVar
from threading import get_ident
from types import TracebackType
from typing import Self

from customers.erp_list.message import storable

_LOGGERS = ("sync", "customers")
# The number of lines kept of the start, and of the end, where errors are.
_KEPT_LINES = 1000

_current: ContextVar[RunLog | None] = ContextVar("run_log", default=None)


class RunLog(logging.Handler):
    """Collects the log lines of the project's loggers for one run while the ``with`` block runs.

    Lines of other threads are ignored, since in a web server they belong to other requests. A thread that
    works for the run needs a copy of its context: ``Thread(target=copy_context().run, args=(function, …))``.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("{asctime} {levelname} {message}", style="{"))
        self._head: list[str] = []
        self._tail: deque[str] = deque(maxlen=_KEPT_LINES)
        self._line_count = 0

    @property
    def text(self) -> str:
        self.acquire()
        try:
            omitted = self._line_count - len(self._head) - len(self._tail)
            gap = [f"({omitted:,} lines left out)"] if omitted else []
            return "\n".join([*self._head, *gap, *self._tail])
        finally:
            self.release()

    def emit(self, record: logging.LogRecord) -> None:
        if not self._belongs_to_run():
            return
        for line in storable(self.format(record)).splitlines():
            self._line_count += 1
            kept = self._head if len(self._head) < _KEPT_LINES else self._tail
            kept.append(line)

    def _belongs_to_run(self) -> bool:
        current = _current.get()
        # Playwright calls listeners in greenlets of the same thread, where the context is empty.
        return current is self or (current is None and get_ident() == self._thread_id)

    def __enter__(self) -> Self:
        self._thread_id = get_ident()
        self._before = _current.set(self)
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self)
        _current.reset(self._before)
