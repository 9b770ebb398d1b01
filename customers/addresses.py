"""The address that a request comes from."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings

# A proxy may add the port: 192.0.2.7:4711 or [2001:db8::7]:4711.
_WITH_PORT = re.compile(r"\[(?P<ipv6>[^]]+)\](?::\d+)?|(?P<ipv4>[\d.]+):\d+")
# A provider gives each customer at least this much of IPv6, so one attacker has all addresses in it.
_IPV6_PREFIX = 64


def client_address(request: Any) -> str:
    """Return the address that a request comes from; empty if it is unknown, as with a Unix socket.

    ``X-Forwarded-For`` is used only behind TRUSTED_PROXY_COUNT proxies: each appends the address that it was
    called from, and what stands before those entries was written by the client.
    """
    found = _parsed(_forwarded(request)) or _parsed(request.META.get("REMOTE_ADDR", ""))
    return str(found) if found else ""


def client_network(request: Any) -> str | None:
    """Return the address by which failures are counted: for IPv6 the first of its /64 network."""
    address = client_address(request)
    if ":" not in address:
        return address or None
    return str(ip_network((address, _IPV6_PREFIX), strict=False).network_address)


def _forwarded(request: Any) -> str:
    count = settings.TRUSTED_PROXY_COUNT
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return entries[-count].strip() if 0 < count <= len(entries) else ""


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address, without port and zone; None if it is not one."""
    if with_port := _WITH_PORT.fullmatch(text):
        text = with_port["ipv6"] or with_port["ipv4"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
