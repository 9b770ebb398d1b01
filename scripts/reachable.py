"""Check whether servers answer: ``python -m scripts.reachable URL …`` exits with 0 if all do, else 1."""

from __future__ import annotations

import socket
import sys
from urllib.parse import urlsplit

_PORTS = {"postgres": 5432, "redis": 6379}
_TIMEOUT_S = 3


def main() -> int:
    """Try to connect to each address; return the exit status."""
    for address in sys.argv[1:]:
        parts = urlsplit(address)
        place = (parts.hostname or "127.0.0.1", parts.port or _PORTS[parts.scheme])
        try:
            socket.create_connection(place, timeout=_TIMEOUT_S).close()
        except OSError as error:
            print(f"{place[0]}:{place[1]} does not answer: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
