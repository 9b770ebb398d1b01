"""Fuzz the running API with schemathesis."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from customers.erp_list.delta import compute_delta
from customers.services import apply_delta, load_stored
from sync.errors import ErpTimeout
from sync.models import SyncRun
from sync.runs import lifecycle
from sync.runs.lifecycle import Attempt
from tests.customers.customer_lists import numbered


@dataclass(frozen=True)
class Fuzzed:
    """The exit status and output of a fuzz run, and the HTTP status of each response."""

    status: int
    output: str
    http_statuses: list[int]


def fuzz_server(url: str, schema_path: Path, folder: Path, *more: str, phases: str, examples: int) -> Fuzzed:
    """Fuzz all calls of the server, always with the same seed."""
    har_path = folder / "requests.har"
    options = {
        "--url": url,
        "--seed": "11",
        "--phases": phases,
        "--max-examples": str(examples),
        "--report-har-path": str(har_path),
        "--suppress-health-check": "all",
        "--warnings": "off",
        # More than a busy machine takes.
        "--request-timeout": "60",
    }
    pairs = [text for pair in options.items() for text in pair]
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", str(schema_path), *pairs, *more],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Fuzzed(done.returncode, done.stdout + done.stderr, _statuses(har_path))


def _statuses(har_path: Path) -> list[int]:
    entries = json.loads(har_path.read_text())["log"]["entries"]
    return [entry["response"]["status"] for entry in entries]


def fill() -> None:
    """Create customers with changes and runs with attempts, with the ids that a fuzz tries first."""
    records = numbered(9)
    apply_delta(compute_delta(load_stored(), records), run_id=1, now=timezone.now())
    for number in range(3):
        claim = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=45)
        error = ErpTimeout("too long") if number else None
        lifecycle.note_attempt(claim, Attempt(1, 61, {"login": 40}, error))
        if error:
            lifecycle.fail(claim, error)
        else:
            lifecycle.succeed(claim)
