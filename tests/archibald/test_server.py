"""The web server: slow clients keep no thread, sizes are limited, and SIGTERM lets responses end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import drf_spectacular_sidecar
import pytest

from tests.processes import ROOT
from tests.waiting import WAIT_S, wait_until

THREADS = 4
MAX_BODY_BYTES = 1 << 20
LIVE = "/healthz/live"
LARGE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
# Each keeps a server that gives it a thread waiting for the rest.
UNFINISHED = (
    b"",
    b"GET /healthz/live HT",
    b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nusername=",
    b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nusername=",
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp("server")) as (port, _):
        yield port


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run the server; yield its port, once it answers, and its process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "archibald.server", f"--bind=127.0.0.1:{port}", f"--threads={THREADS}"]
    settings = {"ARCHIBALD_DATA_DIR": str(folder), "REQUEST_MAX_BYTES": str(MAX_BODY_BYTES)}
    with subprocess.Popen(command, env={**os.environ, **settings}, cwd=ROOT) as process:
        try:
            wait_until(lambda: is_live(port))
            yield port, process
        finally:
            process.kill()


def is_live(port: int) -> bool:
    """Return whether the server answers within ten seconds."""
    with suppress(OSError):
        return status_of(port, f"GET {LIVE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()) == 200
    return False


def status_of(port: int, request: bytes) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as client:
        client.sendall(request)
        return int(client.recv(100).split()[1])


def client_that_reads_slowly(port: int, requests: int) -> socket.socket:
    """Ask for a large file some times on one connection, and read nothing yet."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(WAIT_S)
    client.connect(("127.0.0.1", port))
    client.sendall(f"GET {LARGE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * requests)
    return client


def read_responses(client: socket.socket, count: int) -> None:
    """Read to the end of so many responses."""
    path = Path(drf_spectacular_sidecar.__file__).parent / LARGE.removeprefix("/")
    end, received = path.read_bytes()[-100:], b""
    while count:
        received += client.recv(1 << 16)
        if end in received:
            count, received = count - 1, received.rpartition(end)[2]
        received = received[-1000:]


def test_a_hundred_half_sent_requests_delay_nobody(port: int) -> None:
    with ExitStack() as clients:
        for number in range(100):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(UNFINISHED[number % len(UNFINISHED)])
        assert is_live(port)


def test_clients_that_do_not_read_their_responses_delay_nobody(port: int) -> None:
    with ExitStack() as clients:
        for _ in range(2 * THREADS):
            clients.enter_context(client_that_reads_slowly(port, requests=20))
        # Requests wait in one queue: when this one's are answered, those of the others are too.
        with client_that_reads_slowly(port, requests=20) as reader:
            read_responses(reader, 20)
        assert is_live(port)


def test_a_too_large_header_is_refused(port: int) -> None:
    request = b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\nX-Large: " + b"x" * (70 << 10) + b"\r\n\r\n"
    assert status_of(port, request) == 431


def test_a_too_large_body_is_refused_before_it_is_sent(port: int) -> None:
    length = MAX_BODY_BYTES + 1
    request = f"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()
    assert status_of(port, request) == 413


def test_sigterm_lets_a_slow_client_read_its_response_to_the_end(tmp_path: Path) -> None:
    with serving(tmp_path) as (port, process), client_that_reads_slowly(port, requests=1) as client:
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        process.terminate()
        wait_until(lambda: not is_listening(port))
        read_responses(client, 1)
        assert process.wait(timeout=WAIT_S) == 0


def is_listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=WAIT_S):
        return True
    return False


def test_sigterm_does_not_wait_for_half_sent_requests(tmp_path: Path) -> None:
    with serving(tmp_path) as (port, process), socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(UNFINISHED[3])
        process.terminate()
        # Less than the 30 s that it has for responses.
        assert process.wait(timeout=25) == 0


def test_nobody_is_told_which_server_this_is(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    connection.request("GET", LIVE)
    assert connection.getresponse().getheader("Server") is None
    connection.close()
