"""Check the accessibility of a page with axe-core."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

_GRAVE = {"serious", "critical"}


@cache
def _axe() -> str:
    """Return axe-core's script, which `scripts/test` installs."""
    return Path(os.environ["AXE_PATH"]).read_text(encoding="utf-8")


def grave_problems(page: Page) -> list[str]:
    """Return each serious or critical problem of the page with the elements that have it."""
    page.evaluate(_axe())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{problem['id']}: {problem['help']}: {[node['html'] for node in problem['nodes']]}"
        for problem in found["violations"]
        if problem["impact"] in _GRAVE
    ]
