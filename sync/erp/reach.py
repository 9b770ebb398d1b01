"""Tell a host that takes no connection from one that is slow: a bare TCP connection, nothing asked."""

from __future__ import annotations

import socket
from enum import Enum
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

CONNECT_TIMEOUT_S = 10.0
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Reach(Enum):
    """What a host makes of a connection."""

    ANSWERS = "takes it, or refuses it at once"
    SILENT = "does neither, as a host that blocks this one"
    UNKNOWN = "can't be told: its name or network is not known, or a proxy stands between"


def reach(base_url: str, timeout_s: float = CONNECT_TIMEOUT_S) -> Reach:
    """Return what the host of ``base_url`` makes of a connection; ``timeout_s`` is for each of its addresses.

    Behind a proxy a direct connection says nothing about the browser's.
    """
    address = urlsplit(base_url)
    host = address.hostname or ""
    if getproxies().keys() & {address.scheme, "all"} and not proxy_bypass(host):
        return Reach.UNKNOWN
    port = address.port or _DEFAULT_PORTS.get(address.scheme, 443)
    errors: tuple[Exception, ...]
    try:
        socket.create_connection((host, port), timeout=timeout_s, all_errors=True).close()
    except ExceptionGroup as group:  # one error for each address of the host
        errors = group.exceptions
    except OSError as error:  # the look-up of its name
        errors = (error,)
    else:
        return Reach.ANSWERS
    if any(isinstance(each, ConnectionRefusedError) for each in errors):
        return Reach.ANSWERS
    return Reach.SILENT if any(isinstance(each, TimeoutError) for each in errors) else Reach.UNKNOWN
