"""How long one cluster has seen the oldest task wait for a worker."""

from __future__ import annotations

import time

from sync.scheduling import health

# A longer time between two looks was a pause. Looks come every few seconds, also while the cache is away.
_PAUSED_S = 45.0


class OldestTask:
    """A task may be older than the cluster, so what counts is the time between the cluster's own looks."""

    def __init__(self) -> None:
        self._task: int | None = None
        self._since_s = self._seen_s = 0.0

    def look(self) -> None:
        """Ask the database which task is the oldest. Raises: whatever the database raises."""
        oldest = health.oldest_untaken_task()
        task = oldest[0] if oldest else None
        now_s = time.monotonic()
        if task != self._task or now_s - self._seen_s > _PAUSED_S:
            self._task, self._since_s = task, now_s
        self._seen_s = now_s

    def forget(self) -> None:
        self._task = None

    @property
    def waited_s(self) -> float:
        """Seconds until the last look: it may have been taken since, above all during a pause."""
        return 0.0 if self._task is None else self._seen_s - self._since_s
