"""What is noted of a report's layout: how it differs from that of the last list that was applied."""

from __future__ import annotations

import pytest

from scripts.erp_simulator.world import SimCustomer
from sync.models import SyncRun
from tests.conftest import DrawList
from tests.sync.sync_once import kept_run, sync_file

pytestmark = pytest.mark.django_db


def test_columns_in_another_order_are_noted(people: list[SimCustomer], draw_list: DrawList) -> None:
    path = draw_list(people)
    applied = kept_run(sync_file(path))
    columns = applied.layout["columns"][::-1]
    SyncRun.objects.update(layout={**applied.layout, "columns": columns})
    notes = [str(note) for note in sync_file(path, is_dry=True).notes]
    assert notes == ["the layout changed: other columns, or in another order"]
