"""A program that keeps a copy of the customers by the change feed, until it is killed.

Usage: ``python -m tests.customers.feed_reader ADDRESS TOKEN FILE``. The file has the copy and where to go on.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from customers.erp_list.records import FIELD_NAMES
from tests.customers.feed_copy import apply_entry, camel_case, empty_customer

_EMPTY = empty_customer(dict.fromkeys(map(camel_case, FIELD_NAMES)))
_PAUSE_S = 0.01


def load(path: Path, address: str) -> dict[str, Any]:
    """Return what was stored last: the copy, where to go on, and how many entries were read."""
    if not path.exists():
        return {"copy": {}, "next": address, "entries": 0}
    stored: dict[str, Any] = json.loads(path.read_text())
    return stored


def follow(address: str, token: str, path: Path) -> None:
    state = load(path, address)
    while True:
        request = Request(state["next"], headers={"Authorization": f"Token {token}"})
        with urlopen(request) as answer:
            page = json.load(answer)
        for entry in page["results"]:
            apply_entry(state["copy"], entry, _EMPTY)
        state |= {"next": page["next"], "entries": state["entries"] + len(page["results"])}
        # Copy and cursor together, or neither.
        unfinished = path.with_suffix(".new")
        unfinished.write_text(json.dumps(state))
        unfinished.replace(path)
        if not page["hasMore"]:
            time.sleep(_PAUSE_S)


if __name__ == "__main__":
    follow(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
