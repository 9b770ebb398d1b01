"""Write bytes into the cache's store, as somebody would who can reach it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.cache import cache


def store_bytes(backend: dict[str, Any], key: str, content: bytes) -> None:
    """Let the cache's store hold these bytes as the value of ``key``, the only one in a file cache."""
    cache.clear()
    cache.set(key, True)
    if "://" not in str(backend["LOCATION"]):
        (file,) = Path(backend["LOCATION"]).iterdir()
        file.write_bytes(content)
        return
    import redis  # noqa: PLC0415 - needed only with a Redis cache

    with redis.Redis.from_url(backend["LOCATION"]) as client:
        client.set(f"{backend['KEY_PREFIX']}:1:{key}", content)
