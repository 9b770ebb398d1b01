"""Screenshots and traces of browser failures. Only the newest ones are kept."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

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


def path_of(name: str, folder: Path) -> Path | None:
    """Return the path of a run's file, or None if it does not exist or is outside of the folder."""
    if not name:
        return None
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def remove(names: Iterable[str], folder: Path) -> None:
    """Delete a run's files."""
    for path in (path_of(name, folder) for name in names):
        if path is not None:
            path.unlink(missing_ok=True)
