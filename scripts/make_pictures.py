"""Make the README's pictures: a sync in a terminal, the sync page, and the page of a run.

    python -m scripts.make_pictures [FOLDER] [--customers N] [--syncs N]

Syncs invented customers into a temporary database, renders the output of a sync, and takes screenshots of the
pages.
"""

from __future__ import annotations

import argparse
import re
import secrets
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from scripts.erp_simulator import world
from scripts.erp_simulator.server import ErpSimulator
from scripts.own_environment import own_environment
from scripts.page_pictures import take_pictures

ROOT = Path(__file__).resolve().parent.parent
_CHANGED = 2
# The number of further syncs, and the one of them that fails.
_SYNCS, _FAILING = 9, 5
_FIRST_SEED = 8


def main() -> int:
    """Draw the pictures into the folder; return the exit status."""
    options = _options()
    with ErpSimulator(options.customers, seed=1) as erp, tempfile.TemporaryDirectory() as data_dir:
        environment = own_environment(
            {
                "ARCHIBALD_DATA_DIR": data_dir,
                "ARCHIBALD_URL": erp.base_url,
                "ARCHIBALD_USERNAME": erp.username,
                "ARCHIBALD_PASSWORD": "segreta",
                "LOG_LEVEL": "WARNING",
                "SECRET_KEY": secrets.token_urlsafe(50),
            }
        )
        _manage(environment, "migrate", "--verbosity", "0")
        _manage(environment, "runsync")
        _change(erp, 7)
        _draw(_manage(environment, "runsync"), options.folder / "runsync.svg")
        _make_history(erp, environment, options.syncs)
        take_pictures(environment, options.folder)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.make_pictures", description="Make the README's pictures."
    )
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "img", metavar="FOLDER")
    parser.add_argument("--customers", type=int, default=1500, metavar="N", help="(default: 1500)")
    parser.add_argument(
        "--syncs", type=int, default=_SYNCS, metavar="N", help=f"further ones (default: {_SYNCS})"
    )
    return parser.parse_args()


def _change(erp: ErpSimulator, seed: int) -> None:
    with erp.lock:
        world.change(erp.customers, _CHANGED, seed)
        world.add(erp.customers, 1, seed)
        world.remove(erp.customers, 1, seed)


def _make_history(erp: ErpSimulator, environment: dict[str, str], syncs: int) -> None:
    """Run more syncs, one of which fails, so that the pages have something to show."""
    for number in range(1, syncs + 1):
        _change(erp, _FIRST_SEED + number - 1)
        if number == _FAILING:
            erp.faults.export_missing = True
        _manage(environment, "runsync", may_fail=number == _FAILING)
        erp.faults.clear()


def _manage(environment: dict[str, str], *arguments: str, may_fail: bool = False) -> str:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=not may_fail
    ).stdout


def _draw(output: str, target: Path) -> None:
    console = Console(record=True, width=90, file=StringIO())
    console.print(Text("$ ./manage.py runsync", style="bold"))
    console.print(Text.from_ansi(output.rstrip()))
    svg = console.export_svg(title="Archibald Sync")
    # No external font: the viewer's own monospace font is good enough.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    target.write_text(re.sub(r"[ \t]+\n", "\n", svg), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
