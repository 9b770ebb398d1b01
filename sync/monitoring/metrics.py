"""Metrics: how many syncs ran, how long they took, and how the last one ended.

All metrics are computed from the run table. The run that holds the lease computes them when it starts and
after every attempt, and stores the whole answer in the cache; it uses no increments or locks there, since a
file cache supports neither reliably. Readers use the cached answer, without a query. If it is missing,
unreadable or of another release, or while an attempt is being written, they compute it from the table.

Every attempt of every run counts, except for dry runs, uploads, and runs that a person cancelled. A run that
failed, or that was abandoned because its process died, is a failure; a run that succeeded resets the number
of consecutive failures. A held run is neither, and a queued run that was never started does not count.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from types import NoneType
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Sum

from customers.labels import message_text
from sync.models import SyncAttempt, SyncRun

logger = logging.getLogger(__name__)

FAILURES_UNTIL_DEGRADED = 3

_CACHE_KEY = "sync.metrics"
# Increase it when the answer's format changes, so that no release serves the answer of another one.
_FORMAT = 2
# Cached while a run writes an attempt: readers compute the answer, and do not cache it.
_CHANGING = {"format": _FORMAT, "metrics": "changing"}
# Expires in case the process dies while it writes.
_CHANGING_S = 300
_TYPES = {
    "lastSyncTime": (str, NoneType),
    "lastResult": (dict, NoneType),
    "totalSyncs": (int,),
    "consecutiveFailures": (int,),
    "averageDuration": (int,),
    "health": (str,),
}
_RESULT_TYPES = {
    "success": (bool,),
    "customersProcessed": (int,),
    "newCustomers": (int,),
    "updatedCustomers": (int,),
    "duration": (int,),
}

_SHOWN_FIELDS = ("started_at", "duration_ms", "error_code", "error_message", "error_text", "run__counts")
# As many runs are read to find the last success; all of them only if these have failed.
_NEWEST_RUNS = 20
_SUCCEEDED, _FAILED, _ABANDONED = SyncRun.State.SUCCEEDED, SyncRun.State.FAILED, SyncRun.State.ABANDONED


@dataclass(frozen=True)
class Counters:
    """The counted values. ``last_run_id`` is the run that ended last, with success or not."""

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
        """Return the response of `GET /api/customers/sync/metrics`, in the active language."""
        return _in_readers_language(self.as_cached())

    def as_cached(self) -> dict[str, Any]:
        """Return the response with the error as a stored message. Durations in milliseconds."""
        return {
            "lastSyncTime": _iso(self.last_attempt_at) if self.last_attempt_at else None,
            "lastResult": dict(self.last_result) if self.last_result else None,
            "totalSyncs": self.attempts,
            "consecutiveFailures": self.consecutive_failures,
            "averageDuration": int(self.duration_ms / self.attempts + 0.5) if self.attempts else 0,
            "health": "degraded" if self.is_degraded else "healthy",
        }


def metrics() -> dict[str, Any]:
    """Return the metrics as in the API, from the cache or else from the run table."""
    cached = _cached()
    answer = _valid_answer(cached)
    if answer is None:
        answer = from_history().as_cached()
        if cached != _CHANGING:
            # Use add() on a miss: a running sync may have written a newer value.
            _store(answer, cache.add if cached is None else cache.set)
    return _in_readers_language(answer)


def _in_readers_language(answer: dict[str, Any]) -> dict[str, Any]:
    last = answer["lastResult"]
    if last is None or "error" not in last:
        return answer
    return {**answer, "lastResult": {**last, "error": message_text(last["error"])}}


def expect_change() -> None:
    """Make readers use the table until `recount` or `forget` is called, for five minutes at most."""
    try:
        cache.set(_CACHE_KEY, _CHANGING, timeout=_CHANGING_S)
    except Exception:
        logger.warning("the counters could not be marked in the cache", exc_info=True)


def recount() -> Counters:
    """Compute the counters from the table, and cache the answer."""
    counters = from_history()
    _store(counters.as_cached(), cache.set)
    return counters


def forget() -> None:
    """Delete the cached answer: the next reader computes it from the table."""
    try:
        cache.delete(_CACHE_KEY)
    except Exception:
        logger.warning("the counters could not be dropped from the cache", exc_info=True)


def from_history() -> Counters:
    """Compute the counters from the run table."""
    attempts = SyncAttempt.objects.filter(run__in=SyncRun.objects.counted())
    totals = attempts.aggregate(attempts=Count("pk"), duration_ms=Sum("duration_ms"))
    # Load only these fields: a run's log may be long.
    last = attempts.select_related("run").only(*_SHOWN_FIELDS).order_by("-pk").first()
    consecutive_failures, last_run_id = _consecutive_failures()
    return Counters(
        attempts=totals["attempts"],
        duration_ms=totals["duration_ms"] or 0,
        consecutive_failures=consecutive_failures,
        last_run_id=last_run_id,
        last_attempt_at=_ended_at(last) if last else None,
        last_result=_result_json(last) if last else None,
    )


def _consecutive_failures() -> tuple[int, int | None]:
    """Return how many runs failed since the last success, and the run that ended last.

    Only runs that were started and have ended count. A held run ends when its list is applied.
    """
    ended = (
        SyncRun.objects.counted()
        .filter(started_at__isnull=False, state__in=(_SUCCEEDED, _FAILED, _ABANDONED))
        .order_by("-finished_at", "-pk")
    )
    rows = ended.values_list("pk", "state")
    # With a limit PostgreSQL too reads by the index, instead of sorting all runs.
    runs = list(rows[:_NEWEST_RUNS])
    if len(runs) == _NEWEST_RUNS and all(state != _SUCCEEDED for _, state in runs):
        runs = list(rows)
    failures = sum(1 for _ in takewhile(lambda run: run[1] != _SUCCEEDED, runs))
    return failures, runs[0][0] if runs else None


def _result_json(attempt: SyncAttempt) -> dict[str, Any]:
    """Return the result of an attempt. One that failed has processed no customers, even if it read some."""
    is_success = not attempt.error_code
    written = attempt.run.counts if is_success else {}
    answer: dict[str, Any] = {
        "success": is_success,
        "customersProcessed": written.get("rows", 0),
        "newCustomers": written.get("new", 0),
        "updatedCustomers": written.get("updated", 0),
        "duration": attempt.duration_ms,
    }
    error = {**attempt.error_text, "message": attempt.error_message}
    return answer if is_success else {**answer, "error": error}


def _ended_at(attempt: SyncAttempt) -> datetime:
    return attempt.started_at + timedelta(milliseconds=attempt.duration_ms)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _cached() -> Any:
    """Return the cached value, None if there is none, or False if it can't be read."""
    try:
        return cache.get(_CACHE_KEY)
    except Exception:
        # Each cache backend raises other exceptions when it can't be reached.
        logger.warning("the counters could not be read from the cache", exc_info=True)
        return False


