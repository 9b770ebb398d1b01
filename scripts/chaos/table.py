"""The lines and the table that are printed."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from rich.box import SIMPLE
from rich.table import Table

from scripts.chaos.rounds import Outcome, Plan


def line_of(plan: Plan, outcome: Outcome) -> str:
    """Return one line about a round, and a further one for each promise that was broken."""
    verdict = "BROKEN" if outcome.broken else "ok" if outcome.struck else "missed"
    took = "" if outcome.recovery_s is None else f"{outcome.recovery_s:.1f}"
    resumed = ", resumed" if outcome.resumed else ""
    line = f"{plan.number:4} {plan!s:46} {verdict:6} {took:>5} s  {outcome.runs}{resumed}"
    return "\n".join([line, *(f"     - {reason}" for reason in outcome.broken)])


def table_of(outcomes: list[Outcome], title: str) -> Table:
    """Return the table by fault. Recovery counts from the fault's end."""
    by_fault: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_fault[outcome.fault].append(outcome)
    numbers = ("rounds", "harmless", "broken", "missed", "resumed", "median s", "max s")
    table = Table(title=title, box=SIMPLE)
    table.add_column("fault", no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right")
    for fault in sorted(by_fault):
        table.add_row(fault, *_row(by_fault[fault]))
    table.add_section()
    table.add_row("all", *_row(outcomes))
    return table


def _row(outcomes: list[Outcome]) -> list[str]:
    times_s = [each.recovery_s for each in outcomes if each.recovery_s is not None]
    counts = (
        len(outcomes),
        sum(not each.broken for each in outcomes),
        sum(bool(each.broken) for each in outcomes),
        sum(not each.struck for each in outcomes),
        sum(each.resumed for each in outcomes),
    )
    times = (f"{median(times_s):.1f}", f"{max(times_s):.1f}") if times_s else ("", "")
    return [*(str(count) for count in counts), *times]
