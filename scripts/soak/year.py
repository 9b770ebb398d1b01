"""The year: one scheduled run after the other, with what goes wrong and what people do about it."""

from __future__ import annotations

import random
from collections import Counter, deque
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from unittest.mock import patch

from django.conf import settings
from django.core.cache import cache

from scripts.erp_simulator.server import ErpSimulator
from scripts.soak.clock import Clock
from scripts.soak.cluster import LocalCluster
from scripts.soak.faults import Fault, Faults
from scripts.soak.lists import Lists
from scripts.soak.source import Script, ScriptedSource
from scripts.soak.stopwatch import now_ms
from sync import tasks
from sync.config import sync_config
from sync.erp import ErpConfig
from sync.errors import AlreadyRunning, ErpError, ErpUnreachable, ListSuperseded, LoginRejected
from sync.models import SyncRun
from sync.monitoring import suspension
from sync.pipeline import approve
from sync.report import Limits
from sync.runs import lifecycle
from sync.scheduling.schedule import current_schedule

PERSON = "carla"
# A list changes about three times a day.
_CHANGES_PER_RUN = 1 / 16
_SUSPENDED_RUNS = 3
_ATTEMPTS = 3
_TIMED_RUNS = 50


class Year:
    """The soak's scheduled runs. Use it as a context manager: it takes the place of the ERP's source.

    The tasks offer no parameter for the source, so the name that they import is patched.
    """

    def __init__(
        self, clock: Clock, lists: Lists, erp: ErpSimulator, *, seed: int, browser_every: int
    ) -> None:
        self.met: Counter[Fault] = Counter()
        self.script = Script()
        self._clock = clock
        self._lists = lists
        self._erp = erp
        self._browser_every = browser_every
        self._rng = random.Random(f"year {seed}")
        self._faults = Faults(seed)
        self._cluster = LocalCluster()
        self._times_ms: deque[float] = deque(maxlen=_TIMED_RUNS)
        self._runs_until_resumed = 0
        self._patch = patch.object(tasks, "ErpSource", self._source)

    def __enter__(self) -> Year:
        self._patch.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._patch.stop()

    @property
    def run_ms(self) -> float:
        """The median time of the last runs, with the queue's work around them."""
        return median(self._times_ms)

    def run(self, number: int) -> None:
        """Go to the next scheduled run and do it."""
        self._clock.move_to(_next_run() + timedelta(seconds=1))
        if self._rng.random() < _CHANGES_PER_RUN:
            self._lists.change()
        if self._browser_every and number % self._browser_every == 1 % self._browser_every:
            self._run_with_browser()
            return
        fault = self._next_fault()
        self.met[fault] += 1
        self.script.attempts = self._attempts(fault)
        self._before(fault)
        started_ms = now_ms()
        self._cluster.poll()
        self._times_ms.append(now_ms() - started_ms)
        self._after(fault)

    def _source(self, config: ErpConfig, limits: Limits) -> ScriptedSource:
        return ScriptedSource(config, limits, script=self.script)

    def _run_with_browser(self) -> None:
        self._erp.customers = self._lists.current.people
        self._erp.serve_pdf(self._lists.current.path)
        self.script.attempts = []
        self._cluster.poll()

    def _next_fault(self) -> Fault:
        """Return the next fault; while the schedule is suspended there is none, until a person resumes it."""
        if not self._runs_until_resumed:
            return self._faults.next()
        self._runs_until_resumed -= 1
        if not self._runs_until_resumed:
            suspension.resume(by=PERSON)
        return Fault.NONE

    def _attempts(self, fault: Fault) -> list[ErpError | Path]:
        good = self._lists.current.path
        if fault in {Fault.HELD_APPROVED, Fault.HELD_REJECTED, Fault.HELD_TOO_LONG}:
            return [self._lists.short]
        met: dict[Fault, list[ErpError | Path]] = {
            Fault.UNREACHABLE_ONCE: [_unreachable(), good],
            Fault.OUTAGE: [_unreachable() for _ in range(_ATTEMPTS)],
            Fault.TRUNCATED: [self._lists.truncated, good],
            Fault.LOGIN_REJECTED: [LoginRejected("the ERP refused user or password")],
        }
        return met.get(fault, [good])

    def _before(self, fault: Fault) -> None:
        if fault is Fault.CACHE_EMPTIED:
            cache.clear()
        elif fault is Fault.DEAD_PROCESS:
            # All that a killed process leaves is its row. The list is still to be fetched by the next one.
            lifecycle.claim(SyncRun.Trigger.SCHEDULE, lease_s=settings.SYNC_LEASE_S)

    def _after(self, fault: Fault) -> None:
        if fault is Fault.DEAD_PROCESS:
            self._clock.move_on(seconds=settings.SYNC_LEASE_S + 1)
            self._cluster.poll()
        elif fault is Fault.LOGIN_REJECTED:
            self._runs_until_resumed = _SUSPENDED_RUNS
        elif fault is not Fault.HELD_TOO_LONG:
            self._decide(is_approved=fault is not Fault.HELD_REJECTED)

    def _decide(self, *, is_approved: bool) -> None:
        """Let a person decide on each held list; one that is too old can only be rejected."""
        held = SyncRun.objects.filter(state=SyncRun.State.HELD)
        for run_id in list(held.values_list("pk", flat=True)):
            self._clock.move_on(minutes=5)
            if is_approved:
                with suppress(ListSuperseded, AlreadyRunning):
                    approve(run_id, sync_config(), by=PERSON)
                    continue
            lifecycle.reject(run_id, by=PERSON)


def _unreachable() -> ErpError:
    return ErpUnreachable("the ERP does not answer")


def _next_run() -> datetime:
    planned = current_schedule().next_run
    if planned is None:
        raise RuntimeError("the schedule is off")
    return planned
