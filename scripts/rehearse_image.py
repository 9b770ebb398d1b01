"""Run the Dockerfile's steps in a clean folder, without a Docker engine.

    python -m scripts.rehearse_image FOLDER [--target app]

Paths such as /app and /opt become FOLDER/app and FOLDER/opt; the stages share them. Steps that need a real
image (apt-get, useradd) are skipped and listed; apt-get's packages are only looked up.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The folders of the image that the steps write to.
_OWN_PATHS = re.compile(r"(?<![\w./-])/(app|opt|data|tmp)\b")
# Large folders that are skipped.
_NEVER_IN_AN_IMAGE = frozenset({".git", ".venv", "var", "__pycache__"})
_ONLY_IN_AN_IMAGE = ("apt-get", "useradd")
_PIP_INSTALL = re.compile(r"^(\S+)/bin/pip install .*-r (\S+)$")

Install = Callable[[Path, Path], None]


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile: its name, like ``RUN``, and its argument."""

    name: str
    argument: str


@dataclass
class Rehearsed:
    """The result of a stage: its command, with environment and folder, and the skipped steps."""

    environment: dict[str, str]
    folder: Path
    command: list[str] = field(default_factory=list)
    user: str = "root"
    left_out: list[str] = field(default_factory=list)


def pip_install(venv: Path, requirements: Path) -> None:
    """Install packages like the image. Tests without a network use another function."""
    pip = str(venv / "bin" / "pip")
    subprocess.run([pip, "install", "--quiet", "--only-binary=:all:", "-r", str(requirements)], check=True)


def read_stages(dockerfile: str) -> dict[str, list[Step]]:
    """Return the steps by stage, in order; of a ``FROM`` step only the stage's name is kept."""
    text = re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE)
    stages: dict[str, list[Step]] = {}
    steps: list[Step] = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        name, _, argument = line.strip().partition(" ")
        if name == "FROM":
            steps = stages.setdefault(argument.split(" AS ")[1], [])
        elif name and name != "ARG":
            steps.append(Step(name, argument.strip()))
    return stages


def copy_context(source: Path, target: Path) -> None:
    """Copy the files that .dockerignore does not exclude: the last matching pattern decides."""
    rules = [
        (not line.startswith("!"), _pattern(line.lstrip("!")))
        for line in (source / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    for path in _files(source):
        name = path.relative_to(source).as_posix()
        fitting = [is_ignored for is_ignored, pattern in rules if pattern.match(name)]
        if fitting and fitting[-1]:
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target / name)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each not in _NEVER_IN_AN_IMAGE]
        yield from (Path(parent) / name for name in names)


def _pattern(line: str) -> re.Pattern[str]:
    """Translate a line of .dockerignore; it matches a path and everything below it."""
    escaped = re.escape(line.strip("/"))
    escaped = escaped.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.compile(f"{escaped}(?:/.*)?$")


class Rehearsal:
    """Runs the steps of the stages in a folder."""

    def __init__(self, source: Path, root: Path, install: Install = pip_install) -> None:
        self._context = root / "context"
        self._root = root
        self._install = install
        copy_context(source, self._context)
        self._stages = read_stages((source / "Dockerfile").read_text(encoding="utf-8"))

    def run(self, target: str) -> Rehearsed:
        """Run a stage, after the stages that it copies from.

        Raises: CalledProcessError, if a step fails.
        """
        done = Rehearsed(self._environment(), self._root)
        for step in self._stages[target]:
            if source := re.match(r"--from=(\S+)", step.argument):
                done.left_out += self.run(source[1]).left_out
            self._take(step, done)
        return done

    def _environment(self) -> dict[str, str]:
        """Return the environment of the base image: `python` on the path, and no settings of this machine."""
        programs = self._root / "usr" / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        if not (python := programs / "python").exists():
            python.symlink_to(Path(sys.executable).resolve())
        (self._root / "tmp").mkdir(exist_ok=True)
        kept = {
            name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "LANG"))
        }
        return {**kept, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(self._root / "tmp")}

    def _take(self, step: Step, done: Rehearsed) -> None:
        argument = self._moved(step.argument)
        match step.name:
            case "ENV":
                pairs = (each.split("=", 1) for each in shlex.split(argument))
                done.environment |= {
                    name: value.replace("$PATH", done.environment["PATH"]) for name, value in pairs
                }
            case "WORKDIR":
                done.folder = Path(argument)
                done.folder.mkdir(parents=True, exist_ok=True)
            case "COPY":
                self._copy(argument, done)
            case "RUN":
                self._run(argument, done)
            case "USER":
                done.user = argument
            case "CMD":
                done.command = json.loads(argument)

    def _moved(self, text: str) -> str:
        return _OWN_PATHS.sub(rf"{self._root}/\1", text)

    def _copy(self, argument: str, done: Rehearsed) -> None:
        *sources, target = shlex.split(argument)
        into = done.folder / target
        if sources[0].startswith("--from="):
            # The stages share one folder, so the file must be there already.
            if not into.exists():
                raise FileNotFoundError(f"{sources[0]} has no {into}")
            return
        for name in sources:
            source = self._context / name
            if source.is_dir():
                shutil.copytree(source, into, dirs_exist_ok=True)
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, into)

    def _run(self, command: str, done: Rehearsed) -> None:
        if command.startswith(_ONLY_IN_AN_IMAGE):
            done.left_out.append(command)
        elif packages := _PIP_INSTALL.match(command):
            self._install(Path(packages[1]), Path(packages[2]))
        else:
            subprocess.run(["sh", "-c", command], env=done.environment, cwd=done.folder, check=True)


def packages_of(command: str) -> list[str]:
    """Return the packages of an ``apt-get install``."""
    _, _, rest = command.partition("apt-get install")
    return [word for word in rest.split("&&")[0].split() if not word.startswith("-")]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.rehearse_image", description="Rehearse an image."
    )
    parser.add_argument("folder", type=Path, help="a folder that does not exist yet")
    parser.add_argument("--target", default="app", help="the stage (default: app)")
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    done = Rehearsal(ROOT, options.folder.resolve()).run(options.target)
    missing = [name for command in done.left_out for name in packages_of(command) if not _is_packaged(name)]
    for command in done.left_out:
        print(f"left out: {command}")
    print(f"runs as {done.user}: {shlex.join(done.command)}")
    if missing:
        print(f"not among this machine's packages: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


def _is_packaged(name: str) -> bool:
    found = subprocess.run(["apt-cache", "show", name], capture_output=True, check=False)
    return found.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
