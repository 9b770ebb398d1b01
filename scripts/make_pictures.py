"""Draw the README's picture of a sync in a terminal.

    python -m scripts.make_pictures [FOLDER]

Syncs invented customers twice in a database of its own, and draws what the second sync prints.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from scripts.erp_simulator import world
from scripts.erp_simulator.server import ErpSimulator

ROOT = Path(__file__).resolve().parent.parent
_CHANGED = 2


def main() -> int:
    """Draw `runsync.svg` into the folder; return the exit status."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "img"
    with ErpSimulator(1500, seed=1) as erp, tempfile.TemporaryDirectory() as data_dir:
        environment = {
            **os.environ,
            "ARCHIBALD_DATA_DIR": data_dir,
            "ARCHIBALD_URL": erp.base_url,
            "ARCHIBALD_USERNAME": erp.username,
            "ARCHIBALD_PASSWORD": "segreta",
            "LOG_LEVEL": "WARNING",
        }
        environment.pop("DATABASE_URL", None)
        _manage(environment, "migrate", "--verbosity", "0")
        _manage(environment, "runsync")
        with erp.lock:
            world.change(erp.customers, _CHANGED, 7)
            world.add(erp.customers, 1, 7)
            world.remove(erp.customers, 1, 7)
        _draw(_manage(environment, "runsync"), folder / "runsync.svg")
    return 0


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def _draw(output: str, target: Path) -> None:
    console = Console(record=True, width=90, file=StringIO())
    console.print(Text("$ ./manage.py runsync", style="bold"))
    console.print(Text.from_ansi(output.rstrip()))
    svg = console.export_svg(title="Archibald Sync")
    # No font from elsewhere: the reader's own monospace does.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    target.write_text(re.sub(r"[ \t]+\n", "\n", svg), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
