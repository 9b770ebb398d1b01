"""Conventions of the whole project."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.processes import command, manage

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    path.stem for path in ROOT.glob("*/management/commands/*.py") if not path.stem.startswith("_")
)
# Of Django and of tests/processes.py: they run the command that their first argument names.
RUNNERS = {call_command.__name__, manage.__name__, command.__name__}


def section(name: str) -> str:
    """Return the part of the README between the markers with this name."""
    return README.split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0]


def sources(*folders: str) -> str:
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@cache
def run_by_tests() -> set[str]:
    """Return the commands whose names the tests pass to a function that runs commands."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in RUNNERS:
                found |= {str(each.value) for each in call.args[:1] if isinstance(each, ast.Constant)}
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_run_by_a_test(name: str) -> None:
    assert name in run_by_tests()


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
    codes -= {"sync_error", "erp_error", "report_error", "list_error"}  # the branches of the tree
    assert {code for code in codes if f"`{code}`" not in section("codes")} == set()


def test_no_file_holds_the_address_of_a_package_registry() -> None:
    addresses = re.compile(r"(pypi|npmjs|debian)[.]org|index[-]url", re.IGNORECASE)
    folders = (
        ".ci",
        "access",
        "archibald",
        "customers",
        "docker",
        "docs",
        "locale",
        "scripts",
        "sync",
        "tests",
    )
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*"))]
    files += ROOT.glob("*")
    found = [
        path.name for path in files if path.is_file() and addresses.search(path.read_text(errors="replace"))
    ]
    assert found == []
