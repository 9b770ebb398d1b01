"""The counters: how often the customers were synced, how long it took, and how it went last.

The run table is the truth, and all counting is done there. The run that holds the lease counts when it begins
and after every attempt, and puts one whole answer into the cache: no increments and no locks there, since a
file cache loses both. Readers take the answer from the cache, without a query; where it is missing,
unreadable or of another release, or while an attempt is being written, they make it anew from the table.

What counts: every attempt of every run that is no dry run. A run that failed, or that was abandoned because
its process died, is a failure; one that succeeded ends the row of failures. A held run is neither: its list
waits. A queued run that nobody took up was never tried.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Sum

from sync.models import SyncAttempt, SyncRun

logger = logging.getLogger(__name__)

FAILURES_UNTIL_DEGRADED = 3

_CACHE_KEY = "sync.metrics"
# To be raised whenever the answer changes: a release never serves another one's.
_FORMAT = 1
# Stands in the cache while a run writes what changes the answer: readers count, and put nothing there.
_CHANGING = {"format": _FORMAT, "metrics": "changing"}
# Gone by itself where the process dies meanwhile.
_CHANGING_S = 300
_KEYS = {"lastSyncTime", "lastResult", "totalSyncs", "consecutiveFailures", "averageDuration", "health"}

_SHOWN_FIELDS = ("started_at", "duration_ms", "error_code", "error_message", "run__counts")
_SUCCEEDED, _FAILED, _ABANDONED = SyncRun.State.SUCCEEDED, SyncRun.State.FAILED, SyncRun.State.ABANDONED


@dataclass(frozen=True)
class Counters:
    """What is counted. ``last_run_id`` is the run that ended last, well or not."""

    attempts: int = 0
    duration_ms: int = 0
    consecutive_failures: int = 0
    last_run_id: int | None = None
    last_attempt_at: datetime | None = None
    last_result: Mapping[str, Any] | None = None

    @property
    def is_degraded(self) -> bool:
        return self.consecutive_failures >= FAILURES_UNTIL_DEGRADED

    def as_json(self) -> dict[str, Any]:
        """Return what `GET /api/customers/sync/metrics` answers. Durations in milliseconds."""
        return {
            "lastSyncTime": _iso(self.last_attempt_at) if self.last_attempt_at else None,
            "lastResult": dict(self.last_result) if self.last_result else None,
            "totalSyncs": self.attempts,
            "consecutiveFailures": self.consecutive_failures,
            "averageDuration": int(self.duration_ms / self.attempts + 0.5) if self.attempts else 0,
            "health": "degraded" if self.is_degraded else "healthy",
        }


def metrics() -> dict[str, Any]:
    """Return the counters as the API shows them: from the cache, else from the history."""
    kept = _kept()
    answer = _answer_in(kept)
    if answer is None:
        answer = from_history().as_json()
        if kept == _CHANGING:
            return answer
        # Where nothing was there, something may be by now, put there by a run that knows more.
        _keep(answer, cache.add if kept is None else cache.set)
    return answer


def health() -> str:
    """Return ``healthy``, or ``degraded`` after three failed runs in a row."""
    return str(metrics()["health"])


def expect_change() -> None:
    """Let readers count from the table until `recount` is called, within minutes, or `forget`."""
    try:
        cache.set(_CACHE_KEY, _CHANGING, timeout=_CHANGING_S)
    except Exception:
        logger.warning("the counters could not be marked in the cache", exc_info=True)


def recount() -> Counters:
    """Count from the table, and put the answer into the cache."""
    counters = from_history()
    _keep(counters.as_json(), cache.set)
    return counters


def forget() -> None:
    """Drop the answer in the cache: the next reader makes it anew from the history."""
    try:
        cache.delete(_CACHE_KEY)
    except Exception:
        logger.warning("the counters could not be dropped from the cache", exc_info=True)


def from_history() -> Counters:
    """Count what the run table holds."""
    attempts = SyncAttempt.objects.filter(run__is_dry=False)
    totals = attempts.aggregate(attempts=Count("pk"), duration_ms=Sum("duration_ms"))
    # Of the run no more than that: its log may be long.
    last = attempts.select_related("run").only(*_SHOWN_FIELDS).order_by("-pk").first()
    consecutive_failures, last_run_id = _ends()
    return Counters(
        attempts=totals["attempts"],
        duration_ms=totals["duration_ms"] or 0,
        consecutive_failures=consecutive_failures,
        last_run_id=last_run_id,
        last_attempt_at=_ended_at(last) if last else None,
        last_result=_result_json(last) if last else None,
    )


def _ends() -> tuple[int, int | None]:
    """Return how many runs failed since the last success, and the run that ended last.

    A run counts that was tried and ended; a held one that is approved ends then.
    """
    ended = (
        SyncRun.objects.real()
        .filter(started_at__isnull=False, state__in=(_SUCCEEDED, _FAILED, _ABANDONED))
        .order_by("-finished_at", "-pk")
    )
    failures, last_run_id = 0, None
    # One query for both: the table is sorted for it, which is most of what counting takes.
    for run_id, state in ended.values_list("pk", "state").iterator(chunk_size=100):
        last_run_id = last_run_id or run_id
        if state == _SUCCEEDED:
            break
        failures += 1
    return failures, last_run_id


def _result_json(attempt: SyncAttempt) -> dict[str, Any]:
    """Return how an attempt went. One without success has processed nothing, whatever it has read."""
    is_success = not attempt.error_code
    written = attempt.run.counts if is_success else {}
    answer: dict[str, Any] = {
        "success": is_success,
        "customersProcessed": written.get("rows", 0),
        "newCustomers": written.get("new", 0),
        "updatedCustomers": written.get("updated", 0),
        "duration": attempt.duration_ms,
    }
    return answer if is_success else {**answer, "error": attempt.error_message}


def _ended_at(attempt: SyncAttempt) -> datetime:
    return attempt.started_at + timedelta(milliseconds=attempt.duration_ms)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _kept() -> Any:
    """Return what the cache holds: None for nothing, False for what can't be read."""
    try:
        return cache.get(_CACHE_KEY)
    except Exception:
        # Refused, or not to be unpickled: the exceptions of caches are as many as their kinds.
        logger.warning("the counters could not be read from the cache", exc_info=True)
        return False


def _answer_in(kept: Any) -> dict[str, Any] | None:
    """Return the answer in a value of the cache; None where there is none that can be used."""
    if not isinstance(kept, dict) or kept.get("format") != _FORMAT:
        return None
    answer = kept.get("metrics")
    return answer if isinstance(answer, dict) and set(answer) == _KEYS else None


def _keep(answer: dict[str, Any], put: Callable[..., Any]) -> None:
    try:
        put(_CACHE_KEY, {"format": _FORMAT, "metrics": answer}, timeout=None)
    except Exception:
        logger.warning("the counters could not be put into the cache", exc_info=True)
