"""Tell a host that takes no connection from one that is slow: a bare TCP connection, nothing asked."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit
from urllib.request import getproxies

CONNECT_TIMEOUT_S = 10.0
_DEFAULT_PORTS = {"http": 80, "https": 443}


def connection_times_out(base_url: str, timeout_s: float = CONNECT_TIMEOUT_S) -> bool:
    """Say whether connections to the host of ``base_url`` are neither taken nor refused.

    False where a proxy stands between, since a direct connection then says nothing about the browser's.
    """
    address = urlsplit(base_url)
    if address.scheme in getproxies():
        return False
    port = address.port or _DEFAULT_PORTS.get(address.scheme, 443)
    try:
        socket.create_connection((address.hostname or "", port), timeout=timeout_s).close()
    except TimeoutError:
        return True
    except OSError:
        return False
    return False
