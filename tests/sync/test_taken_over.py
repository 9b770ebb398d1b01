"""Runs that were taken over, or whose end got no answer: what is returned, and told, is what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import OperationalError
from django.test import Client

from customers.actions import Kind, of_kind
from customers.models import Customer
from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.errors import LoginRejected
from sync.models import HeldList, SyncRun
from sync.monitoring import suspension
from sync.pipeline import approve, run_sync
from sync.runs.progress import OnProgress
from sync.sources import ListFile, Stop
from tests.accounts import operator
from tests.conftest import DrawList
from tests.queries import before_first
from tests.staff_pages import held, synced
from tests.sync.lost_moments import LOADS_LIST, STORES_ATTEMPT, cut, no_answer, take_over
from tests.sync.scripted import sync
from tests.sync.sync_once import kept_run, sync_file

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held_run(people: list[SimCustomer], draw_list: DrawList) -> int:
    synced(draw_list(people))
    return held(people, draw_list)


def test_a_list_whose_hold_got_no_answer_is_held_and_told(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.ADMINS = [("Carla Bassani", "carla@example.com")]
    synced(draw_list(people))
    with before_first(STORES_ATTEMPT, no_answer):
        result = sync_file(draw_list(people[:20], "short.pdf"))
    assert result.error is not None
    assert (result.state, result.error.code, kept_run(result).state) == ("held", "list_too_short", "held")
    assert [message.subject for message in mail.outbox] == ["[Archibald Sync] a list waits for your decision"]


def test_an_approval_that_was_taken_over_does_not_say_that_it_was_applied(held_run: int) -> None:
    with before_first(LOADS_LIST, take_over):
        result = approve(held_run, sync_config(), by="carla")
    assert result.error is not None
    assert (result.state, kept_run(result).state) == ("held", "held")
    assert Customer.objects.filter(missing_since=None).count() == 60


def test_a_failed_approval_whose_end_got_no_answer_has_its_error(held_run: int) -> None:
    HeldList.objects.update(file=b"%PDF-1.4 lost in the database %%EOF")
    with before_first(STORES_ATTEMPT, no_answer):
        result = approve(held_run, sync_config(), by="carla")
    assert result.error is not None
    assert (result.state, result.error.code) == ("held", "report_unreadable")


def test_the_page_says_that_an_approval_was_taken_over(client: Client, held_run: int) -> None:
    client.force_login(operator())
    with before_first(LOADS_LIST, take_over):
        answer = client.post(f"/admin/sync/syncrun/{held_run}/approve/", follow=True)
    said = [(message.level_tag, str(message)) for message in answer.context["messages"]]
    assert [level for level, _ in said] == ["error"], said
    assert not of_kind(LogEntry.objects.all(), Kind.APPROVED).exists()


def test_rest_answers_an_approval_that_was_taken_over_with_an_error(client: Client, held_run: int) -> None:
    client.force_login(operator())
    with before_first(LOADS_LIST, take_over):
        answer = client.post(f"/api/customers/sync/runs/{held_run}/approve")
    assert answer.status_code >= 400
    assert not of_kind(LogEntry.objects.all(), Kind.APPROVED).exists()


def test_a_connection_that_breaks_while_syncs_are_suspended_suspends_them() -> None:
    with before_first(("INSERT", "sync_suspension"), cut):
        sync(LoginRejected("refused"))
    assert suspension.suspended() is not None


class TakenOverSource:
    """Loses its run to another process, then meets a fault of the database."""

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        take_over()
        raise OperationalError("the connection was cut")
        yield


def test_a_run_that_was_taken_over_ends_with_an_error() -> None:
    result = run_sync(TakenOverSource(), sync_config(), trigger=SyncRun.Trigger.CLI)
    assert result.error is not None
    assert (result.state, result.error.code) == ("abandoned", "lease_lost")
    assert kept_run(result).error_code == "abandoned"
