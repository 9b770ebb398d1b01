"""A command of the grid's client object, as its callback carries it."""

from __future__ import annotations


def parsed(parameter: str) -> list[str]:
    """Return the command and its arguments from ``c0:GB|20;12|PAGERONCLICK3|PN2;``; nothing from others.

    Behind the first semicolon each part stands behind its length and a bar.
    """
    head, _, rest = parameter.partition(";")
    if not head.startswith("c0:GB|"):
        return []
    parts = []
    while "|" in rest:
        length, _, text = rest.partition("|")
        if not length.isdecimal():
            return []
        parts.append(text[: int(length)])
        rest = text[int(length) :]
    return parts
