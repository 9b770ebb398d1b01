"""Read settings from the environment, or from files that it names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured


class EnvironmentOrFile(Mapping[str, str]):
    """The environment, in which ``NAME_FILE`` may name a file with the value of ``NAME``.

    The file wins if both are set. Trailing newlines are removed, since editors and `echo` add them. ``$`` is
    escaped: django-environ treats a value that starts with one as the name of another variable.

    Raises: ImproperlyConfigured, if the file can't be read.
    """

    def __getitem__(self, name: str) -> str:
        path = os.environ.get(f"{name}_FILE")
        value = _content(name, Path(path)) if path else os.environ[name]
        return value.replace("$", r"\$")

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


def _content(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as exc:
        raise ImproperlyConfigured(f"{name}_FILE names a file that can't be read: {exc.strerror}") from exc


def environment() -> environ.Env:
    """Return an ``Env`` that reads ``NAME_FILE`` files and undoes the escaping."""
    env = environ.Env()
    env.ENVIRON = EnvironmentOrFile()
    env.escape_proxy = True
    return env
