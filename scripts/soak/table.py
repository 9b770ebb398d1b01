"""Print the measurements side by side, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from scripts.soak.verdict import Measurement, Verdict

# A table of a year is wider than most terminals; wrapped numbers can't be read.
_WIDTH = 190
_UNITS = {"memory": "MB", "database": "MB", "history": "MB", "run": "ms"}


def print_table(title: str, measured: Sequence[Measurement], verdict: Verdict) -> None:
    """Print a row for each figure and a column for each measurement."""
    # Not as the table's title, which is wrapped to the table's width.
    print(title)
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("after run")
    for each in measured:
        table.add_column(f"{each.run:,}", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for figure in measured[0].figures:
        cells = [_shown(figure, each.figures[figure]) for each in measured]
        table.add_row(_label(figure), *cells, verdict.words[figure])
    table.add_row("counters as counted anew", *("yes" if each.agree else "NO" for each in measured))
    Console(width=_WIDTH, highlight=False).print(table)


def print_verdict(verdict: Verdict) -> None:
    for text in verdict.wrong:
        print(f"WRONG: {text}")
    if verdict.is_good:
        print("Nothing grew that should not.")


def _label(figure: str) -> str:
    unit = "ms" if figure.startswith("page: ") else _UNITS.get(figure)
    return f"{figure}, {unit}" if unit else figure


def _shown(figure: str, value: float) -> str:
    return f"{value:,.1f}" if _label(figure) != figure else f"{value:,.0f}"
