"""Faults of the cache's files, the disk and file handles."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

from scripts.chaos.database import Undo
from scripts.chaos.fault import Fault, Strike, already_over
from scripts.chaos.moments import EVERY, OF_SYNC
from scripts.chaos.processes import children_of
from scripts.chaos.world import World

_GARBAGE_BYTES = 200
# Less than any file that a sync writes, except for the shortest.
_DISK_FULL_BYTES = 4096


def _empty_cache(world: World, rng: Random) -> Undo | None:
    shutil.rmtree(world.cache, ignore_errors=True)
    return already_over


def _garble_cache(world: World, rng: Random) -> Undo | None:
    for path in world.cache.glob("*.djcache"):
        # The cluster replaces files all the time.
        with suppress(FileNotFoundError):
            path.write_bytes(rng.randbytes(_GARBAGE_BYTES))
    return already_over


def _take_cache_away(world: World, rng: Random) -> Undo | None:
    """Put a file where the cache's folder was: nothing can be read or written there, not even by root."""
    _replace_by_file(world.cache)
    return lambda: world.cache.unlink(missing_ok=True)


def _replace_by_file(folder: Path) -> None:
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        # The cluster may create the folder anew in between.
        with suppress(OSError):
            folder.write_bytes(b"")
            return


def _limit(kind: int, limit_of: Callable[[int], int], *, whole_tree: bool) -> Strike:
    """Lower a limit of the workers (their next children inherit it) and set it back afterwards."""

    def strike(world: World, rng: Random) -> Undo | None:
        pids = world.cluster.started("worker")
        if whole_tree:
            pids += [child for pid in pids for child in children_of(pid)]
        before = {pid: limits for pid in pids if (limits := _lowered(pid, kind, limit_of))}
        return (lambda: _set_back(before, kind)) if before else None

    return strike


def _lowered(pid: int, kind: int, limit_of: Callable[[int], int]) -> tuple[int, int] | None:
    try:
        soft, hard = resource.prlimit(pid, kind)
        resource.prlimit(pid, kind, (limit_of(pid), hard))
    except (ProcessLookupError, FileNotFoundError):
        return None
    return soft, hard


def _set_back(before: dict[int, tuple[int, int]], kind: int) -> None:
    for pid, limits in before.items():
        with suppress(ProcessLookupError):
            resource.prlimit(pid, kind, limits)


def _handles_in_use(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


_DISK_FULL = _limit(resource.RLIMIT_FSIZE, lambda pid: _DISK_FULL_BYTES, whole_tree=True)
_NO_HANDLES = _limit(resource.RLIMIT_NOFILE, _handles_in_use, whole_tree=False)
_LIMITED_S = (2.0, 10.0)

FAULTS: tuple[Fault, ...] = (
    Fault("cache-emptied", "the cache's folder is deleted", _empty_cache),
    Fault("cache-garbled", "the cache's files hold garbage", _garble_cache),
    Fault("cache-away", "a file is where the cache's folder was", _take_cache_away, EVERY, (1.0, 8.0)),
    Fault("disk-full", "workers write 4 KiB a file at most", _DISK_FULL, ("idle", *OF_SYNC), _LIMITED_S),
    Fault("no-handles", "workers can open no more files", _NO_HANDLES, ("idle", *OF_SYNC), _LIMITED_S),
)
