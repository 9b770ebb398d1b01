"""Output streams that survive a closed pipe or terminal, so that it does not decide how a sync ends."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path
from typing import Any, TextIO, cast

logger = logging.getLogger(__name__)

_NOWHERE = Path(os.devnull)
_NOBODY_READS = (errno.EPIPE, errno.EIO)


def unbreakable(stream: TextIO | None) -> TextIO:
    """Return a stream for the same output that discards it once it can't be written any more.

    ``stream`` is None if the process was started without it.
    """
    if stream is None:
        return _NOWHERE.open("w", encoding="utf-8")
    return cast(TextIO, _Unbreakable(stream))


class _Unbreakable:
    """Forwards everything to a stream, and catches the errors of writing to it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            self._discard_from_now_on(error)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._discard_from_now_on(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _discard_from_now_on(self, error: OSError) -> None:
        # Python writes what is left in the stream's buffer when the process ends: that must succeed too.
        with _NOWHERE.open("wb") as nowhere:
            os.dup2(nowhere.fileno(), self._stream.fileno())
        if error.errno not in _NOBODY_READS:
            logger.error("the output is incomplete: %s", error.strerror)
