"""What a TCP connection shows about the ERP's host."""

from __future__ import annotations

import socket

import pytest

from scripts.erp_simulator.server import ErpSimulator
from sync.erp import Reach, reach


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_host_that_takes_connections_answers(erp: ErpSimulator) -> None:
    assert reach(erp.base_url) is Reach.ANSWERS
    assert erp.counters.requests == 0


def test_a_host_that_refuses_a_connection_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert reach(f"http://127.0.0.1:{port}/Archibald") is Reach.ANSWERS


def test_a_host_that_does_neither_is_silent(erp: ErpSimulator) -> None:
    erp.faults.connections_time_out = True
    assert reach(erp.base_url, timeout_s=0.3) is Reach.SILENT


def test_a_host_whose_name_cannot_be_resolved_is_unknown() -> None:
    assert reach("https://archibald.invalid/Archibald") is Reach.UNKNOWN


def test_a_host_behind_a_proxy_is_unknown(erp: ErpSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        assert reach(erp.base_url) is Reach.UNKNOWN
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert reach(erp.base_url) is Reach.ANSWERS
        monkeypatch.delenv("no_proxy")
        monkeypatch.delenv(name)


def test_a_silent_address_counts_even_if_another_has_no_route(
    erp: ErpSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host of two address families, on a machine that has a network of one of them."""
    erp.faults.connections_time_out = True
    port = int(erp.base_url.split(":")[2].split("/")[0])
    real = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
    # No TCP connection goes to a multicast address: the system reports that there is no route.
    lost = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("224.0.0.1", port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: [real, lost])
    assert reach(erp.base_url, timeout_s=0.3) is Reach.SILENT
