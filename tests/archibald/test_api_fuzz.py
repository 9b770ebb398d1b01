"""Fuzz the API: no server error, no response outside the schema, nothing without a login."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from customers.erp_list.delta import compute_delta
from customers.services import apply_delta, load_stored
from sync.errors import ErpTimeout
from sync.models import SyncRun
from sync.runs import lifecycle
from sync.runs.lifecycle import Attempt
from tests.accounts import operator, superuser, viewer
from tests.api_calls import account, token_of
from tests.customers.customer_lists import numbered

pytestmark = pytest.mark.django_db

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)


@dataclass(frozen=True)
class Fuzzed:
    """The exit status and output of a fuzz run, and the HTTP status of each response."""

    status: int
    output: str
    http_statuses: list[int]


@pytest.fixture
def schema_path(tmp_path: Path) -> Path:
    path = tmp_path / "schema.json"
    call_command("spectacular", format="openapi-json", file=str(path), validate=True, fail_on_warn=True)
    return path


@pytest.fixture
def fuzz(live_server: Any, settings: Any, schema_path: Path, tmp_path: Path) -> Any:
    """Return a function that fuzzes the running server, always with the same seed."""
    settings.API_STEERING_RATE = "100000/minute"
    # It sends wrong tokens too.
    settings.API_WRONG_TOKENS_PER_MINUTE = 100_000

    def run(*more: str, phases: str, examples: int) -> Fuzzed:
        har_path = tmp_path / "requests.har"
        options = {
            "--url": live_server.url,
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
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return Fuzzed(done.returncode, done.stdout + done.stderr, _statuses(har_path))

    return run


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


def test_every_call_keeps_to_the_schema_for_any_input(fuzz: Any) -> None:
    fill()
    login = ("--header", f"Authorization: Token {token_of(superuser())}")
    # Not the upload: each file takes a process that reads it, and hardly any bytes are a list.
    others = ("--exclude-operation-id", "uploadList")
    fuzzed = fuzz(*login, *others, "--checks", ",".join(CHECKS), phases="coverage,fuzzing", examples=10)
    assert fuzzed.status == 0, fuzzed.output
    assert set(fuzzed.http_statuses) > {200, 202, 400, 404, 405, 409}


ROLES: dict[str, Callable[[], User]] = {"plain": account, "viewer": viewer, "operator": operator}


@pytest.mark.parametrize("role", ROLES)
def test_every_call_keeps_to_the_schema_for_each_role(fuzz: Any, role: str) -> None:
    """Few examples: what matters here is that permissions are answered as the schema says."""
    fill()
    login = ("--header", f"Authorization: Token {token_of(ROLES[role]())}")
    checks = "not_a_server_error,status_code_conformance,response_schema_conformance"
    fuzzed = fuzz(*login, "--checks", checks, "--mode", "positive", phases="coverage", examples=1)
    assert fuzzed.status == 0, fuzzed.output
    assert (403 in fuzzed.http_statuses) == (role != "operator")


def test_no_call_answers_without_a_login(fuzz: Any) -> None:
    fill()
    checks = "not_a_server_error,response_schema_conformance"
    fuzzed = fuzz("--checks", checks, phases="coverage", examples=1)
    assert fuzzed.status == 0, fuzzed.output
    assert set(fuzzed.http_statuses) <= {401, 404, 405}
