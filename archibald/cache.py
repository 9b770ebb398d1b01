"""Caches that store JSON. Django's own store pickles: reading one runs the code that is in it.

A value that is not JSON, whoever has written it, counts as missing and is deleted. Only what JSON can express
can be cached: a date raises a TypeError when it is stored.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

logger = logging.getLogger(__name__)

_MISSING = object()


class NotJson(ValueError):
    """A cached value is not JSON."""


class JsonSerializer:
    """Whole numbers are stored as digits, so that Redis can increment them."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, allow_nan=False).encode()

    def loads(self, stored: bytes) -> Any:
        """Raises: NotJson."""
        try:
            return json.loads(stored)
        except (ValueError, RecursionError) as exc:
            logger.warning("a cached value is not JSON, and is ignored")
            raise NotJson from exc


_JSON = JsonSerializer()


class JsonRedisCacheClient(RedisCacheClient):
    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **{**options, "serializer": _JSON})

    def get(self, key: Any, default: Any = None) -> Any:
        try:
            return super().get(key, default)
        except NotJson:
            self.delete(key)
            return default

    def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        found = {key: self.get(key, _MISSING) for key in keys}
        return {key: value for key, value in found.items() if value is not _MISSING}


class JsonRedisCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = JsonRedisCacheClient


class JsonFileCache(FileBasedCache):
    """Files with two lines of JSON: the time of expiry or null, and the value."""

    # Methods of Django's that its type stubs lack.
    _key_to_file: Callable[[str, int | None], str]
    _delete: Callable[[str], bool]

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        path = self._key_to_file(key, version)
        try:
            with Path(path).open("rb") as file:
                if not self._is_expired(file):
                    return _JSON.loads(file.read())
        except FileNotFoundError:
            pass
        except NotJson:
            self._delete(path)
        return default

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        value = self.get(key, _MISSING, version)
        if value is _MISSING:
            return False
        self.set(key, value, timeout, version)
        return True

    def _write_content(self, file: IO[bytes], timeout: float | None, value: Any) -> None:
        expiry = self.get_backend_timeout(timeout)
        file.write(_JSON.dumps(expiry) + b"\n" + _JSON.dumps(value))

    def _is_expired(self, file: IO[bytes]) -> bool:
        """Return whether the open file is expired or none of ours; it is deleted then."""
        try:
            expiry = _JSON.loads(file.readline())
        except NotJson:
            expiry = 0
        if expiry is None or (isinstance(expiry, int | float) and expiry >= time.time()):
            return False
        self._delete(file.name)
        return True
