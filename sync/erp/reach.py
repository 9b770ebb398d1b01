"""Distinguish a host that accepts no connection from a slow one, with a TCP connection that sends nothing."""

from __future__ import annotations

import socket
from enum import Enum
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

CONNECT_TIMEOUT_S = 10.0
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Reach(Enum):
    """How a host reacts to a connection."""

    ANSWERS = "accepts it, or refuses it at once"
    SILENT = "does neither, like a host that blocks this one"
    UNKNOWN = "not known: no such name, no route to it, or a proxy in between"


def reach(base_url: str, timeout_s: float = CONNECT_TIMEOUT_S) -> Reach:
    """Return how the host of ``base_url`` reacts to a connection; ``timeout_s`` is for each of its addresses.

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
    except OSError as error:  # the name could not be resolved
        errors = (error,)
    else:
        return Reach.ANSWERS
    if any(isinstance(each, ConnectionRefusedError) for each in errors):
        return Reach.ANSWERS
    return Reach.SILENT if any(isinstance(each, TimeoutError) for each in errors) else Reach.UNKNOWN
