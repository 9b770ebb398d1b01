"""The address that a request comes from, behind proxies and without."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from customers.addresses import client_address, client_network

PROXY = "10.0.0.1"


def request(peer: str = PROXY, forwarded: str | None = None) -> Any:
    made = RequestFactory().get("/", REMOTE_ADDR=peer)
    if forwarded is not None:
        made.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return made


def test_without_a_proxy_the_header_is_ignored() -> None:
    assert client_address(request(forwarded="192.0.2.7")) == PROXY


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, "192.0.2.7", "192.0.2.7"),
        (1, "203.0.113.9, 192.0.2.7", "192.0.2.7"),
        (2, "203.0.113.9, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        (2, "192.0.2.7", PROXY),
        (1, "192.0.2.7:4711", "192.0.2.7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "::ffff:192.0.2.7", "192.0.2.7"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "nonsense", PROXY),
        (1, "", PROXY),
        (1, None, PROXY),
    ],
)
def test_behind_proxies_their_entry_counts(
    settings: Any, proxies: int, forwarded: str | None, address: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    assert client_address(request(forwarded=forwarded)) == address


def test_the_peer_of_a_unix_socket_has_no_address() -> None:
    assert client_address(request(peer="")) == ""
    assert client_network(request(peer="")) is None


def test_failures_are_counted_by_ipv4_address_and_ipv6_network() -> None:
    assert client_network(request(peer="192.0.2.7")) == "192.0.2.7"
    assert client_network(request(peer="2001:db8:1:2:3:4:5:6")) == "2001:db8:1:2::"
