"""What must hold when a round is over. Each check returns what does not, or an empty string."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from django.utils import timezone

from customers.models import Customer, CustomerChange
from scripts.chaos import mail
from scripts.chaos.alert_history import FAILING, RECOVERED, demanded_alerts
from scripts.chaos.world import Change, World, values_of
from sync.models import Alert, SyncRun
from sync.monitoring import metrics
from sync.scheduling.schedule import current_schedule

_COUNTED = (SyncRun.State.SUCCEEDED, SyncRun.State.FAILED, SyncRun.State.ABANDONED)
# The schedule is looked at every second; a busy machine takes longer.
_LATE = timedelta(seconds=20)
# PostgreSQL lets a claim wait for the commit that ends the run before it, and stores the time at which
# the wait began. A transaction that writes 20 customers takes half a second, more on a busy machine.
_WAITED = timedelta(seconds=5)


def customers_are_those_of_the_erp(world: World) -> str:
    rows = Customer.objects.filter(missing_since=None, removed_at=None)
    stored = {
        erp_id: (phone, street) for erp_id, phone, street in rows.values_list("erp_id", "phone", "street")
    }
    with world.erp.lock:
        expected = values_of(world.erp.customers)
    differing = [
        erp_id for erp_id in stored.keys() | expected.keys() if stored.get(erp_id) != expected.get(erp_id)
    ]
    return f"{len(differing)} customers differ from the ERP's" if differing else ""


def each_change_was_noted_once(change: Change, after_run: int) -> str:
    noted = CustomerChange.objects.filter(run_id__gt=after_run).values_list("customer_id", flat=True)
    expected = Counter(dict.fromkeys(change.new, 1))
    return "" if Counter(noted) == expected else f"{len(noted)} changes noted for {len(expected)} customers"


def every_run_has_ended() -> str:
    rows = SyncRun.objects.values_list("pk", "state", "finished_at")
    bad = [f"{pk} ({state})" for pk, state, finished in rows if state not in _COUNTED or finished is None]
    return f"runs without an end: {', '.join(bad)}" if bad else ""


def every_success_has_its_attempt() -> str:
    succeeded = SyncRun.objects.succeeded()
    bad = [
        run.pk
        for run in succeeded
        if not run.attempts.filter(error_code="", number=run.attempt_count).exists()
    ]
    return f"succeeded runs without a successful last attempt: {bad}" if bad else ""


def one_ran_at_a_time(after_run: int) -> str:
    runs = (
        SyncRun.objects.filter(pk__gte=after_run)
        .exclude(started_at=None)
        .exclude(finished_at=None)
        .order_by("started_at", "pk")
    )
    spans = list(runs.values_list("pk", "started_at", "finished_at"))
    bad = [
        f"{a} and {b}"
        for (a, _, end), (b, start, _) in pairwise(spans)
        if end and start and start + _WAITED < end
    ]
    return f"runs at the same time: {', '.join(bad)}" if bad else ""


def counters_are_those_of_the_table() -> str:
    shown, counted = metrics.metrics(), metrics.from_history().as_json()
    differing = {name: (shown[name], counted[name]) for name in counted if shown[name] != counted[name]}
    return f"counters differ (shown, counted): {differing}" if differing else ""


def alerts_are_those_that_runs_demand() -> str:
    runs = SyncRun.objects.counted().filter(started_at__isnull=False, state__in=_COUNTED)
    demanded = demanded_alerts(runs.order_by("finished_at", "pk").values_list("state", flat=True))
    stored = Alert.objects.filter(kind__in=(FAILING, RECOVERED)).order_by("pk").values_list("kind", flat=True)
    return "" if list(stored) == demanded else f"alerts stored: {list(stored)}, demanded: {demanded}"


def alerts_are_delivered_once(world: World) -> str:
    """An alert whose delivery was interrupted is pending for five minutes; it may have been delivered."""
    delivered, bad = mail.delivered(world.mail), []
    for alert in Alert.objects.order_by("pk"):
        times = delivered[(alert.subject, alert.body.strip())]
        if times != 1 and not (alert.pending and times == 0):
            bad.append(f"alert {alert.pk} ({alert.kind}) was delivered {times} times")
    unknown = sum(delivered.values()) - Alert.objects.filter(pending=[]).count()
    if unknown > Alert.objects.exclude(pending=[]).count():
        bad.append(f"{unknown} more alerts were delivered than stored")
    return "; ".join(bad)


def the_schedule_is_there() -> str:
    planned, now = current_schedule(), timezone.now()
    if not planned.enabled or planned.next_run is None:
        return "the schedule is off"
    if not now - _LATE <= planned.next_run <= now + planned.interval:
        return "the next sync is overdue" if planned.next_run < now else "the next sync is due too late"
    return ""


def broken_promises(world: World, change: Change, after_run: int) -> list[str]:
    """Return what does not hold in the database, cache and mail."""
    checks: tuple[Callable[[], str], ...] = (
        lambda: customers_are_those_of_the_erp(world),
        lambda: each_change_was_noted_once(change, after_run),
        every_run_has_ended,
        every_success_has_its_attempt,
        lambda: one_ran_at_a_time(after_run),
        counters_are_those_of_the_table,
        alerts_are_those_that_runs_demand,
        lambda: alerts_are_delivered_once(world),
        the_schedule_is_there,
        world.database.damage,
    )
    return [reason for check in checks if (reason := check())]
