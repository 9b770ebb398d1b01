"""What is shown of a sync while it runs."""

from __future__ import annotations

import pytest

from scripts.erp_simulator.world import SimCustomer
from sync.runs.progress import Progress
from tests.conftest import DrawList
from tests.sync.sync_once import sync_file

pytestmark = pytest.mark.django_db


def test_the_pages_that_are_read_are_shown_as_progress(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    seen: list[Progress] = []
    sync_file(draw_list(people), is_dry=True, on_progress=seen.append)
    pages = [progress.done for progress in seen if progress.stage == "read" and progress.total]
    total = {progress.total for progress in seen if progress.stage == "read"} - {0}
    assert total == {pages[-1]}
    assert pages == sorted(pages)
