"""The outcome of an attempt, and the result of a sync."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from customers.erp_list.delta import ChangeJson
from customers.erp_list.message import Message
from sync.errors import SyncError
from sync.models import no_counts
from sync.runs.lifecycle import Attempt
from sync.runs.seen import Seen


@dataclass
class Result:
    """The result of a sync, as `runsync --json` prints it. Durations in milliseconds."""

    run_id: int | None
    state: str
    counts: Mapping[str, int] = field(default_factory=no_counts)
    duration_ms: int = 0
    stages: Mapping[str, int] = field(default_factory=dict)
    error: SyncError | None = None
    changes: Sequence[ChangeJson] = ()
    is_dry: bool = False
    notes: tuple[Message, ...] = ()


@dataclass
class Outcome:
    """The outcome of one attempt. ``stages`` are milliseconds by name; for ``seen`` see `sync.runs.seen`."""

    started_s: float = field(default_factory=time.monotonic)
    stages: dict[str, int] = field(default_factory=dict)
    file_sha256: str = ""
    seen: Seen = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=no_counts)
    changes: Sequence[ChangeJson] = ()
    layout: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()
    screenshot: str = ""
    trace: str = ""

    def as_attempt(self, number: int, error: SyncError | None) -> Attempt:
        """Return the attempt as it is stored."""
        return Attempt(
            number=number,
            duration_ms=ms_since(self.started_s),
            stages=dict(self.stages),
            error=error,
            file_sha256=self.file_sha256,
            screenshot=self.screenshot,
            trace=self.trace,
        )

    def run_fields(self, *, is_dry: bool) -> dict[str, Any]:
        """Return the fields to store with the run.

        A dry run has no layout and notes: they are for a comparison of applied lists, and it applies none.
        """
        kept: dict[str, Any] = {
            "stages": dict(self.stages),
            "file_sha256": self.file_sha256,
            "counts": dict(self.counts),
            "screenshot": self.screenshot,
            "trace": self.trace,
        }
        if self.seen:
            # Empty for an approved list: keep what was seen when it was fetched.
            kept["seen"] = dict(self.seen)
        return (
            kept
            if is_dry
            else {**kept, "layout": dict(self.layout), "notes": [note.as_json() for note in self.notes]}
        )


def ms_since(started_s: float) -> int:
    """Return the milliseconds since a time of the monotonic clock."""
    return round((time.monotonic() - started_s) * 1000)
