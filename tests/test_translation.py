"""The Italian translation is complete, and the compiled catalogue is up to date."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale/it/LC_MESSAGES/django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
PARTS = ("access", "archibald", "customers", "sync", "locale")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> polib.POFile:
    """The catalogue that makemessages writes for a copy of the current sources."""
    copy = tmp_path_factory.mktemp("sources")
    for part in PARTS:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", copy)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale", "it", "--no-location", "--no-wrap"],
        cwd=copy,
        env={"ARCHIBALD_DATA_DIR": str(copy / "var"), "PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
    )
    return polib.pofile(str(copy / CATALOGUE.relative_to(ROOT)))


def test_every_text_of_the_pages_is_translated(found: polib.POFile) -> None:
    assert [entry.msgid for entry in found.untranslated_entries()] == []


def test_no_translation_is_fuzzy(found: polib.POFile) -> None:
    assert [entry.msgid for entry in found.fuzzy_entries()] == []


def test_no_translation_is_obsolete(found: polib.POFile) -> None:
    assert [entry.msgid for entry in found.obsolete_entries()] == []


def test_the_compiled_catalogue_is_up_to_date() -> None:
    translated = {(each.msgid, each.msgstr) for each in polib.pofile(str(CATALOGUE)) if each.msgstr}
    compiled = {
        (each.msgid, each.msgstr) for each in polib.mofile(str(CATALOGUE.with_suffix(".mo"))) if each.msgstr
    }
    assert compiled == translated


def test_translations_keep_every_placeholder() -> None:
    for entry in polib.pofile(str(CATALOGUE)):
        plural = entry.msgstr_plural
        pairs = [(entry.msgid, entry.msgstr)]
        if plural:
            pairs = [(entry.msgid, plural[0]), (entry.msgid_plural, plural[1])]
        for english, italian in pairs:
            assert set(PLACEHOLDER.findall(italian)) == set(PLACEHOLDER.findall(english)), entry.msgid
