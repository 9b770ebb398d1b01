"""Is a cluster up and well? Asked from any process."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from sync.scheduling.schedule import is_overdue

_OVERDUE_S = 90
_SIGN_OF_LIFE_KEY = "sync.cluster"
_SIGN_OF_LIFE_S = 60


@dataclass(frozen=True)
class ClusterHealth:
    """Whether syncs are attended to; the reason is empty where they are."""

    ok: bool
    reason: str = ""


def note_sign_of_life() -> None:
    """Note in the cache that a cluster is up and well."""
    cache.set(_SIGN_OF_LIFE_KEY, True, _SIGN_OF_LIFE_S)


def note_end_of_life() -> None:
    """Take the sign back: a cluster ends. Another one, if there is one, gives its own within a second."""
    cache.delete(_SIGN_OF_LIFE_KEY)


def cluster_health() -> ClusterHealth:
    """Say whether syncs are attended to, from any process.

    django-q2's own statistics say "Working" of a cluster that is stuck: so this looks at what was not done.
    """
    for reason in (_silence(), _overdue(), _untaken()):
        if reason:
            return ClusterHealth(False, reason)
    return ClusterHealth(True)


def oldest_untaken_task() -> tuple[int, float] | None:
    """Return key and age in seconds of the task that has waited longest for a worker, if any waits."""
    now = timezone.now()
    waiting = OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lte=now)
    oldest = waiting.order_by("lock").values_list("pk", "lock").first()
    return None if oldest is None else (oldest[0], (now - oldest[1]).total_seconds())


def _silence() -> str:
    if cache.get(_SIGN_OF_LIFE_KEY):
        return ""
    return f"no cluster has given a sign of life for {_SIGN_OF_LIFE_S} s: is `manage.py qcluster` running?"


def _overdue() -> str:
    return f"the schedule is overdue by more than {_OVERDUE_S} s" if is_overdue(_OVERDUE_S) else ""


def _untaken() -> str:
    oldest = oldest_untaken_task()
    if oldest is None or oldest[1] <= _OVERDUE_S:
        return ""
    return f"a task has waited for {oldest[1]:.0f} s and no worker took it"
