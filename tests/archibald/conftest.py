"""A server to fuzz."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.archibald.fuzzing import fuzz_server


@pytest.fixture
def fuzz(live_server: Any, settings: Any, tmp_path: Path) -> Any:
    """Return a function that fuzzes the running server."""
    settings.API_STEERING_RATE = "100000/minute"
    # It sends wrong tokens too.
    settings.API_WRONG_TOKENS_PER_MINUTE = 100_000
    return partial(fuzz_server, live_server.url, tmp_path)
