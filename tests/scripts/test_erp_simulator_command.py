"""The command line of the simulator."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scripts.erp_simulator.faults import SWITCHES, spoken_name

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "scripts.erp_simulator"]
SMALL = ["--customers", "4", "--port", "0", "--control-port", "0"]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start the simulator and yield it with the lines up to ``ready``."""
    with subprocess.Popen(
        [*COMMAND, *SMALL, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            lines: list[str] = []
            while (line := process.stdout.readline().strip()) != "ready":
                assert line or process.poll() is None
                lines.append(line)
            yield process, lines
        finally:
            process.kill()


def ended(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_addresses_and_stops_on_a_signal(stop: signal.Signals) -> None:
    with running("--fault", "login-slower=35", "--username", "altro") as (process, lines):
        text = "\n".join(lines)
        url = next(line.split()[-1] for line in lines if line.startswith("ERP simulator:"))
        connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        connection.request("GET", "/Archibald/Login.aspx")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(stop)
        assert process.wait(120) == 0
        assert process.stderr
        assert process.stderr.read() == ""
    assert "user: altro, customers: 4" in text
    assert "control: http://127.0.0.1:" in text
    assert "fault: login-slower=35.0" in text
    assert "segreta" not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fault", "nothing"], "no such fault: nothing"),
        (["--fault", "bad-gateway=many"], "bad-gateway takes a count, not 'many'"),
        (["--customers", "-1"], "--customers can't be negative"),
        (["--serve-pdf", "nowhere.pdf"], "no such file: nowhere.pdf"),
        (["--port", "high"], "not a port: high"),
        (["--port", "70000"], "not a port: 70000"),
    ],
)
def test_bad_arguments_are_explained(arguments: list[str], message: str) -> None:
    result = ended(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_explained() -> None:
    with running() as (_, lines):
        port = str(urlsplit(lines[0].split()[-1]).port)
        result = ended("--customers", "1", "--port", port, "--control-port", "0")
    assert result.returncode == 1
    assert f"can't listen on 127.0.0.1:{port}" in result.stderr


def test_it_lists_its_faults() -> None:
    listed = ended("--list-faults").stdout
    assert [name for name in map(spoken_name, SWITCHES) if f"{name}=" not in listed] == []


def test_every_fault_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "erp-simulator.md").read_text(encoding="utf-8")
    assert [name for name in map(spoken_name, SWITCHES) if f"`{name}" not in text] == []
    assert [number for number in range(1, 44) if f"| {number} |" not in text] == []
