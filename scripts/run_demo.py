"""The demo: a simulated ERP, a first sync, one without changes, one after a few changes.

    ./scripts/demo [--keep] [--customers N]

With ``--keep``, the staff's pages and a cluster with scheduled syncs are started too, and run until Ctrl-C.
All its files are in `var/demo`, which is deleted at the start.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.demo_services import change_customers, free_port, keep_running, make_login, service
from scripts.own_environment import own_environment
from scripts.signals import end_on_signals
from sync.management.output import unbreakable

ROOT = Path(__file__).resolve().parent.parent
DEMO_DIR = ROOT / "var" / "demo"
# Where the simulator listens unless it is told otherwise.
_ERP_PORT, _CONTROL_PORT = 8899, 8900
# The exit status after a signal during the syncs.
_INTERRUPTED = 130


def main() -> int:
    """Run the demo; return its exit status."""
    options = _options()
    sys.stdout, sys.stderr = unbreakable(sys.stdout), unbreakable(sys.stderr)
    end_on_signals()
    try:
        _demo(options)
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _demo(options: argparse.Namespace) -> None:
    _empty_folder()
    with _simulator(options.customers, keep=options.keep) as (erp_url, control_url):
        environment = _environment(erp_url)
        _say("Preparing the database")
        _manage(environment, "migrate", "--verbosity", "0")
        _say(f"1. The first sync: {options.customers:,} customers, all of them new")
        _manage(environment, "runsync")
        _say("2. Once more: nothing has changed, so nothing is written")
        _manage(environment, "runsync")
        for what, count in (("change", 2), ("add", 1), ("remove", 1)):
            change_customers(control_url, what, count)
        _say("3. The ERP has changed two customers, added one and lost one: exactly that is written")
        _manage(environment, "runsync")
        if options.keep:
            login = make_login(environment, "demo")
            _say("The pages for the staff, a cluster with scheduled syncs, and the simulated ERP")
            keep_running(environment, login, erp_url, control_url)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./scripts/demo", description="Show a sync against a simulated ERP."
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave the ERP, the pages and the cluster running"
    )
    parser.add_argument("--customers", type=int, default=1500, metavar="N", help="(default: 1500)")
    options = parser.parse_args()
    if options.customers < 10:
        parser.error("--customers must be at least 10")
    return options


def _environment(erp_url: str) -> dict[str, str]:
    """Return settings with the demo's own database, cache and signing key."""
    return own_environment(
        {
            "ARCHIBALD_DATA_DIR": str(DEMO_DIR),
            "LOG_LEVEL": "WARNING",
            "ARCHIBALD_URL": erp_url,
            "ARCHIBALD_USERNAME": "agente",
            "ARCHIBALD_PASSWORD": "segreta",
            "SECRET_KEY": secrets.token_urlsafe(50),
        }
    )


def _say(text: str) -> None:
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"\n{bold}{text}{plain}", flush=True)


def _empty_folder() -> None:
    shutil.rmtree(DEMO_DIR, ignore_errors=True)
    DEMO_DIR.mkdir(parents=True, mode=0o700)


@contextmanager
def _simulator(customers: int, *, keep: bool) -> Iterator[tuple[str, str]]:
    """Start a simulated ERP on free ports; yield its address and that of its control.

    With ``keep`` it uses the usual ports if they are free, since the default settings name them.
    """
    ports = [free_port(usual) if keep else 0 for usual in (_ERP_PORT, _CONTROL_PORT)]
    where = ["--port", str(ports[0]), "--control-port", str(ports[1])]
    command = [sys.executable, "-m", "scripts.erp_simulator", "--customers", str(customers), *where]
    _say("Starting the simulated ERP")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _addresses(process)
        finally:
            process.terminate()


def _addresses(process: subprocess.Popen[str]) -> tuple[str, str]:
    found = {}
    for line in process.stdout or ():
        name, _, value = line.strip().partition(": ")
        found[name] = value
        if line.strip() == "ready":
            return found["ERP simulator"], found["control"].rstrip("/")
    sys.exit("The simulated ERP did not start: see above.")


def _manage(environment: dict[str, str], *arguments: str) -> None:
    with service([sys.executable, "manage.py", *arguments], environment) as process:
        process.wait()
    if process.returncode:
        sys.exit(f"manage.py {arguments[0]} ended with status {process.returncode}")


if __name__ == "__main__":
    sys.exit(main())
