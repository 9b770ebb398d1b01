"""Find or install a browser that starts, and print its path.

    python -m scripts.install_browser

Uses an installed Chromium; else installs Playwright's own, else the distribution's. Prints an empty line for
Playwright's own, which needs no path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from sync.erp import find_browser
from sync.errors import BrowserNotFound

# Debian has the first two; Ubuntu's Chromium is a snap, which "chromium-browser" brings where snaps can be
# installed.
_PACKAGES = ("chromium-headless-shell", "chromium", "chromium-browser")
_INSTALL_TIMEOUT_S = 900


def main() -> int:
    """Find or install a browser; return the exit status."""
    for step in (_nothing, _install_playwright, _install_distribution):
        step()
        path = _working_browser()
        if path is not None:
            print(path)
            return 0
    print(
        "No browser could be found or installed. Install Chromium or Chrome by hand, or set BROWSER_PATH.",
        file=sys.stderr,
    )
    return 1


def _nothing() -> None:
    """Use an installed browser."""


def _working_browser() -> str | None:
    """Return the path of a browser that starts, empty for Playwright's own; None if none does."""
    try:
        path = find_browser(os.environ.get("BROWSER_PATH", ""))
    except BrowserNotFound:
        return None
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(executable_path=path, args=arguments).close()
    except PlaywrightError as error:
        print(f"The browser {path or 'of Playwright'} does not start: {error.message}", file=sys.stderr)
        return None
    return path or ""


def _install_playwright() -> None:
    print("Installing a browser: Playwright's own", file=sys.stderr)
    playwright = [sys.executable, "-m", "playwright"]
    if _ran([*playwright, "install", "chromium"]):
        _as_root([*playwright, "install-deps", "chromium"])


def _install_distribution() -> None:
    print("Installing a browser: the distribution's", file=sys.stderr)
    _as_root(["apt-get", "update", "-qq"])
    any(_as_root(["apt-get", "install", "-y", "-qq", package]) for package in _PACKAGES)


def _as_root(command: list[str]) -> bool:
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            print(f"Not root, and no sudo: run {' '.join(command)} as root", file=sys.stderr)
            return False
        command = ["sudo", *command]
    return _ran(command)


def _ran(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, stdout=subprocess.DEVNULL, timeout=_INSTALL_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command[0]} failed: {error}", file=sys.stderr)
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
