"""Remove what has expired."""

from __future__ import annotations

from access import tokens


def remove_expired() -> None:
    tokens.remove_expired()
