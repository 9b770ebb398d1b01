"""Liveness and readiness checks, without login and without details in the response."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from sync.scheduling.health import cluster_health

logger = logging.getLogger(__name__)

_CACHE_KEY = "archibald.health"


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Return 200: the process is up."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Return 200 if database, cache and cluster are up, else 503. The log says which one is not."""
    parts: dict[str, Callable[[], bool]] = {
        "database": _database_is_up,
        "cache": _cache_is_up,
        "cluster": _cluster_is_up,
    }
    if all(_is_up(name, check) for name, check in parts.items()):
        return JsonResponse({"status": "ok"})
    return JsonResponse({"status": "unavailable"}, status=503)


def _is_up(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        # Each database and cache backend has its own exceptions.
        logger.exception("not ready: the %s does not answer", name)
        return False


def _database_is_up() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() is not None


def _cache_is_up() -> bool:
    cache.set(_CACHE_KEY, "up", 60)
    return cache.get(_CACHE_KEY) is not None


def _cluster_is_up() -> bool:
    cluster = cluster_health()
    if not cluster.ok:
        logger.error("not ready: %s", cluster.reason)
    return cluster.ok
