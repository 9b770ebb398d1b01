"""A program follows the change feed while syncs commit, is killed, and begins again where it was."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from customers.erp_list.delta import compute_delta
from customers.erp_list.records import CustomerRecord
from customers.models import CustomerChange, ErasedCustomer, FeedHead
from customers.services import apply_delta, erase_customer, load_stored
from sync.models import SyncRun
from sync.runs import lifecycle
from tests.accounts import viewer
from tests.api_calls import client_of, token_of
from tests.customers.customer_lists import a_record
from tests.customers.feed_reader import load
from tests.processes import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

SYNCS, CUSTOMERS, ERASURES = 200, 25, 10


@contextmanager
def reading(address: str, token: str, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the program, and kill it in whatever it does at the end of the block."""
    command = [sys.executable, "-m", "tests.customers.feed_reader", address, token, str(file)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield process
            assert process.poll() is None, "the program has found the feed to be wrong"
        finally:
            process.kill()


def random_list(rng: random.Random) -> list[CustomerRecord]:
    """Return most of the customers, some of them changed."""
    numbers = rng.sample(range(1, CUSTOMERS + 1), rng.randrange(CUSTOMERS - 4, CUSTOMERS + 1))
    return [
        a_record(str(number), city=rng.choice("AAAB"), extra={"LINGUA:": "it"} if rng.random() > 0.1 else {})
        for number in numbers
    ]


def commit_list(records: list[CustomerRecord]) -> None:
    """Apply a list in the steps of a sync: claim, compare, and write everything in one transaction."""
    claim = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=45)
    delta = compute_delta(load_stored(), records)
    with transaction.atomic():
        lifecycle.fence(claim)
        apply_delta(delta, run_id=claim.run_id, now=timezone.now())
        lifecycle.succeed(claim)


def have_run(count: int) -> bool:
    return SyncRun.objects.count() >= count


def entries_in(file: Path) -> int:
    return int(load(file, "")["entries"])


def has_more_than(file: Path, count: int) -> bool:
    return entries_in(file) > count


def erase_in_between() -> None:
    try:
        for number in range(1, ERASURES + 1):
            wait_until(partial(have_run, number * SYNCS // (ERASURES + 1)))
            erase_customer(str(number), now=timezone.now())
    finally:
        connection.close()


def test_a_copy_kept_while_two_hundred_syncs_commit_equals_the_customers(
    live_server: LiveServer, tmp_path: Path
) -> None:
    rng, file = random.Random(7), tmp_path / "copy.json"
    feed = (f"{live_server.url}/api/customers/changes?pageSize=20", token_of(viewer()), file)
    with ThreadPoolExecutor(1) as other:
        erasing = other.submit(erase_in_between)
        for _ in range(4):
            with reading(*feed):
                before = entries_in(file)
                for _ in range(SYNCS // 4):
                    commit_list(random_list(rng))
                wait_until(partial(has_more_than, file, before))
        erasing.result()
    with reading(*feed):
        wait_until(lambda: f"after={FeedHead.objects.get().last}&" in load(file, "")["next"])
    api = client_of(viewer("vito"))
    customers: list[dict[str, Any]] = api.get("/api/customers?pageSize=500").json()["results"]
    assert load(file, "")["copy"] == {each["erpId"]: each for each in customers}
    assert ErasedCustomer.objects.count() == ERASURES
    assert CustomerChange.objects.count() > SYNCS
