"""The environment of the browser and its driver, without this process's passwords and keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

# What programs need to start, to find fonts and folders, and to reach the network.
_PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "TMPDIR", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "DISPLAY"),
        *("FONTCONFIG_FILE", "FONTCONFIG_PATH", "CHROME_DEVEL_SANDBOX"),
        "NO_PROXY",
    }
)
_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
_PREFIXES = ("LC_", "XDG_", "PLAYWRIGHT_")


def browser_environment() -> dict[str, str]:
    """Return the part of this process's environment that the browser gets."""
    return {name: value for name, value in os.environ.items() if _is_passed_on(name, value)}


@contextmanager
def without_secrets(**more: str) -> Iterator[None]:
    """Reduce this process's environment to the browser's: Playwright starts its driver with all of it."""
    before = dict(os.environ)
    kept = {**browser_environment(), **more}
    try:
        _set(kept)
        yield
    finally:
        _set(before)


def _is_passed_on(name: str, value: str) -> bool:
    if name.upper() in _PROXIES:
        # The address of a proxy can contain a password, which Chromium would not use.
        return "@" not in value
    return name.upper() in _PASSED_ON or name.startswith(_PREFIXES)


def _set(environment: dict[str, str]) -> None:
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
