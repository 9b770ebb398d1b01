"""Count queries, to compare what a few rows and many rows need, and step in before one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext


def queries_of(ask: Callable[[], object]) -> int:
    """Return how many queries a call makes the second time, when what it caches is cached."""
    ask()
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


@contextmanager
def before_first(words: tuple[str, ...], do: Callable[[], object]) -> Iterator[None]:
    """Call ``do`` once, before the first statement that contains all words; there has to be one."""
    done: list[str] = []

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if not done and all(word in sql for word in words):
            done.append(sql)
            do()
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield
    assert done


@contextmanager
def refused_first(words: tuple[str, ...], problem: BaseException) -> Iterator[None]:
    """Raise ``problem`` once, instead of doing the first statement that contains all words."""

    def refuse() -> None:
        raise problem

    with before_first(words, refuse):
        yield
