"""Parse the commands that the grid's client object sends in a callback."""

from __future__ import annotations


def parsed(parameter: str) -> list[str]:
    """Return command and arguments of ``c0:GB|20;12|PAGERONCLICK3|PN2;``; an empty list for other callbacks.

    After the first semicolon, each part is preceded by its length and a bar.
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
