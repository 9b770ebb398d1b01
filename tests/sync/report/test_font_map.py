"""A font's ToUnicode map: what each code stands for."""

from __future__ import annotations

import pytest

from sync.report.font_map import FontMap, GlyphShared, MapNotUnderstood, MapTooLarge, read_font_map

TWO_BYTES = b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"


def font_map(content: bytes) -> FontMap:
    return read_font_map(b"/CIDInit /ProcSet findresource begin begincmap\n" + content + b"\nendcmap end")


def text_of(found: FontMap, codes: str) -> str | None:
    """Return what the codes stand for; None if one of them stands for nothing."""
    text, size = bytes.fromhex(codes), found.code_bytes
    parts = [found.characters.get(text[at : at + size]) for at in range(0, len(text), size)]
    return None if None in parts else "".join(part or "" for part in parts)


@pytest.mark.parametrize(
    ("section", "codes", "text"),
    [
        ("2 beginbfchar <0003> <0020> <002C> <0049> endbfchar", "002C0003", "I "),
        ("1 beginbfchar\r\n<002c><0049>\r\nendbfchar", "002C", "I"),
        ("1 beginbfchar <00 2C> < 0049 > endbfchar", "002C", "I"),
        ("1 beginbfchar <0066> <00660066> endbfchar", "0066", "ff"),
        ("1 beginbfchar <0066> <D835DD18> endbfchar", "0066", "𝔘"),
        ("1 beginbfrange <0041> <0043> <0061> endbfrange", "004100420043", "abc"),
        ("1 beginbfrange <0041> <0042> <00660061> endbfrange", "00410042", "fafb"),
        ("1 beginbfrange <0041> <0042> <D835DD18> endbfrange", "0042", "𝔙"),
        ("1 beginbfrange <0041> <0041> <0061> endbfrange", "0041", "a"),
        ("1 beginbfrange <0000> <FFFF> <0000> endbfrange", "00410042", "AB"),
        ("1 beginbfrange <00FF> <0100> <0061> endbfrange", "00FF0100", "ab"),
        ("1 beginbfrange <0041> <0043> [<0061> <00660066> <0063>] endbfrange", "004100420043", "affc"),
        ("1 beginbfrange <0041> <0042> [ <0061><0062> ] endbfrange", "00410042", "ab"),
        ("1 beginbfchar <0041> <0061> endbfchar 1 beginbfchar <0041> <0061> endbfchar", "0041", "a"),
        ("1 beginbfchar <0041> <0061> endbfchar", "", ""),
    ],
    ids=str,
)
def test_a_code_stands_for_its_characters(section: str, codes: str, text: str) -> None:
    assert text_of(font_map(TWO_BYTES + section.encode()), codes) == text


@pytest.mark.parametrize(
    ("section", "codes"),
    [
        ("", "0041"),
        ("1 beginbfchar <0041> <0061> endbfchar", "0042"),
        ("1 beginbfchar <0041> <> endbfchar", "0041"),
        ("1 beginbfchar <0041> <61> endbfchar", "0041"),
        ("1 beginbfchar <0041> <D835> endbfchar", "0041"),
        ("1 beginbfchar <0041> <0061> <0041> <D835> endbfchar", "0041"),
        ("1 beginbfchar <0041> <0000> endbfchar", "0041"),
        ("1 beginbfchar <0041> <00610000> endbfchar", "0041"),
    ],
    ids=str,
)
def test_a_code_without_characters_has_no_text(section: str, codes: str) -> None:
    assert text_of(font_map(TWO_BYTES + section.encode()), codes) is None


@pytest.mark.parametrize("pair", ["<002D> <00AD>", "<00AD> <002D>", "<0020> <00A0>", "<00A0> <0020>"])
def test_of_two_characters_that_look_alike_the_plain_one_is_taken(pair: str) -> None:
    one, other = pair.split()
    found = font_map(TWO_BYTES + f"2 beginbfchar <0010> {one} <0010> {other} endbfchar".encode())
    assert (text_of(found, "0010"), found.has_look_alikes) == ("-" if "2D" in pair else " ", True)


def test_a_soft_hyphen_with_a_code_of_its_own_stays_one() -> None:
    found = font_map(TWO_BYTES + b"2 beginbfchar <0010> <002D> <0011> <00AD> endbfchar")
    assert (text_of(found, "00100011"), found.has_look_alikes) == ("-\u00ad", False)


@pytest.mark.parametrize(
    "section",
    [
        b"2 beginbfchar <0000> <0107> <0000> <0142> endbfchar",
        b"1 beginbfchar <0041> <0061> endbfchar 1 beginbfrange <0040> <0042> <0061> endbfrange",
        b"2 beginbfchar <0010> <002D> <0010> <00A0> endbfchar",
    ],
)
def test_one_code_for_two_other_characters_is_refused(section: bytes) -> None:
    with pytest.raises(GlyphShared):
        font_map(TWO_BYTES + section)


