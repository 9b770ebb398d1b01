"""Sync once, from a file or from the simulated ERP, and load what was stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from customers.models import Customer
from sync.config import sync_config
from sync.erp import PagerBounds
from sync.models import SyncRun
from sync.pipeline import run_sync
from sync.runs.outcome import Result
from sync.runs.progress import OnProgress
from sync.sources import ErpSource, FileSource, ListFile, Stop


def sync_file(path: Path, **options: Any) -> Result:
    return run_sync(FileSource(path), sync_config(), trigger=SyncRun.Trigger.CLI, **options)


def sync_erp(**options: Any) -> Result:
    config = sync_config()
    return run_sync(ErpSource(config.erp), config, trigger=SyncRun.Trigger.CLI, **options)


def kept_run(result: Result) -> SyncRun:
    assert result.run_id is not None
    return SyncRun.objects.get(pk=result.run_id)


def snapshot() -> list[dict[str, Any]]:
    return [dict(row) for row in Customer.objects.order_by("pk").values()]


class KnownSource:
    """A source that yields a file with given pager bounds and ``seen`` values."""

    def __init__(
        self, path: Path, pager: PagerBounds | None = None, seen: Mapping[str, Any] | None = None
    ) -> None:
        self._file = ListFile(path, pager=pager, seen=seen or {})

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        yield self._file
