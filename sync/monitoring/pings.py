"""Ping a monitor at every start, success and failure, so that it can alert when no sync runs at all.

The protocol is that of healthchecks.io: ``/start``, the plain URL for success, ``/fail``, each with the run's
``rid``. Pings are sent in order by background threads; a failed ping does not affect the sync.
"""

from __future__ import annotations

import logging
from contextvars import copy_context
from threading import Thread
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

logger = logging.getLogger(__name__)


class Pings:
    """The pings of one run; none are sent without a URL."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._rid = str(uuid4())
        self._last: Thread | None = None

    def start(self) -> None:
        self._send("/start")

    def end(self, *, is_success: bool) -> None:
        self._send("" if is_success else "/fail")

    def wait(self) -> None:
        """Wait for the pings to be sent, since the process may exit next."""
        if self._last is not None:
            self._last.join(2 * self._timeout_s)

    def _send(self, suffix: str) -> None:
        if self._url:
            # Each thread waits for the one before, so that the start is sent before the end.
            # Copy the context, so that their log lines are part of the run's log.
            self._last = Thread(
                target=copy_context().run, args=(self._get, suffix, self._last), name="ping", daemon=True
            )
            self._last.start()

    def _get(self, suffix: str, before: Thread | None) -> None:
        if before is not None:
            before.join(self._timeout_s)
        try:
            self._request(suffix)
        except Exception as exc:  # noqa: BLE001 - a traceback may contain the URL, which is secret
            logger.warning("the ping%s did not get through: %s", suffix, type(exc).__name__)

    def _request(self, suffix: str) -> None:
        import requests  # noqa: PLC0415 - slow to import (0.15 s), needed for pings only

        parts = urlsplit(self._url)
        url = urlunsplit(parts._replace(path=parts.path.rstrip("/") + suffix))
        # Stream: only the status matters, and the body may never end.
        response = requests.get(url, params={"rid": self._rid}, timeout=self._timeout_s, stream=True)
        with response:
            response.raise_for_status()
