"""All rounds, from the start of the cluster to the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console

from scripts.chaos.rounds import Outcome, Plan, play, settle
from scripts.chaos.table import line_of, table_of
from scripts.chaos.world import World


def play_all(world: World, plans: Iterable[Plan], title: str) -> bool:
    """Play the rounds and print lines and table; return whether everything held."""
    # Wide enough for the table where there is no terminal.
    console = Console(highlight=False, soft_wrap=True, width=110)
    outcomes: list[Outcome] = []
    is_whole = True
    try:
        with _running(world):
            is_whole = _play(world, plans, outcomes, console)
    except KeyboardInterrupt:
        console.print("stopped: the table so far")
    console.print(table_of(outcomes, title))
    return is_whole and not any(outcome.broken for outcome in outcomes)


def _play(world: World, plans: Iterable[Plan], outcomes: list[Outcome], console: Console) -> bool:
    for plan in plans:
        if not settle(world):
            console.print("the cluster does not settle: no further rounds")
            return False
        outcome = play(world, plan)
        outcomes.append(outcome)
        console.print(line_of(plan, outcome), markup=False)
        if outcome.broken:
            _start_afresh(world, plan, outcome)
    return True


def _start_afresh(world: World, plan: Plan, outcome: Outcome) -> None:
    """Keep what a person needs to find the cause, and let the next round begin without leftovers."""
    text = "\n".join([line_of(plan, outcome), f"log: {world.cluster.log_path}", "", outcome.story])
    (world.folder / f"round-{plan.number:03}.txt").write_text(text, encoding="utf-8")
    world.cluster.kill_everything()
    world.clean_up()


@contextmanager
def _running(world: World) -> Iterator[None]:
    world.migrate()
    try:
        # Ctrl-C may come while it is being started.
        world.cluster.start()
        yield
    finally:
        world.cluster.stop()
        world.erp.stop()
