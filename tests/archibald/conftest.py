"""A server to fuzz."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.archibald.fuzzing import fuzz_server


@pytest.fixture(scope="session")
def schema_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The API's schema in a file."""
    path = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", format="openapi-json", file=str(path), validate=True, fail_on_warn=True)
    return path


@pytest.fixture
def fuzz(live_server: Any, settings: Any, schema_path: Path, tmp_path: Path) -> Any:
    """Return a function that fuzzes the running server."""
    settings.API_STEERING_RATE = "100000/minute"
    # It sends wrong tokens too.
    settings.API_WRONG_TOKENS_PER_MINUTE = 100_000
    return partial(fuzz_server, live_server.url, schema_path, tmp_path)
