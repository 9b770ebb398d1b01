"""Count wrong API tokens, and refuse to check more of them for a while.

The counts are in the cache, by address and minute. A program that repeats one wrong token must not stop the
others behind its address: for the address, only different tokens count, and repetitions count by themselves.
"""

from __future__ import annotations

import logging
import time
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache

from customers.addresses import client_address, client_network

logger = logging.getLogger(__name__)

_PERIOD_S = 60


def wait_s(request: Any, token: str) -> int:
    """Return for how many seconds this token is not to be checked; 0 if it may be checked now."""
    limit = settings.API_WRONG_TOKENS_PER_MINUTE
    try:
        counts = cache.get_many(_keys(request, token))
    except Exception:
        # Without the cache, nothing is counted, and programs with the right token go on.
        logger.exception("wrong API tokens can't be counted")
        return 0
    # Whatever else is stored under the keys is no count.
    is_over = any(isinstance(count, int) and count >= limit for count in counts.values())
    return _PERIOD_S - int(time.time()) % _PERIOD_S if is_over else 0


def note_wrong(request: Any, token: str, account: str | None) -> None:
    """Log and count a wrong token; ``account`` is the one that it belonged to, if known."""
    address = client_address(request)
    logger.warning("API token refused: account %s, address %s", account or "unknown", address or "unknown")
    try:
        by_address, by_token = _keys(request, token)
        is_new = _add_one(by_token) == 1
        if is_new and _add_one(by_address) == settings.API_WRONG_TOKENS_PER_MINUTE:
            logger.warning("no more API tokens from address %s are checked in this minute", address)
    except Exception:
        logger.exception("wrong API tokens can't be counted")


def _keys(request: Any, token: str) -> tuple[str, str]:
    period = int(time.time()) // _PERIOD_S
    by_address = f"access.wrong_tokens.{client_network(request)}.{period}"
    return by_address, f"{by_address}.{sha256(token.encode()).hexdigest()}"


def _add_one(key: str) -> int:
    """Return the new count. With a cache in files, simultaneous calls may count as one."""
    cache.add(key, 0, timeout=2 * _PERIOD_S)
    return cache.incr(key)
