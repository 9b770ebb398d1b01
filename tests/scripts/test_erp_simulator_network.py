"""Network faults: refused, reset, cut, slow and parallel requests, and TLS for another name."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from scripts.erp_simulator.faults import Faults
from scripts.erp_simulator.server import ErpSimulator
from tests.scripts.erp_visitor import KEEP_ALIVE, LIST, LOGIN, Answer, Visitor
from tests.waiting import wait_until


@pytest.fixture
def erp() -> Iterator[ErpSimulator]:
    with ErpSimulator(3) as simulator:
        yield simulator


@pytest.mark.parametrize(("fault", "status"), [("bad-gateway=2", 502), ("service-unavailable=2", 503)])
def test_a_gateway_error_occurs_twice(erp: ErpSimulator, fault: str, status: int) -> None:
    erp.faults.set_from_text(fault)
    answers = [Visitor(erp).get(LOGIN) for _ in range(3)]
    assert [answer.status for answer in answers] == [status, status, 200]
    assert f"<h2>{status} - " in answers[0].text


def test_style_sheets_and_scripts_do_not_use_faults_up(erp: ErpSimulator) -> None:
    erp.faults.bad_gateway = 1
    assert Visitor(erp).get("/Archibald/DXR.axd?r=1_11").status == 200
    assert Visitor(erp).get("/favicon.ico").status == 404
    assert Visitor(erp).get(LOGIN).status == 502
    assert erp.counters.requests == 1


def test_a_connection_can_be_reset(erp: ErpSimulator) -> None:
    erp.faults.connection_reset = 1
    with pytest.raises(ConnectionResetError):
        Visitor(erp).get(LOGIN)
    assert Visitor(erp).get(LOGIN).status == 200


def test_connections_can_be_refused_until_the_fault_is_cleared(erp: ErpSimulator) -> None:
    erp.faults.connection_refused = 60
    with pytest.raises(ConnectionRefusedError):
        Visitor(erp).get(LOGIN)
    erp.faults.clear("connection-refused")
    assert Visitor(erp).get(LOGIN).status == 200


def accepts_connections(erp: ErpSimulator) -> bool:
    address = urlsplit(erp.base_url)
    try:
        socket.create_connection((address.hostname, address.port), timeout=60).close()
    except ConnectionRefusedError:
        return False
    return True


def test_refused_connections_recover_by_themselves(erp: ErpSimulator) -> None:
    erp.faults.connection_refused = 0.05
    wait_until(lambda: accepts_connections(erp))
    assert erp.faults.active() == {}
    assert Visitor(erp).get(LOGIN).status == 200


def test_a_refusing_erp_drops_the_connections_that_are_open(erp: ErpSimulator) -> None:
    connection = http.client.HTTPConnection(urlsplit(erp.base_url).netloc, timeout=60)
    connection.request("GET", LOGIN)
    connection.getresponse().read()
    erp.faults.connection_refused = 60
    assert connection.sock.recv(1) == b""
    connection.close()


def test_connections_can_time_out_until_the_fault_is_cleared(erp: ErpSimulator) -> None:
    address = urlsplit(erp.base_url)
    erp.faults.connections_time_out = True
    with pytest.raises(TimeoutError):
        socket.create_connection((address.hostname, address.port), timeout=1)
    erp.faults.clear("connections-time-out")
    assert Visitor(erp).get(LOGIN).status == 200


def test_an_erp_that_does_not_accept_connections_can_be_stopped() -> None:
    with ErpSimulator(2, faults=Faults(connections_time_out=True)) as erp:
        address = urlsplit(erp.base_url)
        with pytest.raises(TimeoutError):
            socket.create_connection((address.hostname, address.port), timeout=1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=1)


@pytest.mark.parametrize(("fails", "status"), [(False, 200), (True, 503)])
def test_the_keep_alive_uses_up_no_fault(erp: ErpSimulator, fails: bool, status: int) -> None:
    erp.faults.bad_gateway, erp.faults.keepalive_fails = 1, fails
    visitor = Visitor(erp)
    assert visitor.post(KEEP_ALIVE, {}).status == status
    assert (erp.faults.bad_gateway, erp.counters.keepalives, erp.counters.requests) == (1, 1, 0)


def test_the_keep_alive_is_not_a_parallel_request(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    session = erp.sessions.open(visitor.cookies["ASP.NET_SessionId"])
    erp.faults.page_delay = 2.0
    with ThreadPoolExecutor(1) as background:
        first = background.submit(visitor.get, LIST)
        wait_until(lambda: session.requests_running == 1)
        assert visitor.post(KEEP_ALIVE, {}).status == 200
        assert first.result().status == 200
    assert erp.counters.parallel_requests == 0


def test_a_client_that_disconnects_frees_its_session(erp: ErpSimulator) -> None:
    erp.faults.export_delay = 60
    visitor = Visitor(erp)
    visitor.open_list()
    visitor.timeout_s = 0.5
    with pytest.raises(TimeoutError):
        visitor.export()
    session = erp.sessions.open(visitor.cookies["ASP.NET_SessionId"])
    wait_until(lambda: session.requests_running == 0)
    visitor.timeout_s = 60
    assert visitor.get(LIST).status == 200


def test_stopping_does_not_wait_for_an_unanswered_request() -> None:
    with ErpSimulator(2) as erp:
        erp.faults.export_hangs = 1
        visitor = Visitor(erp)
        visitor.open_list()
        failures: list[Exception] = []

        def export() -> None:
            try:
                visitor.export()
            except (http.client.RemoteDisconnected, ConnectionResetError) as error:
                failures.append(error)

        waiting = threading.Thread(target=export)
        waiting.start()
        wait_until(lambda: erp.counters.exports_asked == 1)
        began_s = time.monotonic()
        erp.stop()
        waiting.join(60)
    assert len(failures) == 1
    assert time.monotonic() - began_s < visitor.timeout_s / 2


def in_parallel(erp: ErpSimulator, visitor: Visitor) -> tuple[Answer, Answer]:
    """Request the list twice, the second time while the first request is running."""
    session = erp.sessions.open(visitor.cookies["ASP.NET_SessionId"])
    with ThreadPoolExecutor(1) as background:
        first = background.submit(visitor.get, LIST)
        wait_until(lambda: session.requests_running == 1)
        second = visitor.get(LIST)
        return first.result(), second


def test_parallel_requests_in_one_session_disturb_each_other(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    erp.faults.page_delay = 2.0
    first, second = in_parallel(erp, visitor)
    assert first.status == 200
    assert second.location == "/Archibald/Error.aspx"
    assert erp.counters.parallel_requests == 1


def test_parallel_requests_can_be_made_to_queue(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    erp.faults.parallel_requests = "serialise"
    erp.faults.page_delay = 1.0
    assert [answer.status for answer in in_parallel(erp, visitor)] == [200, 200]
    assert erp.counters.parallel_requests == 1


def test_one_request_after_another_is_not_parallel(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    assert [visitor.get(LIST).status for _ in range(20)] == [200] * 20
    assert erp.counters.parallel_requests == 0


def test_the_certificate_is_for_another_name() -> None:
    with ErpSimulator(2, https=True) as erp:
        address = urlsplit(erp.base_url)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with (
            socket.create_connection((address.hostname, address.port), timeout=60) as raw,
            context.wrap_socket(raw) as secure,
        ):
            secure.sendall(f"GET {LOGIN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            certificate = secure.getpeercert(binary_form=True)
            assert secure.recv(15) == b"HTTP/1.1 200 OK"
    assert certificate
    assert b"archibald.example" in certificate


def test_a_client_that_checks_the_certificate_disconnects() -> None:
    with ErpSimulator(2, https=True) as erp:
        connection = http.client.HTTPSConnection(urlsplit(erp.base_url).netloc, timeout=60)
        with pytest.raises(ssl.SSLCertVerificationError):
            connection.request("GET", LOGIN)
        connection.close()


def test_a_port_in_use_is_an_error() -> None:
    with ErpSimulator(2) as erp:
        port = urlsplit(erp.base_url).port or 0
        with pytest.raises(OSError, match="in use"):
            ErpSimulator(2, port=port)


def test_a_bug_is_counted_and_answered_with_500(
    erp: ErpSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    erp.faults.filter_left_on = "free"
    erp.book.customers = None  # type: ignore[assignment]
    visitor = Visitor(erp)
    visitor.log_in()
    assert visitor.get(LIST).status == 500
    assert erp.counters.crashes == 1
    assert "Traceback" in capsys.readouterr().err
