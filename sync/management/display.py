"""Console output of a sync by rich: a bar per stage on a terminal, and a table at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from customers.erp_list.delta import COUNT_NAMES, ChangeJson
from sync.management.lines import title_of
from sync.runs.outcome import Result
from sync.runs.progress import OnProgress, Progress

_SHOWN_CHANGES = 20


@contextmanager
def bars_shown(stream: TextIO) -> Iterator[OnProgress]:
    """Yield a function that shows progress as bars."""
    columns = (
        TextColumn("{task.description:<30}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(file=stream)) as bar:
        yield _Bars(bar).show


class _Bars:
    """Show one bar per stage; it is filled when the next stage starts."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._stage = ""
        self._task: Any = None

    def show(self, progress: Progress) -> None:
        total = progress.total or None
        if progress.stage != self._stage:
            self._end()
            self._stage = progress.stage
            self._task = self._bar.add_task(title_of(progress), total=total)
        self._bar.update(self._task, completed=progress.done, total=total)

    def _end(self) -> None:
        if self._task is not None:
            total = self._bar.tasks[self._task].total or 1
            self._bar.update(self._task, completed=total, total=total)


def print_result(result: Result, stream: TextIO) -> None:
    """Print the result of a sync: changes (for a dry run, those it would make), state, counts and times."""
    console = Console(file=stream, highlight=False)
    if result.changes:
        console.print(
            "[bold]What would change[/]" if result.is_dry or result.error else "[bold]What changed[/]"
        )
        _print_changes(result.changes, console)
    for note in result.notes:
        console.print(f"Note: {escape(str(note))}")
    table = Table(show_header=False, box=SIMPLE, title=f"Run {result.run_id}: {result.state}")
    table.add_column()
    table.add_column(justify="right")
    for name in COUNT_NAMES:
        table.add_row(name, f"{result.counts[name]:,}")
    for name, duration_ms in result.stages.items():
        table.add_row(f"time: {name}", f"{duration_ms:,} ms")
    table.add_row("time in all", f"{result.duration_ms:,} ms")
    console.print(table)
    if result.error is not None:
        console.print(f"[bold]{result.error.code}[/]: {escape(result.error.message)}")


def _print_changes(changes: Sequence[ChangeJson], console: Console) -> None:
    for change in changes[:_SHOWN_CHANGES]:
        console.print(f"  {change['erpId']}  {escape(change['name'])}: [bold]{change['change']}[/]")
        if change["change"] == "new":
            continue  # all of its fields are new
        for each in change["fields"]:
            old, new = (escape(value or "(empty)") for value in (each["old"], each["new"]))
            console.print(f"      {escape(each['field'])}: {old} → {new}")
    if len(changes) > _SHOWN_CHANGES:
        console.print(
            f"  … and {len(changes) - _SHOWN_CHANGES:,} more; a dry run with --json lists every one"
        )
