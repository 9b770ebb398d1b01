"""The log lines of one run, kept with it."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

_LOGGERS = ("sync", "customers")
_MAX_LINES = 2000


class RunLog(logging.Handler):
    """Collects what the project's loggers say while the ``with`` block runs."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("{asctime} {levelname} {message}", style="{"))
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._lines) < _MAX_LINES:
            self._lines.append(self.format(record))

    def __enter__(self) -> Self:
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self)
