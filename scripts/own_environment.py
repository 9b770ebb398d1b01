"""The environment of a program that has data of its own, whatever this machine's settings are."""

from __future__ import annotations

import os
from collections.abc import Mapping

# They name this machine's data, and the people and programs that hear of a sync.
_NOT_OURS = (
    "ADMINS",
    "ALERT_URLS",
    "CACHE_PASSWORD",
    "CACHE_URL",
    "DATABASE_PASSWORD",
    "DATABASE_URL",
    "EMAIL_URL",
    "PING_URL",
    "STATIC_ROOT",
)


def own_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this program's environment with these settings, and no other data than theirs.

    The checkout's ``.env`` is not read. A file ``NAME_FILE`` would win over a setting, so it is left out too.
    """
    files = {f"{name}_FILE" for name in (*_NOT_OURS, *settings)}
    kept = {name: value for name, value in os.environ.items() if name not in {*_NOT_OURS, *files}}
    return {**kept, "SETTINGS_FILE": "", **settings}
