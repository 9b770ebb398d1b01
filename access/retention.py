"""Remove what has expired: sessions, tokens and counted login failures."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore

from access import lockout, tokens


def remove_expired() -> None:
    SessionStore.clear_expired()
    tokens.remove_expired()
    lockout.remove_old()
