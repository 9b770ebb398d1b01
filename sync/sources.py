"""Sources of a list: the ERP, a local file, or the stored file of a held run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from customers.erp_list.message import Message
from sync.erp import ErpConfig, FetchStep, PagerBounds, SingleLogin, fetch_customer_list, private_folder
from sync.models import HeldList
from sync.report import Limits, Reading
from sync.runs.progress import OnProgress, Progress

Stop = Callable[[], bool]


@dataclass(frozen=True)
class ListFile:
    """A report's file, and what its source knows about it.

    ``stages`` maps names to milliseconds; for ``seen`` see `sync.runs.seen`. ``reading`` has begun to read
    the file, if it could do so early.
    """

    path: Path
    pager: PagerBounds | None = None
    stages: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()
    seen: Mapping[str, Any] = field(default_factory=dict)
    reading: Reading | None = None


class Source(Protocol):
    def open(self, on_progress: OnProgress, stop: Stop) -> AbstractContextManager[ListFile]:
        """Yield the list's file, which may be deleted after the ``with`` block."""
        ...


@dataclass(frozen=True)
class ErpSource:
    """The ERP's customer list, fetched with a browser. Use one source per run: it logs in once at most.

    The file is read while the browser is closed.
    """

    config: ErpConfig
    limits: Limits = field(default_factory=Limits)
    login: SingleLogin = field(default_factory=SingleLogin)

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        with Reading(self.limits) as reading:

            def show(step: FetchStep) -> None:
                if step.stage == "browser":
                    # The browser's driver needs one processor for as long.
                    reading.prepare()
                on_progress(Progress(step.stage, done=step.received_bytes or 0))

            fetch = fetch_customer_list(self.config, show, stop, login=self.login, on_file=reading.begin)
            with fetch as fetched:
                yield ListFile(
                    fetched.path, fetched.pager, fetched.stages, fetched.notes, fetched.seen, reading
                )


@dataclass(frozen=True)
class FileSource:
    """A local report file."""

    path: Path

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        yield ListFile(self.path)


@dataclass(frozen=True)
class HeldSource:
    """The stored file of a held run, read from a file in a private folder below ``work_dir``."""

    run_id: int
    work_dir: Path

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        with private_folder(self.work_dir) as folder:
            path = folder / "held.pdf"
            path.write_bytes(HeldList.objects.get(run_id=self.run_id).file)
            yield ListFile(path)
