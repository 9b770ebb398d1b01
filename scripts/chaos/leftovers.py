"""What a round must not leave: processes, folders, files, a damaged session."""

from __future__ import annotations

import json
import stat

from scripts.chaos.processes import processes_of
from scripts.chaos.world import World


def leftovers(world: World) -> list[str]:
    """Return what should not be there while no sync runs."""
    return [
        *_processes(world),
        *(f"folder of a fetch left: {path.name}" for path in world.fetch_folders()),
        *(f"left in TMPDIR: {path.name}" for path in sorted(world.temporary.iterdir())),
        *_session(world),
    ]


def _processes(world: World) -> list[str]:
    expected = world.cluster.own_processes
    others = [str(each) for each in processes_of(world.data) if each.pid not in expected]
    missing = 6 - len(expected)
    return [f"process left: {each}" for each in others] + (
        [f"{missing} processes missing"] if missing else []
    )


def _session(world: World) -> list[str]:
    """The file with the session is whole, and only its owner can read it."""
    if not world.session.parent.is_dir():
        return []
    found = [
        f"left beside the session: {path.name}"
        for path in world.session.parent.iterdir()
        if path != world.session
    ]
    if world.session.exists():
        if stat.S_IMODE(world.session.stat().st_mode) != 0o600:
            found.append("others can read the session")
        try:
            json.loads(world.session.read_bytes())
        except ValueError:
            found.append("the session is damaged")
    return found
