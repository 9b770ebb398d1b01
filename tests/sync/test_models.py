"""The query set of runs."""

from __future__ import annotations

import pytest
from django.utils import timezone

from sync.models import SyncRun

State = SyncRun.State

pytestmark = pytest.mark.django_db


def run(state: State, *, is_dry: bool = False) -> SyncRun:
    return SyncRun.objects.create(trigger="cli", state=state, is_dry=is_dry, created_at=timezone.now())


def test_real_leaves_out_dry_runs() -> None:
    run(State.SUCCEEDED, is_dry=True)
    kept = run(State.FAILED)
    assert list(SyncRun.objects.real()) == [kept]


def test_ended_keeps_only_the_final_states() -> None:
    for state in State:
        run(state)
    ended = set(SyncRun.objects.ended().values_list("state", flat=True))
    assert set(State) - ended == {State.QUEUED, State.RUNNING, State.HELD}


def test_succeeded_includes_dry_runs() -> None:
    kept = {run(State.SUCCEEDED).pk, run(State.SUCCEEDED, is_dry=True).pk}
    run(State.FAILED)
    assert set(SyncRun.objects.succeeded().values_list("pk", flat=True)) == kept


def test_for_list_does_not_load_the_long_fields() -> None:
    run(State.SUCCEEDED)
    found = SyncRun.objects.for_list().get()
    assert found.get_deferred_fields() == {"log", "layout", "stages", "notes"}
