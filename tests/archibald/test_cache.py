"""The caches store JSON: what somebody else puts into them is never run."""

from __future__ import annotations

import json
import os
import pickle
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from sync.scheduling import health
from sync.scheduling.schedule import ensure_schedule
from tests.cached_bytes import store_bytes

LIVENESS = "sync.cluster"
DEEP = b"[" * 100_000


class MakesFolder:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._folder),)


def poisons(folder: Path) -> dict[str, bytes]:
    """Return pickles as Django's Redis and file caches would read them."""
    poison = pickle.dumps(MakesFolder(folder))
    return {"value": poison, "expiry": poison, "file": pickle.dumps(None) + zlib.compress(poison)}


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["value", "expiry", "file"])
def test_a_pickle_in_the_cache_is_not_run_by_the_readiness_check(
    place: str, tmp_path: Path, settings: Any
) -> None:
    ensure_schedule()
    store_bytes(settings.CACHES["default"], LIVENESS, poisons(tmp_path / "made")[place])
    assert Client().get("/healthz/ready").status_code == 503
    assert not (tmp_path / "made").exists()


@pytest.mark.django_db
def test_a_damaged_liveness_is_mended_by_the_next_sign_of_life(settings: Any) -> None:
    ensure_schedule()
    store_bytes(settings.CACHES["default"], LIVENESS, b"\x80")
    health.set_liveness()
    assert Client().get("/healthz/ready").status_code == 200


@pytest.mark.parametrize("content", [b"", b"\x80broken", b"null\n\x80", b"NaN\n{", DEEP, b"null\n" + DEEP])
def test_a_value_that_is_not_json_counts_as_missing(content: bytes, settings: Any) -> None:
    store_bytes(settings.CACHES["default"], "a-key", content)
    assert cache.get("a-key", "by default") == "by default"
    assert cache.get_many(["a-key"]) == {}
    assert cache.add("a-key", "new") is True
    assert cache.get("a-key") == "new"


@pytest.mark.parametrize("value", [None, True, 0, 12, 1.5, "è", [1, 2.5], {"a": [None, {"b": "c"}]}])
def test_what_json_can_express_comes_back_unchanged(value: Any) -> None:
    cache.set("a-key", value)
    assert cache.get("a-key", "by default") == value
    assert cache.get_many(["a-key", "another"]) == {"a-key": value}


@pytest.mark.parametrize("value", [date(2026, 1, 31), b"bytes", {1, 2}, object(), float("nan")])
def test_what_json_can_not_express_is_not_stored(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        cache.set("a-key", value)
    assert cache.get("a-key") is None


def test_values_expire_are_prolonged_and_counted() -> None:
    cache.set("gone", 1, timeout=0)
    cache.set("kept", 1, timeout=60)
    assert cache.get("gone", "by default") == "by default"
    assert cache.touch("kept", 120) is True
    assert cache.touch("gone", 120) is False
    assert cache.incr("kept", 2) == cache.get("kept") == 3


def test_the_files_hold_json_and_are_hidden_from_others(settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    settings.CACHES = {
        "default": {"BACKEND": "archibald.cache.JsonFileCache", "LOCATION": str(folder), "TIMEOUT": None}
    }
    cache.set("a-key", {"a": 1})
    (file,) = folder.iterdir()
    assert [json.loads(line) for line in file.read_text().splitlines()] == [None, {"a": 1}]
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
