"""End sessions that nobody uses: requests that a page sends by itself don't count as use.

Django ends a session SESSION_COOKIE_AGE after it was last saved; it is saved when somebody uses it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]

_KEY = "active_at"
# Saves the session at most this often.
_STEP_S = 60


def polled(view: View) -> View:
    """Mark a view that a page polls."""
    view.is_polled = True  # type: ignore[attr-defined]
    return view


def note_activity(session: SessionBase) -> None:
    now = int(time.time())
    if now - session.get(_KEY, 0) >= _STEP_S:
        session[_KEY] = now


class IdleTimeout:
    """Middleware: prolong the session of a person who uses it."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, *args: Any) -> None:
        if SESSION_KEY in request.session and not getattr(view, "is_polled", False):
            note_activity(request.session)
