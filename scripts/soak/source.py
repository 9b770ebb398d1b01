"""A source that stands for the ERP in most runs, so that the browser is not the cost of the year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sync.errors import ErpError
from sync.runs.progress import OnProgress
from sync.sources import ErpSource, ListFile, Stop

_SCREENSHOT_BYTES, _TRACE_BYTES = 30_000, 100_000


@dataclass
class Script:
    """What the attempts of the next run meet, in order; without one left, the browser fetches the list.

    ``seen`` is what the browser last saw of the ERP.
    """

    attempts: list[ErpError | Path] = field(default_factory=list)
    seen: Mapping[str, Any] = field(default_factory=dict)
    browser_runs: int = 0


@dataclass(frozen=True, kw_only=True)
class ScriptedSource(ErpSource):
    """The ERP as its script says: fetched with the browser, a file, or an error with its evidence."""

    script: Script

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        if not self.script.attempts:
            self.script.browser_runs += 1
            with super().open(on_progress, stop) as fetched:
                self.script.seen = fetched.seen
                yield fetched
            return
        attempt = self.script.attempts.pop(0)
        if isinstance(attempt, ErpError):
            raise _with_evidence(attempt, self.config.artifacts_dir)
        yield ListFile(attempt, seen=self.script.seen)


def _with_evidence(error: ErpError, folder: Path) -> ErpError:
    """Attach files as the browser's client would, so that their removal is part of the soak."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{error.code}"
    error.screenshot, error.trace = folder / f"{name}.png", folder / f"{name}.zip"
    error.screenshot.write_bytes(bytes(_SCREENSHOT_BYTES))
    error.trace.write_bytes(bytes(_TRACE_BYTES))
    return error
