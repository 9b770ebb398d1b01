"""Syncs from a source that raises given errors, then yields a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.config import sync_config
from sync.errors import ErpUnreachable, ListRefused
from sync.models import SyncRun
from sync.pipeline import run_sync
from sync.runs.outcome import Result
from sync.runs.progress import OnProgress
from sync.sources import ListFile, Stop


class ScriptedSource:
    """Raises the given errors in order, one per attempt, then yields the file."""

    def __init__(self, *errors: BaseException, path: Path | None = None) -> None:
        self._errors = list(errors)
        self._path = path

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        if self._errors:
            raise self._errors.pop(0)
        assert self._path is not None
        yield ListFile(self._path)


def sync(*errors: BaseException, path: Path | None = None, **options: Any) -> Result:
    """Run a scheduled sync."""
    options = {"trigger": SyncRun.Trigger.SCHEDULE, **options}
    return run_sync(ScriptedSource(*errors, path=path), sync_config(), **options)


def fail(**options: Any) -> Result:
    """Run a sync that fails with a permanent error."""
    return sync(ListRefused("column_missing", "the column NOME is missing"), **options)


def fail_thrice(**options: Any) -> Result:
    """Run a sync whose three attempts fail with transient errors."""
    return sync(*[ErpUnreachable("the ERP does not answer") for _ in range(3)], **options)
