"""The images: run their steps in order in a clean folder, and test the result.

What needs a Docker engine, a network or root is left out: apt-get, useradd, and where packages come from.
"""

from __future__ import annotations

import re
import secrets
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import pytest

from scripts.rehearse_image import Rehearsal, Rehearsed, copy_context, packages_of, read_stages
from tests.linked_packages import link_packages
from tests.processes import ROOT
from tests.waiting import wait_until

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - where the images' programs listen; here they must not
SECRET_KEY = secrets.token_urlsafe(50)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """The app's image, as far as it can be built here, with a migrated database."""
    done = Rehearsal(ROOT, tmp_path_factory.mktemp("app"), link_packages).run("app")
    done.environment["SECRET_KEY"] = SECRET_KEY
    subprocess.run(
        ["python", "manage.py", "migrate", "--verbosity", "0"],
        env=done.environment,
        cwd=done.folder,
        check=True,
        timeout=120,
    )
    return done


@contextmanager
def running(done: Rehearsed, *replaced: tuple[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run an image's command with some arguments replaced."""
    command = done.command
    for old, new in replaced:
        command = [word.replace(old, new) for word in command]
    with subprocess.Popen(command, env=done.environment, cwd=done.folder) as process:
        try:
            yield process
        finally:
            process.terminate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def answer(url: str) -> tuple[int, str, dict[str, str]]:
    """Return status, text and headers; status 0 if nothing listens yet."""
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.status, response.read().decode(), dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)
    except OSError:
        return 0, "", {}


def test_the_app_serves_its_pages_and_exits_cleanly(app: Rehearsed) -> None:
    port = free_port()
    with running(app, (f"{EVERYWHERE}:8000", f"127.0.0.1:{port}")) as process:
        wait_until(lambda: answer(f"http://127.0.0.1:{port}/healthz/live")[0] == 200, within_s=60)
        status, page, _ = answer(f"http://127.0.0.1:{port}/admin/login/")
        assert status == 200
        (style,) = re.findall(r'href="(/static/admin/css/base\.[0-9a-f]+\.css)"', page)
        status, _, headers = answer(f"http://127.0.0.1:{port}{style}")
        assert (status, "immutable" in headers["Cache-Control"]) == (200, True)
        process.terminate()
        assert process.wait(timeout=60) == 0


def test_behind_a_proxy_that_ends_tls_pages_go_over_https_only(app: Rehearsed) -> None:
    port = free_port()
    public = replace(
        app, environment={**app.environment, "HTTPS_ONLY": "true", "ALLOWED_HOSTS": "sync.example"}
    )

    def ask(path: str, **headers: str) -> tuple[int, HTTPMessage]:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        with closing(connection):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers

    with running(public, (f"{EVERYWHERE}:8000", f"127.0.0.1:{port}")):
        # The container's health check uses neither the proxy nor the public name.
        wait_until(lambda: answer(f"http://127.0.0.1:{port}/healthz/live")[0] == 200, within_s=60)
        status, headers = ask("/admin/login/", Host="sync.example")
        assert (status, headers["Location"]) == (301, "https://sync.example/admin/login/")
        forwarded = {"Host": "sync.example", "X-Forwarded-Proto": "https"}
        status, headers = ask("/admin/login/", **forwarded)
        assert (status, headers["Strict-Transport-Security"]) == (200, "max-age=2592000")
        assert "Secure" in headers["Set-Cookie"]
        status, _ = ask("/admin/login/", **{**forwarded, "Host": "elsewhere.example"})
        assert status == 400


IMPORT_EVERYTHING = """
import archibald.wsgi, customers, importlib, pkgutil, sync
for package in (archibald, customers, sync):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
import psycopg, redis, scripts.parse_report
"""


def test_no_module_needs_a_package_that_is_not_pinned(app: Rehearsed) -> None:
    done = subprocess.run(
        ["python", "-c", IMPORT_EVERYTHING],
        env=app.environment,
        cwd=app.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_app_finds_nothing_wrong_with_its_settings(app: Rehearsed) -> None:
    # Stands in for the browser that apt-get installs.
    environment = {**app.environment, "BROWSER_PATH": shutil.which("true") or ""}
    done = subprocess.run(
        ["python", "manage.py", "check", "--fail-level", "WARNING"],
        env=environment,
        cwd=app.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_simulator_s_image_is_complete(tmp_path: Path) -> None:
    done = Rehearsal(ROOT, tmp_path, link_packages).run("erp-simulator")
    port = free_port()
    done.command += ["--customers", "20", "--port", "0", "--control-port", str(port)]
    with running(done, (EVERYWHERE, "127.0.0.1")):
        wait_until(lambda: answer(f"http://127.0.0.1:{port}/_control/counters")[0] == 200, within_s=60)


def test_the_simulator_s_packages_are_those_that_the_tests_use() -> None:
    wanted = _pins("docker/requirements-simulator.txt")
    tested = _pins("requirements.txt") | _pins("requirements-dev.txt")
    assert wanted <= tested


def _pins(name: str) -> set[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if "==" in line}


def test_every_package_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "docker/requirements-simulator.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        packages = [line for line in lines if line and not line.startswith(("#", "-r "))]
        assert [line for line in packages if not re.fullmatch(r"[\w.-]+==[\w.]+(; .+)?", line)] == []


@pytest.mark.parametrize("stage", ["app", "erp-simulator"])
def test_an_image_does_not_run_as_root(stage: str) -> None:
    users = [step.argument for step in read_stages(DOCKERFILE)[stage] if step.name == "USER"]
    assert users
    assert users[-1].split(":")[0] not in {"root", "0"}


def test_the_app_s_image_gets_a_browser_and_no_compiler() -> None:
    steps = read_stages(DOCKERFILE)["app"]
    installs = [step.argument for step in steps if "apt-get install" in step.argument]
    assert [packages_of(command) for command in installs] == [["chromium-headless-shell", "fonts-liberation"]]


def test_only_listed_files_get_into_an_image(tmp_path: Path) -> None:
    source, context = tmp_path / "checkout", tmp_path / "context"
    shutil.copytree(ROOT / "archibald", source / "archibald")
    shutil.copy(ROOT / ".dockerignore", source)
    private = [
        ".env",
        "secrets/secret_key",
        "secrets/demo/secret_key",
        "tests/test_a.py",
        "list.pdf",
        "db.sqlite3",
    ]
    private += ["docker/make-secrets", "sync/__pycache__/a.pyc"]
    named = ["manage.py", "requirements.txt", "docker/requirements-simulator.txt", "sync/templates/a.html"]
    for name in [*private, *named]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("x")
    copy_context(source, context)
    copied = {path.relative_to(context).as_posix() for path in context.rglob("*") if path.is_file()}
    assert set(named) <= copied
    assert {name for name in copied - set(named) if not name.startswith("archibald/")} == set()


def test_every_folder_of_code_gets_into_the_image(app: Rehearsed) -> None:
    code = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert {name for name in code if not (app.folder / name / "__init__.py").exists()} == set()