def _valid_answer(cached: Any) -> dict[str, Any] | None:
    """Return the answer in a cached value, or None if it is not usable."""
    if not isinstance(cached, dict) or cached.get("format") != _FORMAT:
        return None
    answer = cached.get("metrics")
    if not isinstance(answer, dict) or not _has_types(answer, _TYPES):
        return None
    last = answer["lastResult"]
    return answer if last is None or _is_result(last) else None


def _is_result(value: dict[str, Any]) -> bool:
    """Return whether a cached last result is whole; one that failed also has an error."""
    plain = {name: part for name, part in value.items() if name != "error"}
    is_readable = "error" not in value or _is_readable(value["error"])
    return is_readable and _has_types(plain, _RESULT_TYPES)


def _is_readable(error: Any) -> bool:
    """Return whether a cached error can be shown."""
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return False
    try:
        message_text(error)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return False
    return True


def _has_types(value: Any, types: Mapping[str, tuple[type, ...]]) -> bool:
    """Return whether a value is an object with these keys, and values of these types."""
    # Not isinstance(): for it, true is a number.
    return (
        isinstance(value, dict)
        and set(value) == set(types)
        and all(type(value[name]) in allowed for name, allowed in types.items())
    )


def _store(answer: dict[str, Any], put: Callable[..., Any]) -> None:
    try:
        put(_CACHE_KEY, {"format": _FORMAT, "metrics": answer}, timeout=None)
    except Exception:
        logger.warning("the counters could not be put into the cache", exc_info=True)
