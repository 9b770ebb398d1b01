"""Install pinned packages into a virtual environment offline, by linking those that run the tests."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from packaging.markers import Marker


def link_packages(venv: Path, requirements: Path) -> None:
    """Link exactly the packages that are pinned, at exactly these versions, and write their programs."""
    (target,) = venv.glob("lib/python*/site-packages")
    for line in requirements.read_text(encoding="utf-8").splitlines():
        pin, _, marker = line.partition(";")
        name, _, version = pin.partition("==")
        if not version or (marker and not Marker(marker).evaluate()):
            continue
        package = importlib.metadata.distribution(name)
        assert package.version == version, f"{name} {version} is pinned, and {package.version} runs the tests"
        _link(package, target)
        _write_programs(package, venv)


def _link(package: importlib.metadata.Distribution, target: Path) -> None:
    entries = {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}
    for entry in entries:
        link = target / entry
        if not link.exists():
            link.symlink_to(Path(str(package.locate_file(entry))))


def _write_programs(package: importlib.metadata.Distribution, venv: Path) -> None:
    for entry in package.entry_points.select(group="console_scripts"):
        module, _, function = entry.value.partition(":")
        program = venv / "bin" / entry.name
        lines = [
            f"#!{venv}/bin/python",
            "import sys",
            f"from {module} import {function}",
            f"sys.exit({function}())",
        ]
        program.write_text("\n".join([*lines, ""]))
        program.chmod(0o755)
