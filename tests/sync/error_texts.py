"""The errors that the sources raise: by code, the sentences with invented parameters."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from customers.erp_list.message import Message
from sync import errors
from sync.errors import SyncError

ROOT = Path(__file__).resolve().parent.parent.parent
# Calls whose first argument is the code itself.
_WITH_CODE = ("InvalidList", "_reason", "ListRefused", "ListHeld")


@cache
def classes() -> dict[str, type[SyncError]]:
    """The error classes that have a code of their own, by name."""
    found = {name: each for name, each in vars(errors).items() if isinstance(each, type)}
    errors_only = {name: each for name, each in found.items() if issubclass(each, SyncError)}
    branches = {SyncError, errors.ErpError, errors.ReportError, errors.ListError}
    without_code = {errors.ListRefused, errors.ListHeld}
    return {name: each for name, each in errors_only.items() if each not in branches | without_code}


@cache
def texts_by_code() -> dict[str, set[str]]:
    """Each marked sentence of `sync` and `customers`, by the code of the error that it is raised with."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted([*(ROOT / "sync").rglob("*.py"), *(ROOT / "customers").rglob("*.py")]):
        tree = ast.parse(path.read_text())
        in_module = _assigned(tree)
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                for code, texts in _raised_in(function, in_module | _assigned(function)):
                    found[code].update(texts)
    fixed = (
        errors.LeaseLost(),
        errors.Abandoned(),
        errors.NotStarted(),
        errors.NotRunning(),
        errors.Stopped.by_person("Rossi"),
        errors.InternalError(KeyError()),
    )
    for error in fixed:
        found[error.code].add(error.text.text)
    return found


def _raised_in(function: ast.FunctionDef, assigned: dict[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            code = _code(call)
            if code is not None:
                yield code, _marked(call, assigned)


def _code(call: ast.Call) -> str | None:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in _WITH_CODE and call.args and isinstance(call.args[0], ast.Constant):
        return str(call.args[0].value)
    known = classes()
    return known[name].code if name in known else None


def _assigned(scope: ast.AST) -> dict[str, list[str]]:
    """The marked sentences that are assigned to each name."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in ast.walk(scope):
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            found[each.targets[0].id] += _marked(each.value, found)
    return found


def _marked(node: ast.AST, assigned: dict[str, list[str]]) -> list[str]:
    texts: list[str] = []
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "_":
            texts += [str(part.value) for part in each.args if isinstance(part, ast.Constant)]
        elif isinstance(each, ast.Name):
            texts += assigned.get(each.id, ())
    return texts


def with_parameters(text: str) -> Message:
    """The sentence with an invented parameter in each of its places."""
    return Message(text, dict.fromkeys(re.findall(r"%\((\w+)\)s", text), "Rossi"))
