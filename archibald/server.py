"""The web server: ``python -m archibald.server --bind 127.0.0.1:8000``.

Waitress gives a request to a thread only when all of it has arrived, and sends a response from a buffer: slow
clients keep connections busy, but no threads. It logs no requests.
"""

from __future__ import annotations

import argparse
import resource
import signal
import socket
import time
from threading import Event
from types import FrameType
from typing import Any

from django.conf import settings
from waitress.server import TcpWSGIServer, create_server

from archibald.wsgi import application

# An idle connection, or one with half a request, is closed after this time.
_IDLE_S = 30
_CLEANUP_S = 10
_CONNECTIONS = 1000
# A connection may need further files, for a large body and for each static file that it asks for.
_OPEN_FILES = 65_536
_HEADER_BYTES = 64 << 10
# Larger bodies and responses are kept in temporary files.
_BODY_IN_MEMORY_BYTES = 64 << 10
# A thread waits for a slow reader only when this much of the response has not been sent.
_UNSENT_BYTES = 1 << 30
# How long responses may take after SIGTERM.
_GRACE_S = 30.0
_POLL_S = 1.0


class Server:
    """Serves an application on a bound socket until SIGTERM or Ctrl-C, and then ends what it has begun."""

    def __init__(self, listener: socket.socket, threads: int) -> None:
        self._sockets: dict[int, Any] = {}
        self._stopping = Event()
        self._waitress: TcpWSGIServer = create_server(
            application,
            map=self._sockets,
            sockets=[listener],
            threads=threads,
            ident=None,
            connection_limit=_CONNECTIONS,
            channel_timeout=_IDLE_S,
            cleanup_interval=_CLEANUP_S,
            max_request_header_size=_HEADER_BYTES,
            max_request_body_size=settings.REQUEST_MAX_BYTES,
            inbuf_overflow=_BODY_IN_MEMORY_BYTES,
            outbuf_high_watermark=_UNSENT_BYTES,
            **_proxy_options(),
        )

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._stopping.is_set():
            self._poll()
        # Refuse new connections, and send the responses to requests that have arrived completely.
        self._waitress.del_channel()
        self._waitress.socket.close()
        end_s = time.monotonic() + _GRACE_S
        while self._is_busy() and time.monotonic() < end_s:
            self._poll()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()
        self._waitress.pull_trigger()

    def _poll(self) -> None:
        self._waitress.asyncore.loop(timeout=_POLL_S, use_poll=True, map=self._sockets, count=1)

    def _is_busy(self) -> bool:
        channels = self._waitress.active_channels.values()
        return any(channel.requests or channel.total_outbufs_len for channel in channels)


def _proxy_options() -> dict[str, Any]:
    """Believe the proxies in front; without them, the headers that they would set are removed."""
    headers = {"x-forwarded-proto"} if settings.HTTPS_ONLY else set()
    if settings.TRUSTED_PROXY_COUNT:
        headers.add("x-forwarded-for")
    if not headers:
        return {}
    count = max(settings.TRUSTED_PROXY_COUNT, 1)
    return {"trusted_proxy": "*", "trusted_proxy_count": count, "trusted_proxy_headers": headers}


def listen(address: str) -> socket.socket:
    """Return a socket that is bound to ``HOST:PORT``; an IPv6 address stands in brackets."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    return socket.create_server((host.strip("[]"), int(port)), family=family)


def allow_open_files() -> None:
    """Raise the limit of open files, as far as the system lets this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m archibald.server", description="Serve pages and REST.")
    parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=8, help="requests worked on at once (default: 8)")
    options = parser.parse_args()
    allow_open_files()
    with listen(options.bind) as listener:
        Server(listener, options.threads).run()


if __name__ == "__main__":
    main()
