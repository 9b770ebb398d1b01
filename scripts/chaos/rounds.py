"""Play one round: change customers, let a sync come, strike, wait for recovery, check."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from django.db import connection
from django.utils import timezone

from scripts.chaos import state
from scripts.chaos.fault import Fault
from scripts.chaos.leftovers import leftovers
from scripts.chaos.looks import Looks
from scripts.chaos.moments import Moment, Sync, drawn
from scripts.chaos.promises import broken_promises, customers_are_those_of_the_erp
from scripts.chaos.settings import SYNC_TIMEOUT_S
from scripts.chaos.waiting import until
from scripts.chaos.world import Change, World
from sync.monitoring import suspension
from sync.scheduling.health import cluster_health

# Every fault must be over for good by then: a wedged sync alone takes up to its time limit.
RECOVERED_WITHIN_S = 240.0
_IDLE_WITHIN_S = 120.0
# Processes and files of an ended sync go within a second, a killed cluster's within half a minute; a wedged
# worker is killed with its browser at its task's time limit.
_GONE_WITHIN_S = SYNC_TIMEOUT_S + 60.0
_ASK_EVERY_S = 0.1
# What does not hold is looked at so often; a sync that was just queued shows itself in between.
_LOOKS = 3
_BEGINS_WITHIN_S = 3.0


@dataclass(frozen=True)
class Plan:
    """What a round does; all of it is drawn from the seed and the round's number."""

    number: int
    fault: Fault
    moment: Moment
    lasts_s: float
    rng: Random = field(repr=False)

    def __str__(self) -> str:
        lasts = f" for {self.lasts_s:.1f}s" if self.lasts_s else ""
        return f"{self.fault.name} at {self.moment}{lasts}"


@dataclass
class Outcome:
    """How a round ended. ``recovery_s`` counts from the fault's end; ``broken`` says what did not hold."""

    fault: str
    struck: bool = False
    resumed: bool = False
    recovery_s: float | None = None
    runs: str = ""
    story: str = field(default="", repr=False)
    broken: list[str] = field(default_factory=list)


def plan_of(number: int, fault: Fault, seed: int) -> Plan:
    rng = Random(f"{seed} round {number} {fault.name}")
    return Plan(number, fault, drawn(fault.stages, rng), rng.uniform(*fault.lasts_s), rng)


def settle(world: World) -> bool:
    """Wait until the cluster is at rest and its customers are the ERP's; return whether it came to that."""

    def is_settled() -> bool:
        if state.asked(state.is_suspended, False):
            state.asked(lambda: suspension.resume("chaos"), False)
        return _is_at_rest(world) and not state.asked(
            lambda: customers_are_those_of_the_erp(world), "no answer"
        )

    return until(is_settled, RECOVERED_WITHIN_S, poll_s=_ASK_EVERY_S)


def play(world: World, plan: Plan) -> Outcome:
    """Play a round in a world that has settled."""
    outcome = Outcome(plan.fault.name)
    before = 0

    def is_at_rest_after_the_last_run() -> bool:
        nonlocal before
        # Asked first: a run that begins between the two must not count as one before the round.
        before = state.last_run_id()
        return _is_at_rest(world)

    until(is_at_rest_after_the_last_run, _IDLE_WITHIN_S, poll_s=_ASK_EVERY_S)
    change = world.change_customers(plan.rng)
    with Looks(change) as looks:
        outcome.struck = _strike(world, plan)
        _recover(world, looks, outcome)
        if looks.mix:
            outcome.broken.append(f"not all old or all new: {looks.mix}")
    if outcome.recovery_s is not None:
        outcome.broken += _check(world, change, before)
    outcome.runs = state.asked(lambda: state.runs_since(before), "")
    outcome.story = state.asked(lambda: state.story_since(before), "") if outcome.broken else ""
    world.slow_down_erp()
    return outcome


