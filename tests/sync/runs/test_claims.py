"""Of concurrent claims by many processes, exactly one wins."""

from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Barrier

import pytest
from django.db import connection, connections

from sync.errors import AlreadyRunning
from sync.models import SyncRun
from sync.runs import lifecycle
from sync.runs.lifecycle import Claim

PROCESSES, ROUNDS = 8, 200
LEASE_S = 45.0

_fork = multiprocessing.get_context("fork")

pytestmark = pytest.mark.django_db(transaction=True)


def claim_every_round(barrier: Barrier) -> None:
    """Claim at the same time as all other processes in each round; the winner ends its run."""
    for _ in range(ROUNDS):
        barrier.wait(60)
        claim = claimed()
        barrier.wait(60)
        if claim is not None:
            lifecycle.succeed(claim)
    connection.close()


def claimed() -> Claim | None:
    try:
        return lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    except AlreadyRunning:
        return None


def test_one_of_8_concurrent_claims_wins_in_each_of_200_rounds() -> None:
    connections.close_all()
    barrier = _fork.Barrier(PROCESSES)
    processes = [_fork.Process(target=claim_every_round, args=(barrier,)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert SyncRun.objects.filter(state="succeeded").count() == ROUNDS == SyncRun.objects.count()


def claim_queued_run(run_id: int, barrier: Barrier, winners: list[bool], index: int) -> None:
    barrier.wait(60)
    winners[index] = lifecycle.claim_queued(run_id, lease_s=LEASE_S) is not None
    connection.close()


def test_a_queued_run_is_claimed_by_one_of_many_processes() -> None:
    run_id = lifecycle.queue(SyncRun.Trigger.API, lease_s=LEASE_S, queue_s=900)
    connections.close_all()
    barrier, winners = _fork.Barrier(PROCESSES), _fork.Array("b", PROCESSES)
    processes = [
        _fork.Process(target=claim_queued_run, args=(run_id, barrier, winners, index))
        for index in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert sum(winners[:]) == 1
    assert SyncRun.objects.get().state == "running"
