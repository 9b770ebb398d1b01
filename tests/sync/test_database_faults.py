"""Faults of the database: customers stay as before or become as after, and the run goes on by itself."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django_q.models import OrmQ

from customers.models import Customer
from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.errors import ErpUnreachable, LoginRejected, Stopped, SyncError
from sync.models import SyncRun
from sync.monitoring import metrics, suspension
from sync.pipeline import run_sync
from sync.runs import lifecycle
from sync.runs.progress import OnProgress, Progress
from sync.scheduling import dispatch
from sync.sources import ListFile, Stop
from tests.conftest import DrawList
from tests.sync.sync_once import kept_run, snapshot, sync_file
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def cut() -> None:
    """Close the connection below Django, as a server does that restarts."""
    connection.connection.close()


def make_read_only() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON" if is_sqlite() else "SET default_transaction_read_only = on")


def fill_up() -> None:
    """Leave no space in the file of SQLite; let PostgreSQL break off each statement."""
    with connection.cursor() as cursor:
        if is_sqlite():
            cursor.execute("VACUUM")  # no page is free then
            cursor.execute("PRAGMA max_page_count = 1")
        else:
            cursor.execute("SET statement_timeout = 1")


FAULTS = (cut, make_read_only, fill_up)


class At:
    """Does something when a run reaches a stage, ``times`` times."""

    def __init__(self, stage: str, do: Callable[[], None], times: int) -> None:
        self.stage, self.do, self.left = stage, do, times

    def __call__(self, progress: Progress) -> None:
        if progress.stage == self.stage and self.left:
            self.left -= 1
            self.do()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", ["read", "compare", "apply"])
def test_a_fault_of_the_database_is_outlived_by_the_next_attempt(
    people: list[SimCustomer], draw_list: DrawList, stage: str, fault: Callable[[], None]
) -> None:
    sync_file(draw_list(people[:10]))
    result = sync_file(draw_list(people), on_progress=At(stage, fault, times=1))
    run = kept_run(result)
    assert (result.state, run.state) == ("succeeded", "succeeded")
    assert run.attempts.order_by("number").last().error_code == ""  # type: ignore[union-attr]
    assert (run.counts["new"], Customer.objects.count()) == (50, 60)
    assert metrics.metrics() == metrics.from_history().as_json()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_database_that_stays_broken_leaves_the_customers_as_they_were(
    people: list[SimCustomer], draw_list: DrawList, fault: Callable[[], None]
) -> None:
    sync_file(draw_list(people[:10]))
    before = snapshot()
    result = sync_file(draw_list(people), on_progress=At("apply", fault, times=3))
    assert result.error is not None
    assert result.error.code == "internal_error"
    assert snapshot() == before
    assert SyncRun.objects.latest("pk").state == "failed"


def test_a_run_whose_end_could_not_be_written_is_ended_by_the_next(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    claim = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=45)
    connection.close()
    SyncRun.objects.filter(pk=claim.run_id).update(heartbeat_at="2026-01-01T00:00:00Z")
    assert sync_file(draw_list(people)).state == "succeeded"
    dead = SyncRun.objects.get(pk=claim.run_id)
    assert (dead.state, dead.error_code) == ("abandoned", "abandoned")
    assert dead.finished_at is not None


class StoppedSource:
    """Waits until it is told to stop, as the browser does."""

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        wait_until(stop)
        raise Stopped("asked to stop")
        yield


def test_a_host_that_is_cut_off_leaves_its_run_to_be_taken_over(settings: Any) -> None:
    """It leaves the ERP, and the cluster that still reaches the database syncs in its place."""
    settings.SYNC_LEASE_S, settings.SYNC_HEARTBEAT_S = 0.2, 0.05

    def refuse(connection: BaseDatabaseWrapper, **more: object) -> None:
        if threading.current_thread().name.startswith("heartbeat"):
            raise OSError(errno.EHOSTUNREACH, "No route to host")

    connection_created.connect(refuse)
    try:
        result = run_sync(StoppedSource(), sync_config(), trigger=SyncRun.Trigger.SCHEDULE)
    finally:
        connection_created.disconnect(refuse)
    assert result.error is not None
    assert (result.state, result.error.code) == ("abandoned", "lease_lost")
    assert kept_run(result).state == "running"
    assert dispatch.take_over_dead_runs(settings.SYNC_LEASE_S)
    assert kept_run(result).state == "abandoned"
    assert [task.func() for task in OrmQ.objects.all()] == ["sync.tasks.replacement_sync"]


class RefusedSource:
    """Has its login refused, with no file handle left for the next connections to the database."""

    def __init__(self, error: SyncError) -> None:
        self.error = error
        self.without_handles = 0

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        self.without_handles = 1
        raise self.error
        yield

    def refuse(self, connection: BaseDatabaseWrapper, **more: object) -> None:
        if self.without_handles and threading.current_thread() is threading.main_thread():
            self.without_handles -= 1
            raise OSError(errno.EMFILE, "Too many open files")


@pytest.mark.parametrize("error", [LoginRejected("refused"), ErpUnreachable("no answer")])
def test_a_run_has_its_end_although_no_file_handle_was_left_for_a_moment(error: SyncError) -> None:
    source = RefusedSource(error)
    connection_created.connect(source.refuse)
    try:
        result = run_sync(source, sync_config(), trigger=SyncRun.Trigger.SCHEDULE)
    finally:
        connection_created.disconnect(source.refuse)
    assert (result.state, kept_run(result).state) == ("failed", "failed")
    assert kept_run(result).error_code == error.code
    assert (suspension.suspended() is not None) == isinstance(error, LoginRejected)
