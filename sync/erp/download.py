"""Receive the exported file from the browser, and reject what is not a complete PDF."""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from customers.erp_list.message import gettext_noop as _
from sync.erp.export import Started
from sync.erp.page import ErpPage
from sync.erp.translation import file_problem
from sync.errors import DownloadBroken, DownloadNotPdf, ErpTimeout, ReportTooLarge
from sync.pdf_ends import HEADER, read_ends

EXPORT_NAME = "export.pdf"
# Chromium writes to NAME.crdownload and renames it at the end. When the connection is cut, it deletes the
# file, and may create it again within a few hundred milliseconds to resume.
_UNFINISHED = ".crdownload"
_GONE_AFTER_S = 1.0
# With less free space a broken download is taken for a full disk: the browser does not say why it broke.
_FULL_BELOW_BYTES = 1 << 20


def receive(
    erp: ErpPage, started: Started, incoming: Path, folder: Path, on_bytes: Callable[[int], None]
) -> Path:
    """Wait for the download and return it as a file in ``folder``; ``on_bytes`` is called with its size.

    Playwright's own wait has no timeout and can't be interrupted. So the folder is polled, and Playwright is
    asked for the file only when it is complete.
    Raises: DownloadBroken, DownloadNotPdf; ReportTooLarge, as soon as more has come than is allowed;
    FileProblem, if the download broke because the disk is full.
    """
    try:
        return _received(erp, started, incoming, folder, on_bytes)
    except DownloadBroken as exc:
        if shutil.disk_usage(folder).free < _FULL_BELOW_BYTES:
            raise file_problem(OSError(errno.ENOSPC, "")) from exc
        raise


def _received(
    erp: ErpPage, started: Started, incoming: Path, folder: Path, on_bytes: Callable[[int], None]
) -> Path:
    watch = _FolderWatch(incoming, on_bytes, erp.config.max_export_bytes)
    try:
        erp.until(watch.arrived, max(0.0, started.end_s - time.monotonic()), _("the download"))
    except ErpTimeout as exc:
        raise DownloadBroken(_("the download did not finish in time")) from exc
    target = folder / EXPORT_NAME
    started.download.save_as(target)
    target.chmod(0o600)
    check_pdf(target)
    return target


def check_pdf(path: Path) -> None:
    """Raises: DownloadBroken for an empty file or one without its end; DownloadNotPdf for another kind."""
    ends = read_ends(path)
    if not ends.size_bytes:
        raise DownloadBroken(_("the exported file is empty (0 bytes)"))
    # The ERP sends nothing before the header.
    if not ends.head.startswith(HEADER):
        raise DownloadNotPdf(_("the exported file is not a PDF"))
    if not ends.has_end_mark:
        raise DownloadBroken(
            _("the exported file's end is missing (%(size)s bytes came)"), size=ends.size_bytes
        )


class _FolderWatch:
    """Watches a folder that receives exactly one download."""

    def __init__(self, incoming: Path, on_bytes: Callable[[int], None], max_bytes: int) -> None:
        self._incoming = incoming
        self._on_bytes = on_bytes
        self._max_bytes = max_bytes
        self._last_seen_s = time.monotonic()

    def arrived(self) -> bool | None:
        files = list(self._incoming.iterdir())
        size = sum(map(_size, files))
        if size > self._max_bytes:
            raise ReportTooLarge(
                _("the download has more than the %(most)s bytes allowed"), most=self._max_bytes
            )
        if any(file.suffix != _UNFINISHED for file in files):
            return True
        if files:
            self._last_seen_s = time.monotonic()
            self._on_bytes(size)
        elif time.monotonic() - self._last_seen_s > _GONE_AFTER_S:
            raise DownloadBroken(_("the connection was cut during the download"))
        return None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0  # renamed between the listing and now
