"""The README's pictures can be created again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = {"runsync.svg", "sync-page.png", "run.png"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    command = [
        sys.executable,
        "-m",
        "scripts.make_pictures",
        str(folder),
        "--customers",
        "60",
        "--syncs",
        "1",
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return folder


def test_every_picture_of_the_readme_is_made(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == PICTURES
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name for name in PICTURES if f"docs/img/{name}" in readme} == PICTURES


@pytest.mark.parametrize("name", ["sync-page.png", "run.png"])
def test_a_page_fills_its_picture(folder: Path, name: str) -> None:
    with Image.open(folder / name) as picture:
        assert picture.width == 1180
        # A page that did not load has only a few colours.
        assert len(picture.convert("RGB").getcolors(maxcolors=1_000_000) or ()) > 200
