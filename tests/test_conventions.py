"""Conventions of the whole project."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    path.stem for path in ROOT.glob("*/management/commands/*.py") if not path.stem.startswith("_")
)


def section(name: str) -> str:
    """Return the part of the README between the markers with this name."""
    return README.split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0]


def sources(*folders: str) -> str:
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_test(command: str) -> None:
    assert list((ROOT / "tests").rglob(f"test_{command}*.py"))


def test_every_setting_is_in_the_readme() -> None:
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_0-9]+)"', sources("archibald")))
    table = section("settings")
    assert {name for name in names if f"`{name}`" not in table} == set()


def test_every_setting_in_the_readme_exists() -> None:
    names = set(re.findall(r"`([A-Z][A-Z_0-9]+)`", section("settings")))
    code = sources("archibald")
    assert {name for name in names if f'"{name}"' not in code} == set()


def test_every_error_code_is_in_the_readme() -> None:
    code = sources("sync", "customers")
    codes = set(re.findall(r'^    code = "(\w+)"', code, re.MULTILINE))
    codes |= set(re.findall(r'(?:ListRefused|GuardReason)\(\s*"(\w+)"', code))
    codes |= set(re.findall(r'error_code="(\w+)"', code))
    codes -= {"sync_error", "erp_error", "report_error", "list_error"}  # the branches of the tree
    assert {code for code in codes if f"`{code}`" not in section("codes")} == set()


def test_no_file_holds_the_address_of_a_package_registry() -> None:
    addresses = re.compile(r"(pypi|npmjs|debian)[.]org|index[-]url", re.IGNORECASE)
    folders = (".ci", "archibald", "customers", "docker", "docs", "locale", "scripts", "sync", "tests")
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*"))]
    files += ROOT.glob("*")
    found = [
        path.name for path in files if path.is_file() and addresses.search(path.read_text(errors="replace"))
    ]
    assert found == []
