"""Tell from any process whether a cluster is up and does its work."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.core.cache import cache
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from sync.scheduling.schedule import is_overdue

logger = logging.getLogger(__name__)

_OVERDUE_S = 90
# How long a task may wait in the database before a worker takes it.
UNTAKEN_S = 90
_LIVENESS_KEY = "sync.cluster"
_LIVENESS_S = 60


@dataclass(frozen=True)
class ClusterHealth:
    """Whether a cluster does its work; ``reason`` is empty if so.

    ``is_known`` is False while the cache, in which clusters keep their liveness key, does not answer.
    """

    ok: bool
    reason: str = ""
    is_known: bool = True


def set_liveness(valid_s: int = _LIVENESS_S) -> None:
    """Set the liveness key; it expires unless a cluster sets it again."""
    cache.set(_LIVENESS_KEY, True, valid_s)


def clear_liveness() -> None:
    """Clear the liveness key on shutdown. Another cluster sets it again within a second."""
    cache.delete(_LIVENESS_KEY)


def cluster_health() -> ClusterHealth:
    """Return whether a cluster is up and does its work.

    django-q2's statistics are not used: they say "Working" even of a cluster that is stuck.
    """
    try:
        is_alive = cache.get(_LIVENESS_KEY) is True
    except Exception:
        # Each cache backend has its own exceptions.
        logger.warning("the liveness key could not be read from the cache", exc_info=True)
        unknown = "the cache does not answer: whether a cluster is running is not known"
        return ClusterHealth(False, unknown, is_known=False)
    if not is_alive:
        silent = f"no cluster has renewed its liveness key for {_LIVENESS_S} s"
        return ClusterHealth(False, f"{silent}: is `manage.py qcluster` running?")
    reason = _overdue() or _untaken()
    return ClusterHealth(not reason, reason)


def oldest_untaken_task() -> tuple[int, float] | None:
    """Return key and age in seconds of the task that has waited longest for a worker, if one waits."""
    now = timezone.now()
    waiting = OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lte=now)
    oldest = waiting.order_by("lock").values_list("pk", "lock").first()
    return None if oldest is None else (oldest[0], (now - oldest[1]).total_seconds())


def _overdue() -> str:
    return f"the schedule is overdue by more than {_OVERDUE_S} s" if is_overdue(_OVERDUE_S) else ""


def _untaken() -> str:
    oldest = oldest_untaken_task()
    if oldest is None or oldest[1] <= UNTAKEN_S:
        return ""
    return f"a task has waited for {oldest[1]:.0f} s and no worker took it"