@pytest.mark.parametrize(
    ("ranges", "codes", "text"),
    [
        ("<00> <FF>", "4142", "AB"),
        ("<0000> <00FF> <8000> <FFFF>", "00418000", "Aé"),
        ("<000000> <FFFFFF>", "000041000042", "AB"),
        ("<00000000> <FFFFFFFF>", "0000004100000042", "AB"),
        ("<00> <7F> endcodespacerange begincodespacerange <80> <FF>", "4142", "AB"),
    ],
)
def test_a_code_is_as_long_as_its_codespace_says(ranges: str, codes: str, text: str) -> None:
    pairs = {
        2: "<41> <0041> <42> <0042>",
        4: "<0041> <0041> <8000> <00E9>",
        6: "<000041> <0041> <000042> <0042>",
        8: "<00000041> <0041> <00000042> <0042>",
    }[ranges.index(">") - 1]
    content = f"begincodespacerange {ranges} endcodespacerange beginbfchar {pairs} endbfchar"
    assert text_of(font_map(content.encode()), codes) == text


@pytest.mark.parametrize(
    "hidden",
    [
        b"% beginbfchar <0041> <0039> endbfchar\n",
        b"( beginbfchar <0041> <0039> endbfchar )",
        b"endcmap beginbfchar <0041> <0039> endbfchar",
    ],
)
def test_a_comment_a_text_and_what_follows_the_map_are_no_part_of_it(hidden: bytes) -> None:
    assert text_of(font_map(TWO_BYTES + b"beginbfchar <0041> <0061> endbfchar " + hidden), "0041") == "a"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"beginbfchar <0041> <0061> endbfchar",
        b"begincodespacerange endcodespacerange",
        b"begincodespacerange <0000> endcodespacerange",
        b"begincodespacerange <00> <FFFF> endcodespacerange",
        b"begincodespacerange <> <> endcodespacerange",
        b"begincodespacerange <0000000000> <FFFFFFFFFF> endcodespacerange",
        b"begincodespacerange <00> <7F> <8000> <FFFF> endcodespacerange",
        TWO_BYTES + b"begincodespacerange <00> <7F> endcodespacerange",
        TWO_BYTES + b"beginbfchar <41> <0061> endbfchar",
        TWO_BYTES + b"beginbfchar <000041> <0061> endbfchar",
        TWO_BYTES + b"/Other usecmap",
        TWO_BYTES + b"beginbfchar <0041> <0061> ",
        TWO_BYTES + b"beginbfchar <0041> /A endbfchar",
        TWO_BYTES + b"beginbfchar <0041> <006> endbfchar",
        TWO_BYTES + b"beginbfchar <0041 <0061> endbfchar",
        TWO_BYTES + b"beginbfchar <0041> < endbfchar",
        TWO_BYTES + b"beginbfrange <0042> <0041> <0061> endbfrange",
        TWO_BYTES + b"beginbfrange <0041> <42> <0061> endbfrange",
        TWO_BYTES + b"beginbfrange <0041> <0042> <61> endbfrange",
        TWO_BYTES + b"beginbfrange <0041> <0042> <FFFF> endbfrange",
        TWO_BYTES + b"beginbfrange <0041> <0042> [<0061>] endbfrange",
        TWO_BYTES + b"beginbfrange <0041> <0042> [<0061> <0062> <0063>] endbfrange",
    ],
    ids=lambda content: content[:90],
)
def test_a_map_that_is_written_otherwise_is_not_understood(content: bytes) -> None:
    with pytest.raises(MapNotUnderstood):
        font_map(content)


@pytest.mark.parametrize(
    "section",
    [
        b"beginbfrange <00000000> <FFFFFFFF> <0061> endbfrange",
        b"beginbfrange <0000> <FFFF> <0000> <0000> <FFFF> <0000> endbfrange",
        b"beginbfchar <0041> <" + b"0061" * 17 + b"> endbfchar",
        b" " * (1 << 20),
    ],
    ids=lambda section: section[:90],
)
def test_a_map_of_more_codes_than_a_font_has_is_too_large(section: bytes) -> None:
    with pytest.raises(MapTooLarge):
        font_map(TWO_BYTES + section)


@pytest.mark.parametrize(
    "content",
    [
        TWO_BYTES + b"beginbfchar <0041> <0061> endbfchar",
        b"begincmap " + TWO_BYTES + b"beginbfchar <0041> <0061> endbfchar beginbfchar <0041>",
    ],
    ids=["no beginning", "cut off"],
)
def test_a_map_that_is_not_whole_is_not_understood(content: bytes) -> None:
    with pytest.raises(MapNotUnderstood):
        read_font_map(content)
