"""A real cluster: when it syncs, and when it does not start."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import Schedule, Task

from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from sync.models import SyncRun
from sync.scheduling import dispatch, health, schedule
from sync.scheduling.schedule import current_schedule
from tests.api_calls import client_of, staff
from tests.processes import manage
from tests.sync.management.clusters import NEVER, cluster
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_empty_cache")]

# A minute of the interval lasts a second.
SHORTENED = {"SYNC_MINUTE_S": "1"}


def ended_runs(count: int) -> list[SyncRun]:
    """Wait until this many runs have succeeded; return all runs, oldest first."""
    wait_until(lambda: SyncRun.objects.filter(state="succeeded").count() >= count)
    return list(SyncRun.objects.order_by("pk"))


def seconds_between(earlier: datetime | None, later: datetime | None) -> float:
    assert earlier is not None
    assert later is not None
    return (later - earlier).total_seconds()


# The tolerance for early syncs. Late ones pass, since the machine may be busy.
CLOCK_S = 0.5


def test_it_syncs_5_s_after_its_start_and_then_at_the_interval(erp_settings: ErpSimulator) -> None:
    before = timezone.now()
    with cluster(SYNC_STARTUP_DELAY_S="5", SYNC_INTERVAL_MINUTES="12", **SHORTENED):
        first, second = ended_runs(2)[:2]
    assert [first.trigger, second.trigger] == ["startup", "schedule"]
    assert seconds_between(before, first.started_at) > 5 - CLOCK_S
    assert seconds_between(first.started_at, second.started_at) > 12 - 2 * CLOCK_S


def test_an_interval_changed_over_rest_takes_effect_while_it_runs(erp_settings: ErpSimulator) -> None:
    """Only the new interval ends within the test's time limit."""
    person = client_of(staff("edit_schedule"))
    with cluster(SYNC_INTERVAL_MINUTES="1440", **SHORTENED):
        ended_runs(1)
        # A minute lasts a second in the cluster, but not in this process.
        changed_at = timezone.now()
        assert person.post("/api/admin/sync/frequency", {"intervalMinutes": 5}).status_code == 200
        second = ended_runs(2)[1]
    assert second.trigger == "schedule"
    assert seconds_between(changed_at, second.started_at) > 5 - CLOCK_S
    assert current_schedule().interval_minutes == 5


def test_two_clusters_make_one_schedule_and_never_sync_at_once(erp_settings: ErpSimulator) -> None:
    with cluster(SYNC_INTERVAL_MINUTES="5", **SHORTENED), cluster(SYNC_INTERVAL_MINUTES="5", **SHORTENED):
        runs = ended_runs(3)
    assert sorted(Schedule.objects.values_list("name", flat=True)) == [
        "archibald-sync",
        "archibald-sync-retention",
    ]
    ends = [run.finished_at for run in runs if run.state == "succeeded"]
    starts = [run.started_at for run in runs if run.state == "succeeded"]
    assert all(seconds_between(end, start) >= 0 for end, start in zip(ends, starts[1:], strict=False))
    assert Customer.objects.count() == 60


def test_a_cluster_whose_schedule_is_off_runs_only_requested_syncs(
    erp_settings: ErpSimulator,
) -> None:
    schedule.set_enabled(False)
    with cluster():
        wait_until(Task.objects.filter(func="sync.tasks.startup_sync").exists)
        run_id = dispatch.queue_sync(SyncRun.Trigger.API, "carla")
        run = ended_runs(1)[0]
    assert (run.pk, run.trigger, SyncRun.objects.count()) == (run_id, "api", 1)
    assert not current_schedule().enabled


def test_a_running_cluster_is_healthy_and_a_stopped_one_is_not() -> None:
    with cluster(SYNC_STARTUP_DELAY_S=NEVER) as running:
        wait_until(lambda: health.cluster_health().ok)
        running.stop()
    assert not health.cluster_health().ok


def test_an_invalid_interval_is_refused_with_a_message() -> None:
    done = manage("qcluster", SYNC_INTERVAL_MINUTES="3")
    assert done.returncode == 1
    assert (
        "SYNC_INTERVAL_MINUTES=3: Enter a whole number of minutes, from 5 to 1440 (one day)." in done.stderr
    )
    assert "Traceback" not in done.stderr


def test_without_a_migrated_database_it_says_what_to_run(tmp_path: Path) -> None:
    done = manage("qcluster", DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert done.returncode == 1
    assert "manage.py migrate" in done.stderr
    assert "Traceback" not in done.stderr
