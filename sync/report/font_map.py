"""Read a font's ToUnicode map: the characters that each code stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Names, numbers and operators; strings in hexadecimal; brackets. Comments and other strings mean nothing
# here. Each byte is looked at once or twice.
_TOKEN = re.compile(rb"%[^\r\n]*|\([^()\\]*\)|<[0-9A-Fa-f\s]*>|\[|\]|[^\s<>\[\]()%]+|[<>()]")
_IGNORED = (b"%", b"(")
_MAX_MAP_BYTES = 1 << 20
# All codes of two bytes. Source: the real export's font has 83 of them.
_MAX_CODES = 1 << 16
_MAX_CODE_BYTES = 4
# A ligature has three.
_MAX_CHARACTERS = 16
_LAST_UNIT = 0xFFFF
# Fonts have one glyph for a hyphen and a soft hyphen, and one for a blank and a no-break space.
_LOOK_ALIKES = str.maketrans("\u00ad\u00a0", "- ")

Tokens = Iterator[bytes]


class MapNotUnderstood(Exception):
    """A map that is not written as the specification says, or uses another one."""


class GlyphShared(Exception):
    """A map with one code for two characters that do not look alike: which of them was meant is lost."""

    def __init__(self, one: str, other: str) -> None:
        self.one, self.other = one, other
        super().__init__(f"{one!r} and {other!r}")


class MapTooLarge(Exception):
    """A map with more codes or characters than a font can have."""


@dataclass
class FontMap:
    """The characters of each code; a code can stand for several (``ﬁ`` drawn as one glyph).

    ``code_bytes`` is the length of a code, from the codespace ranges. ``has_look_alikes`` tells that a code
    has two characters that look alike, of which the plain one is taken.
    """

    characters: dict[bytes, str] = field(default_factory=dict)
    code_bytes: int = 0
    added: int = 0
    has_look_alikes: bool = False

    def add(self, code: bytes, characters: bytes) -> None:
        """Note what a code stands for; a code without characters is left out, so that no text has it."""
        self.added += 1
        if self.added > _MAX_CODES or len(characters) > 2 * _MAX_CHARACTERS:
            raise MapTooLarge
        if len(code) != self.code_bytes:
            raise MapNotUnderstood
        try:
            text = characters.decode("utf-16-be")
        except UnicodeDecodeError:
            text = ""
        # Databases can't store a null character, and no text has one.
        if text and "\0" not in text:
            self.characters[code] = self._chosen(self.characters.get(code, text), text)
        else:
            self.characters.pop(code, None)

    def _chosen(self, before: str, text: str) -> str:
        if before == text:
            return text
        plain = text.translate(_LOOK_ALIKES)
        if before.translate(_LOOK_ALIKES) != plain:
            raise GlyphShared(before, text)
        self.has_look_alikes = True
        return plain


def read_font_map(content: bytes) -> FontMap:
    """Read a ToUnicode map.

    Raises: MapNotUnderstood, MapTooLarge, GlyphShared.
    """
    if len(content) > _MAX_MAP_BYTES:
        raise MapTooLarge
    found, tokens = FontMap(), _tokens(content)
    if b"begincmap" not in tokens:  # this also moves on to it
        raise MapNotUnderstood
    for token in tokens:
        if token == b"endcmap":
            break
        section = _SECTIONS.get(token)
        if section is not None:
            section(found, tokens)
    if not found.code_bytes:
        raise MapNotUnderstood
    return found


def _tokens(content: bytes) -> Tokens:
    for match in _TOKEN.finditer(content):
        if not match[0].startswith(_IGNORED):
            yield match[0]


def _add_codespaces(found: FontMap, tokens: Tokens) -> None:
    lengths = {len(end) for pair in _pairs(tokens, b"endcodespacerange") for end in pair}
    if found.code_bytes:
        lengths.add(found.code_bytes)
    if len(lengths) != 1 or not 1 <= min(lengths) <= _MAX_CODE_BYTES:
        raise MapNotUnderstood
    (found.code_bytes,) = lengths


def _add_characters(found: FontMap, tokens: Tokens) -> None:
    for code, characters in _pairs(tokens, b"endbfchar"):
        found.add(code, characters)


def _add_ranges(found: FontMap, tokens: Tokens) -> None:
    """Read ``<first> <last> <characters of the first>`` or ``<first> <last> [<characters> …]``."""
    for token in tokens:
        if token == b"endbfrange":
            return
        first, last = _bytes(token), _bytes(_next(tokens))
        start, count = int.from_bytes(first), int.from_bytes(last) - int.from_bytes(first) + 1
        if len(first) != len(last) or count < 1:
            raise MapNotUnderstood
        if count > _MAX_CODES:
            raise MapTooLarge
        for offset, characters in enumerate(_characters_of_range(tokens, count)):
            found.add((start + offset).to_bytes(len(first)), characters)
    raise MapNotUnderstood


def _characters_of_range(tokens: Tokens, count: int) -> Iterator[bytes]:
    token = _next(tokens)
    if token == b"[":
        for _ in range(count):
            yield _bytes(_next(tokens))
        if _next(tokens) != b"]":
            raise MapNotUnderstood
        return
    characters = _bytes(token)
    head, unit = characters[:-2], int.from_bytes(characters[-2:])
    if len(characters) < 2 or unit + count - 1 > _LAST_UNIT:
        raise MapNotUnderstood
    for offset in range(count):
        yield head + (unit + offset).to_bytes(2)


def _refuse(found: FontMap, tokens: Tokens) -> None:
    raise MapNotUnderstood


def _pairs(tokens: Tokens, end: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield two strings each, up to the operator at the end."""
    for token in tokens:
        if token == end:
            return
        yield _bytes(token), _bytes(_next(tokens))
    raise MapNotUnderstood


def _next(tokens: Tokens) -> bytes:
    token = next(tokens, None)
    if token is None:
        raise MapNotUnderstood
    return token


def _bytes(token: bytes) -> bytes:
    digits = b"".join(token[1:-1].split())
    if token[:1] != b"<" or token[-1:] != b">" or len(digits) % 2:
        raise MapNotUnderstood
    return bytes.fromhex(digits.decode("ascii"))


_SECTIONS = {
    b"begincodespacerange": _add_codespaces,
    b"beginbfchar": _add_characters,
    b"beginbfrange": _add_ranges,
    b"usecmap": _refuse,
}
