"""Screenshots and traces of browser failures. Only the newest ones are kept, and none for long."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from sync.errors import ErpError

logger = logging.getLogger(__name__)


def keep(error: ErpError, folder: Path, count: int) -> dict[str, str]:
    """Return an error's files as fields of a run, relative to the folder; delete the oldest files.

    ``count`` is how many of each kind are kept.
    """
    kept = {}
    for kind, path in (("screenshot", error.screenshot), ("trace", error.trace)):
        if path is not None and path.is_relative_to(folder):
            kept[kind] = str(path.relative_to(folder))
            try:
                _drop_oldest(path.parent, path.suffix, count)
            except OSError:
                # Another process deletes them too, or the disk is read-only.
                logger.warning("old screenshots and traces could not be deleted", exc_info=True)
    return kept


def _drop_oldest(folder: Path, suffix: str, count: int) -> None:
    files = sorted(folder.glob(f"*{suffix}"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[count:]:
        file.unlink(missing_ok=True)


def remove_older(folder: Path, days: int) -> None:
    """Delete the files that are more than ``days`` days old.

    Each host that syncs has its own files, and a killed process leaves some that belong to no run: so the age
    of the files counts, not that of the runs.
    """
    try:
        for path in _entries(folder):
            _delete_if_older(path, days * 24 * 3600)
    except OSError:
        logger.warning("old screenshots and traces could not be looked for", exc_info=True)


def _delete_if_older(path: Path, age_s: float) -> None:
    try:
        # One of the future is from before the clock was set back.
        if abs(time.time() - path.stat().st_mtime) > age_s:
            _delete([path])
    except OSError:
        # As in `keep`. The next run tries again.
        logger.warning("an old screenshot or trace could not be deleted", exc_info=True)


def remove_all(folder: Path) -> int:
    """Delete all files; return how many."""
    return _delete(_entries(folder))


def forget(*rows: QuerySet[Any]) -> None:
    """Remove the names of files from these runs and attempts."""
    for each in rows:
        each.exclude(screenshot="", trace="").update(screenshot="", trace="")


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _delete(paths: Iterable[Path]) -> int:
    deleted = 0
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        deleted += 1
    return deleted


def path_of(name: str, folder: Path) -> Path | None:
    """Return the path of a run's file, or None if it does not exist or is outside of the folder."""
    if not name:
        return None
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def remove(names: Iterable[str], folder: Path) -> None:
    """Delete a run's files, or leave them to `remove_older` if they can't be deleted."""
    for path in (path_of(name, folder) for name in names):
        if path is not None:
            try:
                path.unlink(missing_ok=True)
            except OSError:
                logger.warning("an old screenshot or trace could not be deleted", exc_info=True)
