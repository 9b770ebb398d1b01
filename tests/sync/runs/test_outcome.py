"""What is stored of an attempt and of its run."""

from __future__ import annotations

import time
from dataclasses import replace

from customers.erp_list.message import Message
from sync.errors import ErpTimeout
from sync.models import no_counts
from sync.runs.lifecycle import Attempt
from sync.runs.outcome import Outcome, ms_since


def outcome() -> Outcome:
    return Outcome(
        stages={"read": 5},
        file_sha256="ab12",
        seen={"account": "3f9a"},
        counts={**no_counts(), "rows": 60},
        layout={"pagesPerGroup": 8},
        notes=(Message("a note"),),
        screenshot="page.png",
        trace="page.zip",
    )


def test_an_attempt_has_its_number_times_files_and_error() -> None:
    error = ErpTimeout("too late")
    attempt = outcome().as_attempt(3, error)
    assert replace(attempt, duration_ms=0) == Attempt(
        3, 0, {"read": 5}, error, "ab12", "page.png", "page.zip"
    )


def test_a_duration_is_in_milliseconds() -> None:
    assert 60_000 <= ms_since(time.monotonic() - 60) < 120_000
    started_s = time.monotonic() - 60
    assert 60_000 <= Outcome(started_s=started_s).as_attempt(1, None).duration_ms < 120_000


def test_a_run_that_applied_a_list_has_everything_that_is_known_of_it() -> None:
    assert outcome().run_fields(is_dry=False) == {
        "stages": {"read": 5},
        "file_sha256": "ab12",
        "counts": {**no_counts(), "rows": 60},
        "screenshot": "page.png",
        "trace": "page.zip",
        "seen": {"account": "3f9a"},
        "layout": {"pagesPerGroup": 8},
        "notes": [{"text": "a note", "params": {}}],
    }


def test_a_dry_run_has_no_layout_and_no_notes() -> None:
    applied = outcome().run_fields(is_dry=False)
    del applied["layout"], applied["notes"]
    assert outcome().run_fields(is_dry=True) == applied


def test_what_was_seen_when_an_approved_list_was_fetched_is_not_overwritten() -> None:
    assert "seen" not in replace(outcome(), seen={}).run_fields(is_dry=False)
