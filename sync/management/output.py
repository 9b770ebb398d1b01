"""Output that nobody may read: it must not decide how a sync ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TextIO, cast

_NOWHERE = Path(os.devnull)


def unbreakable(stream: TextIO | None) -> TextIO:
    """Return a stream for the same output that discards it once its pipe is closed or its terminal is gone.

    ``stream`` is None if the process was started without it.
    """
    if stream is None:
        return _NOWHERE.open("w", encoding="utf-8")
    return cast(TextIO, _Unbreakable(stream))


class _Unbreakable:
    """Passes everything on to a stream, and its errors to nobody."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            self._discard_from_now_on()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            self._discard_from_now_on()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _discard_from_now_on(self) -> None:
        # Python writes what is left in the stream's buffer when the process ends: that must succeed too.
        with _NOWHERE.open("wb") as nowhere:
            os.dup2(nowhere.fileno(), self._stream.fileno())
