"""Create runs for tests of the staff's pages: succeeded, failed in the browser, or held."""

from __future__ import annotations

from pathlib import Path

from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.models import SyncRun
from sync.pipeline import run_sync
from sync.sources import ErpSource, FileSource
from tests.conftest import DrawList


def synced(path: Path) -> int:
    """Sync from a file and return the run."""
    return _run_id(
        run_sync(FileSource(path), sync_config(), trigger=SyncRun.Trigger.CLI, requested_by="carla")
    )


def failed_in_the_browser(erp: ErpSimulator) -> int:
    """Sync with an ERP that shows no export button, and return the run."""
    erp.faults.export_missing = True
    config = sync_config()
    return _run_id(run_sync(ErpSource(config.erp), config, trigger=SyncRun.Trigger.SCHEDULE))


def held(people: list[SimCustomer], draw_list: DrawList) -> int:
    """Sync a list without half of the customers, and return the held run."""
    return synced(draw_list(people[: len(people) // 2], name="Half.pdf"))


def _run_id(result: object) -> int:
    run_id = getattr(result, "run_id", None)
    assert isinstance(run_id, int)
    return run_id