def _strike(world: World, plan: Plan) -> bool:
    """Make a sync due, strike at the moment, and end the fault; return whether there was something to hit."""
    if plan.moment.stage == "login":
        world.erp.expire_sessions()
    sync, before = Sync(world), state.last_run_id()
    is_first = plan.moment.stage == "idle"
    if not is_first:
        state.make_due()
    plan.moment.wait(sync)
    undo = plan.fault.strike(world, plan.rng)
    try:
        if is_first:
            state.make_due()
        _let_it_last(plan, before)
    finally:
        if undo is not None:
            undo()
    return undo is not None


def _let_it_last(plan: Plan, before: int) -> None:
    """Wait until the fault is over: the time is what is drawn, not a condition."""
    if not plan.fault.failed_runs:
        time.sleep(plan.lasts_s)
        return

    def have_failed() -> bool:
        if state.asked(state.is_idle, False):
            state.make_due()
        return state.asked(lambda: state.failed_since(before), 0) >= plan.fault.failed_runs

    until(have_failed, RECOVERED_WITHIN_S, poll_s=_ASK_EVERY_S)


def _recover(world: World, looks: Looks, outcome: Outcome) -> None:
    """Wait until the customers are new and the cluster is at rest, then see that one more sync succeeds."""
    ended_at, ended_s = timezone.now(), time.monotonic()

    def is_recovered() -> bool:
        _resume_as_a_person(outcome)
        return looks.is_new and _is_at_rest(world)

    if not until(is_recovered, RECOVERED_WITHIN_S, poll_s=_ASK_EVERY_S):
        said = "came, but the cluster is not at rest" if looks.is_new else "did not come"
        outcome.broken.append(f"not recovered in {RECOVERED_WITHIN_S:g} s: the new customers {said}")
        return
    outcome.recovery_s = time.monotonic() - ended_s
    has_left_folders = bool(world.fetch_folders())
    world.age_leftovers()
    if has_left_folders or not state.asked(lambda: state.has_succeeded_since(ended_at), False):
        _sync_once_more(world, outcome)


def _resume_as_a_person(outcome: Outcome) -> None:
    """Resume a suspended schedule: after a login that was cut off, a person must look."""
    if state.asked(state.is_suspended, False):
        outcome.resumed = state.asked(lambda: suspension.resume("chaos"), False) or outcome.resumed


def _sync_once_more(world: World, outcome: Outcome) -> None:
    since = timezone.now()
    state.make_due()
    if not until(lambda: _has_synced_since(since), RECOVERED_WITHIN_S, poll_s=_ASK_EVERY_S):
        outcome.broken.append(f"no sync succeeded in {RECOVERED_WITHIN_S:g} s after the recovery")


def _has_synced_since(since: datetime) -> bool:
    return state.asked(lambda: state.has_succeeded_since(since), False)


def _is_at_rest(world: World) -> bool:
    """Tell whether no sync runs, and all of the cluster's processes are there and do their work."""
    return (
        world.cluster.is_up
        and state.asked(state.is_idle, False)
        and state.asked(lambda: cluster_health().ok, False)
    )


def _check(world: World, change: Change, before: int) -> list[str]:
    """Check everything while no sync runs; return what did not hold in any of several looks.

    A sync that begins during a look spoils it.
    """
    until(lambda: _is_at_rest(world) and not leftovers(world), _GONE_WITHIN_S, poll_s=_ASK_EVERY_S)
    found: list[str] | None = None
    for _ in range(_LOOKS):
        until(lambda: _is_at_rest(world), RECOVERED_WITHIN_S, poll_s=_ASK_EVERY_S)
        last = state.last_run_id()
        seen = [*broken_promises(world, change, before), *leftovers(world)]
        found = seen if found is None else [each for each in found if each in seen]
        if not found:
            break
        _await_run_after(last)
    connection.close()
    return found or []


def _await_run_after(run_id: int) -> None:
    until(lambda: state.last_run_id() > run_id, _BEGINS_WITHIN_S, poll_s=_ASK_EVERY_S)
