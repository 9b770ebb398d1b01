"""Break a cell's text into lines like the exporter, and join lines like a reader must."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence


def wrap(text: str, width_pt_of: Callable[[str], float], limit_pt: float) -> list[str]:
    """Return the lines of ``text``, each within the limit unless it is a single word.

    A break at a blank removes that blank; a break after a hyphen inside a word removes nothing. All other
    blanks are kept. A line feed in the text is a break too.
    """
    if "\n" not in text and width_pt_of(text) <= limit_pt:
        return [text]
    return [line for part in text.split("\n") for line in _wrap_part(part, width_pt_of, limit_pt)]


def _wrap_part(text: str, width_pt_of: Callable[[str], float], limit_pt: float) -> Iterator[str]:
    start = 0
    fitting: tuple[int, int] | None = None
    for end, resume in (*_breaks(text), (len(text), len(text))):
        # A new line begins with a word; blanks after the last word may exceed the limit.
        if (
            fitting is not None
            and text[fitting[1] : end].strip(" ")
            and width_pt_of(text[start:end].rstrip(" ")) > limit_pt
        ):
            yield text[start : fitting[0]]
            start = fitting[1]
        fitting = (end, resume)
    yield text[start:]


def _breaks(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a line may end and where the next one would start; never before the first word."""
    indent = len(text) - len(text.lstrip(" "))
    for i in range(indent, len(text.rstrip(" "))):
        if text[i] == " ":
            yield i, i + 1
        elif text[i] == "-" and i > 0 and text[i - 1].isalnum() and text[i + 1 : i + 2] not in ("", " "):
            yield i + 1, i + 1


def joined(lines: Sequence[str]) -> str:
    """Return the value that a reader must make of a cell's lines.

    Lines are joined with a blank, and with nothing after a hyphen that follows a letter or digit; runs of
    blanks become one, and outer blanks are removed.
    """
    value = ""
    for line in filter(None, (" ".join(line.split()) for line in lines)):
        hyphenated = len(value) > 1 and value[-1] == "-" and value[-2].isalnum()
        value += line if hyphenated or not value else f" {line}"
    return value
