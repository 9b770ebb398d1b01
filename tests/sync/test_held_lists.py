"""Implausible lists are held until a person approves or rejects them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from customers.models import Customer
from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.errors import ListNotHeld, ListSuperseded
from sync.models import HeldList, SyncRun
from sync.pipeline import approve, run_claimed
from sync.runs import lifecycle
from sync.sources import FileSource
from tests.conftest import DrawList
from tests.sync.sync_once import sync_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def held_run(people: list[SimCustomer], draw_list: DrawList) -> int:
    """A run held because its list has 20 of 60 customers."""
    sync_file(draw_list(people))
    result = sync_file(draw_list(people[:20], "short.pdf"))
    assert result.state == "held"
    assert result.run_id is not None
    return result.run_id


def test_an_implausible_list_is_held_and_writes_nothing(held_run: int) -> None:
    assert Customer.objects.filter(missing_since=None).count() == 60
    assert len(HeldList.objects.get(run_id=held_run).changes) == 40


def test_an_approved_list_is_applied_unchanged(held_run: int) -> None:
    result = approve(held_run, sync_config(), by="carla")
    assert (result.run_id, result.state, result.counts["missing"]) == (held_run, "succeeded", 40)
    assert Customer.objects.exclude(missing_since=None).count() == 40
    assert not HeldList.objects.exists()


def test_a_rejected_list_is_never_applied(held_run: int) -> None:
    lifecycle.reject(held_run, by="carla")
    with pytest.raises(ListNotHeld):
        approve(held_run, sync_config(), by="carla")
    assert Customer.objects.filter(missing_since=None).count() == 60


def test_a_held_list_can_not_be_approved_after_a_newer_one(
    held_run: int, people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people, "later.pdf"))
    with pytest.raises(ListSuperseded):
        approve(held_run, sync_config(), by="carla")


def test_a_list_that_a_run_queued_earlier_has_fetched_later_counts_as_newer(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    config = sync_config()
    queued = lifecycle.queue("admin", lease_s=config.lease_s, queue_s=900.0)
    held = sync_file(draw_list(people[:20], "short.pdf"))
    assert held.run_id is not None
    assert held.run_id > queued
    claim = lifecycle.claim_queued(queued, lease_s=config.lease_s)
    assert claim is not None
    assert run_claimed(claim, FileSource(draw_list(people, "later.pdf")), config).state == "succeeded"
    with pytest.raises(ListSuperseded):
        approve(held.run_id, config, by="carla")
    assert SyncRun.objects.get(pk=held.run_id).state == "held"
    assert not Customer.objects.exclude(missing_since=None).exists()


def test_an_approved_list_whose_process_died_waits_for_a_decision_again(held_run: int) -> None:
    config = sync_config()
    lifecycle.claim_held(held_run, lease_s=config.lease_s, by="carla")
    SyncRun.objects.filter(pk=held_run).update(heartbeat_at=Now() - timedelta(seconds=config.lease_s + 1))
    assert lifecycle.abandon_stale(config.lease_s) == 0
    run = SyncRun.objects.get(pk=held_run)
    assert (run.state, run.decided_by, run.error_code) == ("held", "", "abandoned")
    assert approve(held_run, config, by="dora").state == "succeeded"


def test_an_approved_list_that_can_not_be_read_is_held_again(held_run: int) -> None:
    HeldList.objects.update(file=b"%PDF-1.4 lost in the database %%EOF")
    result = approve(held_run, sync_config(), by="carla")
    assert (result.state, SyncRun.objects.get(pk=held_run).state) == ("held", "held")
    assert result.error is not None
    assert result.error.code == "report_unreadable"


def test_values_moved_between_customers_are_held(people: list[SimCustomer], draw_list: DrawList) -> None:
    """This happens when two pages of a band are swapped; all totals stay correct."""
    sync_file(draw_list(people))
    streets = [person.street for person in people[:20]]
    streets.append(streets.pop(0))
    people[:20] = [replace(person, street=street) for person, street in zip(people, streets, strict=False)]
    result = sync_file(draw_list(people, "moved.pdf"))
    assert result.error is not None
    assert (result.state, result.error.code) == ("held", "values_exchanged")


def test_a_last_order_in_the_future_is_held(people: list[SimCustomer], draw_list: DrawList) -> None:
    sync_file(draw_list(people))
    ahead = timezone.localdate() + timedelta(days=30)
    people[7] = replace(people[7], last_order_date=ahead)
    result = sync_file(draw_list(people, "ahead.pdf"))
    assert result.error is not None
    assert (result.state, result.error.code) == ("held", "order_in_future")
    assert f"{ahead:%Y-%m-%d}" in result.error.message


def test_an_approved_last_order_in_the_future_is_not_held_again(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    people[7] = replace(people[7], last_order_date=timezone.localdate() + timedelta(days=30))
    path = draw_list(people)
    held = sync_file(path)
    assert held.run_id is not None
    approve(held.run_id, sync_config(), by="carla")
    assert sync_file(path).counts["unchanged"] == 60


def test_a_first_list_shorter_than_the_minimum_is_held(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_MIN_CUSTOMERS = 61
    result = sync_file(draw_list(people))
    assert result.error is not None
    assert (result.state, result.error.code) == ("held", "first_list_too_short")
    assert result.error.message == "the first list has 60 customers, fewer than the 61 of SYNC_MIN_CUSTOMERS"
