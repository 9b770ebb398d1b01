"""Show the progress of a sync as lines, without rich, which is slow to import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from sync.formatting import STAGES
from sync.runs.progress import OnProgress, Progress


@contextmanager
def lines_shown(stream: TextIO) -> Iterator[OnProgress]:
    """Yield a function that prints a line for each stage."""
    yield _Lines(stream).show


class _Lines:
    """Print a line when a stage begins."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._stage = ""

    def show(self, progress: Progress) -> None:
        if progress.stage != self._stage:
            self._stage = progress.stage
            print(title_of(progress), file=self._stream, flush=True)


def title_of(progress: Progress) -> str:
    label = STAGES.get(progress.stage, progress.stage)
    return label[:1].upper() + label[1:]
