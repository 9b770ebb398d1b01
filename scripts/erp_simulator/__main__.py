"""Run the simulated ERP: ``python -m scripts.erp_simulator --customers 1500 --fault login-slower=35``."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from scripts.erp_simulator.faults import SWITCHES, Faults, UnknownFault, spoken_name
from scripts.erp_simulator.server import DEFAULT_PASSWORD, DEFAULT_USERNAME, ErpSimulator


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list_faults:
        _print_faults()
        return 0
    faults = Faults()
    try:
        for assignment in options.fault:
            faults.set_from_text(assignment)
    except UnknownFault as error:
        parser.error(f"{error} (--list-faults shows them all)")
    if options.serve_pdf and not options.serve_pdf.is_file():
        parser.error(f"no such file: {options.serve_pdf}")
    if options.customers < 0:
        parser.error("--customers can't be negative")
    return _run(options, faults)


def _run(options: argparse.Namespace, faults: Faults) -> int:
    asked_to_stop = _stop_signals()
    try:
        erp = ErpSimulator(
            options.customers,
            seed=options.seed,
            username=options.username,
            password=options.password,
            host=options.host,
            port=options.port,
            control_port=options.control_port,
            https=options.https,
            faults=faults,
        )
    except OSError as error:
        print(f"can't listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr)
        return 1
    with erp:
        erp.serve_pdf(options.serve_pdf)
        erp.prepare()
        _announce(erp)
        asked_to_stop.wait()
    return 0


def _announce(erp: ErpSimulator) -> None:
    print(f"ERP simulator: {erp.base_url}")
    print(f"user: {erp.username}, customers: {len(erp.customers)}")
    print(f"control: {erp.control_url}/")
    for name, value in erp.faults.active().items():
        print(f"fault: {name}={value}")
    print("ready", flush=True)


def _stop_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set."""
    asked_to_stop = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        asked_to_stop.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return asked_to_stop


def _print_faults() -> None:
    for name, switch in SWITCHES.items():
        kind = "|".join(switch.metadata["choices"]) or switch.metadata["kind"]
        print(f"{spoken_name(name)}={kind}\n    {switch.metadata['number']}: {switch.metadata['means']}")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"not a port: {text}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.erp_simulator", description="Simulate the Archibald ERP on this machine."
    )
    parser.add_argument("--customers", type=int, default=1500, help="how many customers to invent")
    parser.add_argument("--seed", type=int, default=1, help="another seed invents other customers")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8899, help="0 for a free one")
    parser.add_argument("--control-port", type=_port, default=8900, help="0 for a free one")
    parser.add_argument("--username", default=DEFAULT_USERNAME)
    parser.add_argument("--password", default=DEFAULT_PASSWORD)
    parser.add_argument("--https", action="store_true", help="TLS with a certificate for another name")
    parser.add_argument("--serve-pdf", type=Path, metavar="FILE", help="send this file as every export")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="a switch to set; may be repeated",
    )
    parser.add_argument("--list-faults", action="store_true", help="print the switches and exit")
    return parser


if __name__ == "__main__":
    sys.exit(main())
