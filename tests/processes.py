"""Run the project's commands as separate processes, on the tests' database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def environment(**more: str) -> dict[str, str]:
    """Return an environment whose settings are those of the running test."""
    given = {
        "ARCHIBALD_DATA_DIR": str(settings.DATA_DIR),
        "DATABASE_URL": database_url(),
        "CACHE_KEY_PREFIX": settings.CACHES["default"]["KEY_PREFIX"],
        "ARCHIBALD_URL": settings.ARCHIBALD_URL,
        "ARCHIBALD_USERNAME": settings.ARCHIBALD_USERNAME,
        "ARCHIBALD_PASSWORD": settings.ARCHIBALD_PASSWORD,
        "SYNC_RETRY_WAIT_S": str(settings.SYNC_RETRY_WAIT_S),
        "ERP_BANNER_WAIT_S": str(settings.ERP_BANNER_WAIT_S),
    }
    location = str(settings.CACHES["default"]["LOCATION"])
    if "://" in location:
        given["CACHE_URL"] = location
    return {**buffered_environment(), **given, **more}


def buffered_environment() -> dict[str, str]:
    """Return this process's environment with Python's usual buffers, which containers often turn off.

    What is left in one must be written at the end, where that can fail.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def database_url() -> str:
    """Return the URL of the test database."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    account = database["USER"] + (f":{database['PASSWORD']}" if database["PASSWORD"] else "")
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgres://{account}@{database['HOST']}{port}/{database['NAME']}"


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)]


def manage(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` to its end, within two minutes; ``more`` is for its environment."""
    return _ended(arguments, environment(**more), subprocess.PIPE, subprocess.PIPE)


def manage_into(
    *arguments: str | Path, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` like `manage`, with these files for its output."""
    return _ended(arguments, environment(), stdout, stderr)


def _ended(
    arguments: Sequence[str | Path], variables: Mapping[str, str], stdout: int, stderr: int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=variables,
        cwd=ROOT,
        stdout=stdout,
        stderr=stderr,
        text=True,
        timeout=120,
        check=False,
    )
