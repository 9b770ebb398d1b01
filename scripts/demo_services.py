"""What `demo --keep` runs besides the simulated ERP: the staff's pages and the cluster."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB_PORT = 8000
# How often two customers of the simulated ERP change, so that a manual sync finds something.
_CHANGE_EVERY_S = 60
_STOP_WITHIN_S = 30


@dataclass(frozen=True)
class Login:
    name: str
    password: str


def make_login(environment: Mapping[str, str], name: str) -> Login:
    """Create a superuser with a random password."""
    login = Login(name, secrets.token_urlsafe(6))
    account = {"DJANGO_SUPERUSER_USERNAME": login.name, "DJANGO_SUPERUSER_PASSWORD": login.password}
    command = [
        sys.executable,
        "manage.py",
        "createsuperuser",
        "--no-input",
        "--email",
        "",
        "--verbosity",
        "0",
    ]
    subprocess.run(command, cwd=ROOT, env={**environment, **account}, check=True)
    return login


def keep_running(environment: Mapping[str, str], login: Login, erp_url: str, control_url: str) -> None:
    """Start pages and cluster, print how to use them, and run until a signal or the end of one."""
    address = f"127.0.0.1:{free_port(WEB_PORT)}"
    cluster = [sys.executable, "manage.py", "qcluster"]
    # Read at the first start only, then stored: a short interval for the demo.
    both = {**environment, "SYNC_INTERVAL_MINUTES": "5"}
    with ExitStack() as stack:
        services = [
            stack.enter_context(service(command, both)) for command in (web_command(address), cluster)
        ]
        wait_until_up(services[0], f"http://{address}/healthz/live")
        _say_how(f"http://{address}/admin/", login, erp_url, control_url)
        _wait(services, control_url)


def web_command(address: str) -> list[str]:
    """Return the command that serves the staff's pages at ``HOST:PORT``."""
    return [sys.executable, "-m", "archibald.server", f"--bind={address}"]


def change_customers(control_url: str, what: str, how_many: int, seed: int = 7) -> None:
    """Make the simulated ERP change, add or remove this many customers."""
    request = urllib.request.Request(
        f"{control_url}/customers/{what}",
        data=json.dumps({"count": how_many, "seed": seed}).encode(),
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


def free_port(usual: int) -> int:
    """Return the usual port, or a free one if another program uses it."""
    for port in (usual, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("the system has no free port")


@contextmanager
def service(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process during the block, then terminate it and wait for its end."""
    # In a new session, so that Ctrl-C reaches only this program, which then stops the services.
    with subprocess.Popen(command, cwd=ROOT, env=dict(environment), start_new_session=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until_up(web: subprocess.Popen[bytes], address: str) -> None:
    """Wait until the pages answer, or their server has ended."""
    while web.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.1)


def _say_how(address: str, login: Login, erp_url: str, control_url: str) -> None:
    print(
        f"""
    Open       {address}
    Log in as  {login.name}
    Password   {login.password}

The simulated ERP: {erp_url}/ (user agente, password segreta). It changes two customers every minute.
Its faults: curl {control_url}/faults
Ctrl-C ends everything.""",
        flush=True,
    )


def _wait(services: list[subprocess.Popen[bytes]], control_url: str) -> None:
    """Wait for a signal or for the end of a service; change two customers at intervals."""
    try:
        for second in count():
            if any(service.poll() is not None for service in services):
                print("One of the services has ended: see above.", file=sys.stderr)
                return
            if second % _CHANGE_EVERY_S == 0:
                change_customers(control_url, "change", 2, seed=second)
            time.sleep(1)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
