"""A script with data of its own touches none of this machine's, whatever the settings say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.own_environment import own_environment

ROOT = Path(__file__).resolve().parent.parent.parent
SHOW = """
import json
from archibald import settings
database = settings.DATABASES["default"]["NAME"]
print(json.dumps([str(database), settings.ARCHIBALD_PASSWORD, settings.PING_URL]))
"""


def settings_in(environment: dict[str, str]) -> list[str]:
    """Return the database, the ERP's password and the address for pings of a process in this environment."""
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(shown.stdout)
    return found


@pytest.fixture
def real(tmp_path: Path) -> dict[str, str]:
    """An environment of a machine in use, with a file of settings and a secret in a file."""
    lines = ["DATABASE_URL=sqlite:////srv/real.sqlite3", "PING_URL=https://ping.example/1"]
    (tmp_path / "real.env").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "password").write_text("the real one", encoding="utf-8")
    files = {"SETTINGS_FILE": "real.env", "ARCHIBALD_PASSWORD_FILE": "password"}
    named = ("DATABASE_", "PING_URL", "ARCHIBALD_PASSWORD")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(named)}
    return {**kept, **{name: str(tmp_path / file) for name, file in files.items()}}


def test_the_file_of_settings_is_read(real: dict[str, str]) -> None:
    assert settings_in(real) == ["/srv/real.sqlite3", "the real one", "https://ping.example/1"]


def test_neither_it_nor_an_inherited_secret_reaches_a_script(
    real: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in {**real, "PING_URL": "https://ping.example/2"}.items():
        monkeypatch.setenv(name, value)
    ours = own_environment({"ARCHIBALD_DATA_DIR": str(tmp_path), "ARCHIBALD_PASSWORD": "an invented one"})
    database, password, ping_url = settings_in(ours)
    assert Path(database).parent == tmp_path
    assert (password, ping_url) == ("an invented one", "")
