"""What the ERP showed when a list was fetched is stored and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.models import SyncRun
from sync.pipeline import approve, run_sync
from sync.runs.outcome import Result
from tests.conftest import DrawList
from tests.sync.sync_once import KnownSource, kept_run, sync_file

pytestmark = pytest.mark.django_db


SEEN = {
    "account": "3f9a",
    "view": "Clienti",
    "filter": "Tutti i clienti",
    "gridFilters": [],
    "pages": 3,
    "page": 1,
    "pageSize": 20,
    "rowsOnPage": 20,
    "rowsMin": 41,
    "rowsMax": 60,
}


def sync_seen(path: Path, *, is_dry: bool = False, **changed: Any) -> Result:
    source = KnownSource(path, seen={**SEEN, **changed})
    return run_sync(source, sync_config(), trigger=SyncRun.Trigger.CLI, is_dry=is_dry)


def test_a_run_stores_what_was_seen_of_the_erp(people: list[SimCustomer], draw_list: DrawList) -> None:
    assert kept_run(sync_seen(draw_list(people))).seen == SEEN


def test_a_dry_run_also_stores_what_was_seen(people: list[SimCustomer], draw_list: DrawList) -> None:
    assert kept_run(sync_seen(draw_list(people), is_dry=True)).seen == SEEN


def test_the_first_list_from_the_erp_notes_filters_and_pager(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    note = "first list: the ERP's filter said “Tutti i clienti”, no filter of the grid was set, "
    note += "and the pager bounded the list to 41 to 60 rows"
    first, second = sync_seen(draw_list(people)), sync_seen(draw_list(people))
    assert ([*map(str, first.notes)], second.notes) == ([note], ())


def test_a_dry_run_does_not_count_as_the_first_list(people: list[SimCustomer], draw_list: DrawList) -> None:
    sync_seen(draw_list(people), is_dry=True)
    assert len(sync_seen(draw_list(people)).notes) == 1


def test_another_account_whose_list_lacks_a_customer_is_held(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    result = sync_seen(draw_list(people[1:], "short.pdf"), account="77b0")
    assert result.error is not None
    assert (result.state, result.error.code) == ("held", "source_changed")
    assert result.error.message == "another ERP account: the list lacks 1 of the 60 active customers"
    assert kept_run(result).seen["account"] == "77b0"


def test_another_view_whose_list_lacks_a_customer_is_held(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    result = sync_seen(draw_list(people[1:], "short.pdf"), view="Clienti attivi")
    assert result.error is not None
    assert "another view “Clienti attivi” instead of “Clienti”" in result.error.message


def test_another_account_that_shows_every_customer_is_applied(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    assert sync_seen(draw_list(people), account="77b0").state == "succeeded"


def test_a_list_of_the_same_source_may_lack_a_customer(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    result = sync_seen(draw_list(people[1:], "short.pdf"), filter="Tutti", page=2, rowsMax=80)
    assert (result.state, result.counts["missing"]) == ("succeeded", 1)


def test_the_next_list_is_not_compared_with_a_held_one(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    short = draw_list(people[1:], "short.pdf")
    assert [sync_seen(short, account="77b0").state for _ in range(2)] == ["held", "held"]
    assert sync_seen(short).state == "succeeded"


def test_later_lists_are_compared_with_the_source_of_an_approved_one(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    short = draw_list(people[1:], "short.pdf")
    held = sync_seen(short, account="77b0")
    assert held.run_id is not None
    assert approve(held.run_id, sync_config(), by="carla").state == "succeeded"
    assert kept_run(held).seen["account"] == "77b0"
    assert sync_seen(short, account="77b0").state == "succeeded"


def test_a_local_file_has_no_source_to_compare(people: list[SimCustomer], draw_list: DrawList) -> None:
    sync_seen(draw_list(people))
    assert sync_file(draw_list(people[1:], "short.pdf")).state == "succeeded"
    assert sync_seen(draw_list(people[2:], "shorter.pdf"), account="77b0").state == "held"
