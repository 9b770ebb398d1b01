"""Tell a monitor of every start, success and failure, so that somebody notices when nothing runs at all.

The protocol is healthchecks.io's: ``/start``, the bare address for success, ``/fail``, each with the run's
own ``rid``. Pings are sent by threads of their own, in order, and none of them can touch a sync.
"""

from __future__ import annotations

import logging
from contextvars import copy_context
from threading import Thread
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

logger = logging.getLogger(__name__)


class Pings:
    """The pings of one run; without an address, none."""

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
        """Give the pings a moment to get out before the process may end."""
        if self._last is not None:
            self._last.join(2 * self._timeout_s)

    def _send(self, suffix: str) -> None:
        if self._url:
            # The monitor must hear of the start before the end.
            # In the run's context, so that the run's log has these lines too.
            self._last = Thread(
                target=copy_context().run, args=(self._get, suffix, self._last), name="ping", daemon=True
            )
            self._last.start()

    def _get(self, suffix: str, before: Thread | None) -> None:
        if before is not None:
            before.join(self._timeout_s)
        try:
            self._ask(suffix)
        except Exception as exc:  # noqa: BLE001 - the address in a traceback is what lets anybody ping
            logger.warning("the ping%s did not get through: %s", suffix, type(exc).__name__)

    def _ask(self, suffix: str) -> None:
        import requests  # noqa: PLC0415 - costs .15 s that a sync without pings need not spend

        parts = urlsplit(self._url)
        url = urlunsplit(parts._replace(path=parts.path.rstrip("/") + suffix))
        # Streamed: the answer's headers say all, and a body that never ends is not waited for.
        answer = requests.get(url, params={"rid": self._rid}, timeout=self._timeout_s, stream=True)
        with answer:
            answer.raise_for_status()
