"""Notes on what the ERP showed when a list was fetched."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from customers.erp_list.message import Message
from sync.models import SyncRun
from sync.runs.seen import first_list_notes, last_applied, source_changes

SEEN = {"account": "3f9a", "view": "Clienti", "filter": "Tutti i clienti", "gridFilters": []}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"filter": "Tutti i clienti"}, "the ERP's filter said “Tutti i clienti”"),
        ({"filter": ""}, "the ERP's filter was not seen"),
        ({"gridFilters": []}, "no filter of the grid was set"),
        (
            {"gridFilters": ["a value in the filter row", "the search box"]},
            "filters of the grid were cleared (a value in the filter row, the search box)",
        ),
        (
            {"gridFilters": [Message("the search box").as_json()]},
            "filters of the grid were cleared (the search box)",
        ),
        ({"rowsMin": 1441, "rowsMax": 1460}, "the pager bounded the list to 1,441 to 1,460 rows"),
        ({"rowsMin": 1452, "rowsMax": 1452}, "the pager said that the list has 1,452 rows"),
        ({"rowsMin": 1441, "rowsMax": None}, "the pager did not bound the list"),
        ({"rowsMin": None, "rowsMax": None}, "the pager did not bound the list"),
    ],
)
def test_the_note_on_the_first_list_describes_what_was_seen(seen: dict[str, Any], expected: str) -> None:
    assert expected in str(first_list_notes({}, {"account": "3f9a", **seen})[0])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"account": "77b0"}, ["another ERP account"]),
        ({"view": "Attivi"}, ["another view “Attivi” instead of “Clienti”"]),
        ({"account": "77b0", "view": ""}, ["another ERP account", "another view “” instead of “Clienti”"]),
        ({"filter": "All Customers", "gridFilters": ["the search box"]}, []),
    ],
)
def test_another_account_or_view_is_a_source_change(changed: dict[str, Any], expected: list[str]) -> None:
    assert [str(each) for each in source_changes(SEEN, {**SEEN, **changed})] == expected


@pytest.mark.parametrize(("before", "now"), [({}, SEEN), (SEEN, {}), ({"account": "3f9a"}, {"view": "x"})])
def test_what_was_not_seen_is_not_compared(before: dict[str, Any], now: dict[str, Any]) -> None:
    assert source_changes(before, now) == []


def ended(state: str, seen: dict[str, Any], *, is_dry: bool = False) -> None:
    SyncRun.objects.create(trigger="cli", state=state, created_at=timezone.now(), seen=seen, is_dry=is_dry)


@pytest.mark.django_db
def test_a_list_is_compared_with_the_last_one_that_was_fetched_and_applied() -> None:
    assert last_applied() == {}
    ended("succeeded", {"view": "older"})
    ended("succeeded", SEEN)
    ended("succeeded", {})  # from a file
    ended("succeeded", {"view": "dry"}, is_dry=True)
    ended("held", {"view": "held"})
    assert last_applied() == SEEN


NOTHING_SEEN = (
    "first list: the ERP's filter was not seen, no filter of the grid was set, "
    "and the pager did not bound the list"
)
MUCH_SEEN = (
    "first list: the ERP's filter said “Tutti”, filters of the grid were cleared (the search box), "
    "and the pager said that the list has 60 rows"
)


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        ({"account": "3f9a"}, NOTHING_SEEN),
        ({"filter": "Tutti", "gridFilters": ["the search box"], "rowsMin": 60, "rowsMax": 60}, MUCH_SEEN),
    ],
)
def test_the_first_list_is_noted_in_one_sentence(seen: dict[str, Any], sentence: str) -> None:
    assert [str(note) for note in first_list_notes({}, seen)] == [sentence]


def test_a_later_list_and_one_from_a_file_are_not_noted() -> None:
    assert first_list_notes(SEEN, SEEN) == first_list_notes({}, {}) == []
