"""Counts of what the simulated ERP did, and a log of the last requests."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass, field, fields

LOGGED_REQUESTS = 1000


@dataclass(frozen=True)
class LoggedRequest:
    """One answered request; query and body are not logged, since they can contain a password."""

    method: str
    path: str
    status: int
    action: str = ""


@dataclass
class Counters:
    """Counts since the start or the last reset; static files are not counted."""

    requests: int = 0
    list_views: int = 0
    callbacks: int = 0
    login_pages: int = 0
    login_presses: int = 0
    logins: int = 0
    logins_rejected: int = 0
    logins_blocked: int = 0
    exports_asked: int = 0
    exports: int = 0
    filter_changes: int = 0
    grid_filters_set: int = 0
    grid_filters_cleared: int = 0
    keepalives: int = 0
    parallel_requests: int = 0
    sessions_expired: int = 0
    crashes: int = 0
    _log: deque[LoggedRequest] = field(default_factory=lambda: deque(maxlen=LOGGED_REQUESTS), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, name: str, times: int = 1) -> None:
        with self._lock:
            setattr(self, name, getattr(self, name) + times)

    def log_request(self, logged: LoggedRequest) -> None:
        with self._lock:
            self._log.append(logged)

    @property
    def log(self) -> list[LoggedRequest]:
        """Return the last requests, the oldest first."""
        with self._lock:
            return list(self._log)

    def reset(self) -> None:
        with self._lock:
            for name in COUNTER_NAMES:
                setattr(self, name, 0)
            self._log.clear()

    def as_dict(self) -> dict[str, object]:
        counts: dict[str, object] = {name: getattr(self, name) for name in COUNTER_NAMES}
        return {**counts, "log": [asdict(each) for each in self.log]}


COUNTER_NAMES = tuple(each.name for each in fields(Counters) if not each.name.startswith("_"))
