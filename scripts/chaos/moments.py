"""The moments of a sync at which a fault strikes.

The heartbeat shows the stage in the database only twice a second. So a moment is recognised by what the sync
does: its processes, what it has asked the ERP for, its files, and the database's locks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from scripts.chaos.waiting import until
from scripts.chaos.world import World
from sync.erp.download import EXPORT_NAME

# Within this time after it fell due, a sync reaches every stage, also on a busy machine.
_REACHED_WITHIN_S = 40.0
# SQLite's write lock is held that many looks in a row only by the transaction that writes the customers.
_LOCKED_LOOKS = 4


@dataclass
class Sync:
    """What a sync did since ``begin``: counts of the ERP before it, and whether its driver was seen."""

    world: World
    before: dict[str, object] = field(init=False)
    had_driver: bool = False
    locked_looks: int = 0
    folders_before: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.world.cluster.forget_busy_worker()
        self.before = self.world.erp.counters.as_dict()
        self.folders_before = {path.name for path in self.world.fetch_folders()}

    def has_asked(self, *counters: str) -> bool:
        now = self.world.erp.counters.as_dict()
        return any(now[name] != self.before[name] for name in counters)

    def has_driver(self) -> bool:
        self.had_driver = self.had_driver or self.world.cluster.driver is not None
        return self.had_driver

    def has_browser(self) -> bool:
        return self.has_driver() and self.world.cluster.browser is not None

    def has_file(self) -> bool:
        """Tell whether the list is on disk: the browser is closed, and it is read, compared and applied."""
        folders = [path for path in self.world.fetch_folders() if path.name not in self.folders_before]
        return self.has_asked("exports") and any((path / EXPORT_NAME).exists() for path in folders)

    def is_applying(self) -> bool:
        if not self.has_file():
            return False
        is_locked = self.world.database.is_writing_customers()
        self.locked_looks = self.locked_looks + 1 if is_locked else 0
        return self.locked_looks >= (_LOCKED_LOOKS if self.world.database.vendor == "sqlite" else 1)


@dataclass(frozen=True)
class Stage:
    """A stage of a sync: how it is recognised, and about how long it lasts."""

    is_reached: Callable[[Sync], bool]
    lasts_s: float


STAGES: dict[str, Stage] = {
    # Before the sync is due; the cluster is idle.
    "idle": Stage(lambda sync: True, 0.0),
    # At any time from when it is due.
    "any": Stage(lambda sync: True, 5.0),
    "start": Stage(Sync.has_driver, 0.3),
    "browser": Stage(Sync.has_browser, 0.5),
    "login": Stage(lambda sync: sync.has_asked("login_pages"), 1.5),
    "list": Stage(lambda sync: sync.has_asked("list_views"), 0.6),
    "export": Stage(lambda sync: sync.has_asked("exports_asked"), 0.4),
    "download": Stage(lambda sync: sync.has_asked("exports"), 0.1),
    "read": Stage(Sync.has_file, 0.3),
    "apply": Stage(Sync.is_applying, 0.3),
}
WITH_DRIVER = ("start", "browser", "login", "list", "export", "download")
WITH_BROWSER = WITH_DRIVER[1:]
WITH_READER = ("export", "download", "read")
OF_SYNC = (*WITH_DRIVER, "read", "apply")
FROM_DUE = ("any", *OF_SYNC)
EVERY = ("idle", *FROM_DUE)


@dataclass(frozen=True)
class Moment:
    """A stage, and a delay from when it is reached."""

    stage: str
    delay_s: float

    def __str__(self) -> str:
        return f"{self.stage}+{self.delay_s:.2f}s"

    def wait(self, sync: Sync) -> bool:
        """Return at the moment, or False if the sync did not reach the stage in time."""
        reached = until(lambda: STAGES[self.stage].is_reached(sync), _REACHED_WITHIN_S, poll_s=0.004)
        until(lambda: _remember_worker(sync.world), self.delay_s)
        return reached


def _remember_worker(world: World) -> bool:
    """Look at the worker while the delay passes: once its browser is closed, it looks like the idle one."""
    return world.cluster.busy_worker == 0


def drawn(stages: tuple[str, ...], rng: Random) -> Moment:
    stage = rng.choice(stages)
    return Moment(stage, rng.uniform(0.0, STAGES[stage].lasts_s))
