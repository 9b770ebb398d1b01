"""A threaded HTTP/1.1 server that can refuse, reset, cut and never answer connections."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from scripts.erp_simulator.http_message import Request, Response

POLL_S = 0.02
STOP_TIMEOUT_S = 5.0
# Source: Linux queues one connection more than asked for; the others are a reserve.
QUEUE_FILLERS = 4
MAX_BODY_BYTES = 128 * 1024 * 1024

Respond = Callable[[Request], Response]


class Listener:
    """Serves on one port, which stays reserved while nothing listens on it."""

    def __init__(
        self, host: str, port: int, respond: Respond, *, tls: ssl.SSLContext | None = None, iis: bool = True
    ) -> None:
        self._respond, self._tls, self._iis = respond, tls, iis
        self._lock = threading.RLock()
        self._server: _Server | None = None
        self._unaccepted: list[socket.socket] = []
        # Bound but not listening: no other program can take the port while connections are refused.
        self._reservation = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._reservation.bind((host, port))
            self.host, self.port = self._reservation.getsockname()[:2]
            self.open()
        except OSError:
            self._reservation.close()
            raise

    def open(self) -> None:
        """Listen; no effect if it already does."""
        with self._lock:
            self._close_unaccepted()
            if self._server is None:
                self._server = _Server((self.host, self.port), self._respond, tls=self._tls, iis=self._iis)
                self._server.start()

    def close(self) -> None:
        """Refuse connections and drop the open ones, until ``open``."""
        with self._lock:
            if self._server is not None:
                self._server.stop()
                self._server = None

    def let_time_out(self) -> None:
        """Let connections time out, until ``open``, with a full queue of unaccepted connections."""
        with self._lock:
            self.close()
            self._close_unaccepted()
            listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._unaccepted = [listening]
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self.host, self.port))
            listening.listen(0)
            for _ in range(QUEUE_FILLERS):
                filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                self._unaccepted.append(filler)
                filler.setblocking(False)
                filler.connect_ex((self.host, self.port))

    def _close_unaccepted(self) -> None:
        for each in self._unaccepted:
            each.close()
        self._unaccepted = []

    def stop(self) -> None:
        self.close()
        self._close_unaccepted()
        self._reservation.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, address: tuple[str, int], respond: Respond, *, tls: ssl.SSLContext | None, iis: bool
    ) -> None:
        self.respond, self.iis = respond, iis
        self.stopping = threading.Event()
        self._tls = tls
        self._open_connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self.serve_forever, args=(POLL_S,), daemon=True)
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # HTTPServer.server_bind looks up the host's name, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection, and wait until their threads have ended."""
        self.stopping.set()
        self.shutdown()
        self._thread.join(STOP_TIMEOUT_S)
        self.server_close()
        with self._changed:
            for connection in self._open_connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open_connections, STOP_TIMEOUT_S)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        connection: socket.socket = request
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
            with self._changed:
                self._open_connections.add(connection)
            super().process_request_thread(connection, client_address)
        finally:
            connection.close()
            with self._changed:
                self._open_connections.discard(connection)
                self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients that disconnect during a response, or reject the certificate, are expected.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 300
    # Head and body are sent apart. With Nagle's algorithm the body would wait 40 ms, as on no real server.
    disable_nagle_algorithm = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The standard library calls do_GET, do_POST …: all methods are handled alike.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            raise ConnectionAbortedError("the request's body is too long")
        request = Request(
            method=self.command,
            target=self.path,
            accept_language=self.headers.get("Accept-Language", ""),
            cookie_header=self.headers.get("Cookie", ""),
            body=self.rfile.read(length),
            wait=self._wait,
        )
        self._send(self._response(request))

    def _response(self, request: Request) -> Response:
        try:
            return self.server.respond(request)
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - a bug must give a 500 and a traceback, not end the thread
            traceback.print_exc()
            return Response(status=500, body=b"<html><body><h2>Runtime Error</h2></body></html>")

    def _send(self, response: Response) -> None:
        if response.never:
            self._wait(float("inf"))
        if response.reset:
            self._reset()
            return
        self.send_response(response.status)
        for name, value in self._headers(response):
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        body = response.body[: response.sent_bytes]
        if response.stalls_s:
            half = len(body) // 2
            self.wfile.write(body[:half])
            self._wait(response.stalls_s)
            body = body[half:]
        self.wfile.write(body)
        if response.sent_bytes is not None:
            self.wfile.flush()
            self._reset()

    def _headers(self, response: Response) -> list[tuple[str, str]]:
        headers = [*response.headers]
        if response.status != 204:
            headers += [("Content-Type", response.content_type), ("Content-Length", str(len(response.body)))]
        if self.server.iis:
            caching = "public, max-age=31536000" if response.cacheable else "no-cache, no-store"
            headers += [("Cache-Control", caching)]
            if not response.cacheable:
                headers += [("Pragma", "no-cache"), ("Expires", "-1")]
            headers += [("X-AspNet-Version", "4.0.30319"), ("X-Powered-By", "ASP.NET")]
        return headers

    def _reset(self) -> None:
        """End the connection with RST, not FIN, like a cut line."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw = socket.socket(fileno=self.connection.detach())
            raw.close()

    def _wait(self, for_s: float) -> None:
        """Sleep.

        Raises: ConnectionAbortedError, if the client disconnects meanwhile or the server stops.
        """
        ends_s = time.monotonic() + for_s
        while (left_s := ends_s - time.monotonic()) > 0:
            if self.server.stopping.wait(min(left_s, POLL_S)) or self._client_has_gone():
                self.close_connection = True
                raise ConnectionAbortedError("the wait was ended")

    def _client_has_gone(self) -> bool:
        if isinstance(self.connection, ssl.SSLSocket):
            return False
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def version_string(self) -> str:
        return "Microsoft-IIS/10.0" if self.server.iis else "simulator-control"

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(timestamp, usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the application keeps its own log, without queries."""
