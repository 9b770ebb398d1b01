"""What the sentinel uses of django-q2's internals: a new version that changes it fails here."""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django_q.cluster import Sentinel, worker
from django_q.conf import Conf
from django_q.queues import Queue
from django_q.status import Stat

from sync.cluster.sentinel import IDLE, TIMED_OUT, ClusterSentinel, SharedState
from sync.scheduling.flags import SharedFlag

NO_CLUSTER = uuid4()


class RecordedSentinel(Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """django-q2's own, that notes what it would start and how often it is asked for its status."""

    def __init__(self) -> None:
        super().__init__(SharedFlag(), SharedFlag(), NO_CLUSTER, start=False)
        self.spawned: list[tuple[Any, ...]] = []
        self.asked = 0

    def spawn_process(self, target: Callable[..., None], *args: Any) -> None:
        self.spawned.append((target, *args))

    def status(self) -> str:
        self.asked += 1
        return str(super().status())


def parameters(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


@pytest.fixture
def sentinel() -> Iterator[RecordedSentinel]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield RecordedSentinel()
    # Its constructor changed how this process reacts to them.
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("__init__", ["self", "stop_event", "start_event", "cluster_id", "broker", "timeout", "start"]),
        ("start", ["self"]),
        ("status", ["self"]),
        ("stop", ["self"]),
        ("spawn_process", ["self", "target", "args"]),
        ("reincarnate", ["self", "process"]),
    ],
)
def test_a_method_that_is_called_or_overridden_keeps_its_parameters(method: str, expected: list[str]) -> None:
    assert parameters(getattr(Sentinel, method)) == expected


@pytest.mark.django_db
def test_without_start_the_constructor_starts_no_process(sentinel: RecordedSentinel) -> None:
    assert (sentinel.spawned, sentinel.pool, sentinel.asked) == ([], [], 0)


@pytest.mark.django_db
def test_the_attributes_that_are_read_exist(sentinel: RecordedSentinel) -> None:
    assert isinstance(sentinel.task_queue, Queue)
    assert isinstance(sentinel.stop_event, SharedFlag)
    assert sentinel.start_event is not sentinel.stop_event


@pytest.mark.django_db
def test_saving_the_statistics_asks_for_the_status(sentinel: RecordedSentinel) -> None:
    Stat(sentinel)
    assert sentinel.asked == 1


def test_each_round_and_the_end_save_the_statistics() -> None:
    rounds = inspect.getsource(Sentinel.guard).partition("while True:")[2]
    assert "Stat(self).save()" in rounds
    assert "self.stop_event.wait(cycle)" in rounds
    assert "Stat(self).save()" in inspect.getsource(Sentinel.stop)


def test_no_round_waits_for_the_database() -> None:
    """Each takes half a second off the timers of busy workers, however long it was."""
    assert "if counter >= 30 and Conf.SCHEDULER:" in inspect.getsource(Sentinel.guard)
    assert not Conf.SCHEDULER


def test_a_round_comes_well_within_the_silence_that_the_parent_allows() -> None:
    assert Conf.GUARD_CYCLE <= 1


@pytest.mark.django_db
def test_a_worker_is_spawned_with_its_timer_as_third_argument(sentinel: RecordedSentinel) -> None:
    sentinel.spawn_worker()
    ((target, *args),) = sentinel.spawned
    assert target is worker
    assert parameters(worker) == ["task_queue", "result_queue", "timer", "timeout"]
    assert args[0] is sentinel.task_queue
    assert args[2].value == IDLE


@pytest.mark.django_db
def test_every_other_process_is_spawned_the_same_way(sentinel: RecordedSentinel) -> None:
    sentinel.spawn_monitor()
    sentinel.spawn_pusher()
    assert [target.__name__ for target, *_ in sentinel.spawned] == ["monitor", "pusher"]


def test_a_worker_keeps_in_its_timer_whether_it_is_idle_busy_or_out_of_time() -> None:
    source = inspect.getsource(worker)
    assert f"timer.value = {IDLE}  # Idle" in source
    assert "timer.value = timer_value  # Busy" in source
    assert f"timer.value = {TIMED_OUT}\n" in source


@pytest.mark.django_db
def test_a_task_that_waited_during_a_pause_is_not_stuck(
    sentinel: RecordedSentinel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the parent gave a heartbeat first."""
    now_s = 1000.0
    monkeypatch.setattr("sync.cluster.sentinel.time", SimpleNamespace(monotonic=lambda: now_s))
    state = SharedState()
    cluster = ClusterSentinel(state, SharedFlag(), NO_CLUSTER, os.getppid())
    cluster.pool = [SimpleNamespace(timer=SimpleNamespace(value=IDLE))]
    cluster.task_queue = SimpleNamespace(qsize=lambda: 1)
    cluster.status()
    now_s += 63
    state.beat()
    cluster.status()
    assert not state.broken.is_set()
    for _ in range(80):
        now_s += 0.5
        cluster.status()
    assert state.broken.is_set()
