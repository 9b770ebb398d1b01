"""Settings from the environment, and secrets from files."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from archibald.environment import environment

# Characters with a meaning in a shell, in a .env file or in django-environ.
HARD_PASSWORDS = ["$tart", r"back\slash", r"both\$of", "a$b$$c", "$", "per%cent#hash", "spazi in mezzo", "è€"]


@pytest.mark.parametrize("password", HARD_PASSWORDS)
def test_a_secret_is_read_from_a_file_unchanged(
    password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(password, encoding="utf-8")
    monkeypatch.setenv("A_PASSWORD_FILE", str(secret))
    assert environment().str("A_PASSWORD", default="") == password


@pytest.mark.parametrize("password", HARD_PASSWORDS)
def test_a_secret_is_read_from_the_environment_unchanged(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_PASSWORD", password)
    assert environment().str("A_PASSWORD", default="") == password


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_newline_after_a_secret_is_removed(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(f" segreta {end}".encode())
    monkeypatch.setenv("A_PASSWORD_FILE", str(secret))
    assert environment().str("A_PASSWORD", default="") == " segreta "


def test_the_file_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from the file")
    monkeypatch.setenv("A_PASSWORD", "from the environment")
    monkeypatch.setenv("A_PASSWORD_FILE", str(secret))
    assert environment().str("A_PASSWORD", default="") == "from the file"


def test_a_url_can_be_read_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("postgres://archibald:a%24b@postgres:5432/archibald\n")
    monkeypatch.setenv("SOME_DATABASE_URL_FILE", str(secret))
    database = environment().db_url("SOME_DATABASE_URL")
    assert (database["PASSWORD"], database["NAME"]) == ("a$b", "archibald")


def test_a_missing_file_is_reported_with_its_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PASSWORD_FILE", str(tmp_path / "nothing"))
    with pytest.raises(ImproperlyConfigured, match=r"A_PASSWORD_FILE names a file .* No such"):
        environment().str("A_PASSWORD", default="")


def test_an_empty_file_name_means_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PASSWORD_FILE", "")
    assert environment().str("A_PASSWORD", default="by default") == "by default"
