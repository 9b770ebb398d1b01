"""Remove what has expired: tokens and counted login failures."""

from __future__ import annotations

from access import lockout, tokens


def remove_expired() -> None:
    tokens.remove_expired()
    lockout.remove_old()
