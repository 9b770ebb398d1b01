"""Settings that must not go together stop every program at its start."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

COMMANDS = {
    "manage.py": ["manage.py", "check"],
    "the web server": ["-m", "archibald.server"],
}


def run(command: list[str], folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    return subprocess.run(
        [sys.executable, *command],
        env={**environment, "ARCHIBALD_DATA_DIR": str(folder), **given},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_nothing_starts_for_other_hosts_with_the_published_key(command: list[str], tmp_path: Path) -> None:
    done = run(command, tmp_path, ALLOWED_HOSTS="sync.example")
    assert done.returncode == 1
    assert "set SECRET_KEY, or SECRET_KEY_FILE" in done.stderr


def test_a_key_of_one_s_own_is_accepted(tmp_path: Path) -> None:
    assert (
        run(["manage.py", "check"], tmp_path, ALLOWED_HOSTS="sync.example", SECRET_KEY="k3" * 30).returncode
        == 0
    )


def test_a_postgresql_server_that_vanishes_is_noticed_within_a_minute(tmp_path: Path) -> None:
    script = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])"
    url = "postgres://anna@db.example/archibald?sslmode=require&connect_timeout=3"
    done = run(["manage.py", "shell", "--no-imports", "--command", script], tmp_path, DATABASE_URL=url)
    options = ast.literal_eval(done.stdout)
    assert (options["sslmode"], str(options["connect_timeout"])) == ("require", "3")
    probed_s = options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"]
    assert max(probed_s, options["tcp_user_timeout"] / 1000) <= 60
