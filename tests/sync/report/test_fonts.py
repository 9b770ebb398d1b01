"""A font of a page: its map from codes to characters, and the widths of its glyphs."""

from __future__ import annotations

import pytest

from sync.errors import ReportError, ReportTooLarge, ReportUnreadable
from sync.report.fonts import FontNotUnderstood, font_map
from tests.sync.report.hand_made import CODES, made_font
from tests.sync.report.hand_made import font_map as map_with

A, B = ord("A"), ord("B")


@pytest.mark.parametrize(
    ("widths", "of_a", "of_b"),
    [
        (b"", 1, 1),
        (b"/DW 500", 0.5, 0.5),
        (b"/DW 0", 0, 0),
        (b"/W [65 [250]]", 0.25, 1),
        (b"/W [65 [250 750.5]]", 0.25, 0.7505),
        (b"/W [65 66 250]", 0.25, 0.25),
        (b"/DW 500 /W [66 66 250]", 0.5, 0.25),
        (b"/W [66 [750] 65 65 250]", 0.25, 0.75),
        (b"/W [65 65 250 66 [0]]", 0.25, 0),
        (b"/W [65 64 250]", 1, 1),
        (b"/W [66 64 250]", 1, 1),
        (b"/W [65 []]", 1, 1),
        (b"/W [0 0 250 1 65535 750]", 0.75, 0.75),
        (b"/W [65535 [250]]", 1, 1),
        (b"/W [65536 [] 65 [250]]", 0.25, 1),
    ],
)
def test_a_code_is_as_wide_as_the_font_says(widths: bytes, of_a: float, of_b: float) -> None:
    found = made_font(widths)
    assert (found.width_em([A]), found.width_em([B])) == (of_a, of_b)
    assert found.width_em([A, B, A]) == pytest.approx(2 * of_a + of_b)
    assert found.width_em([]) == 0


@pytest.mark.parametrize(
    "widths", [b"/W [65535 [250 250]]", b"/W [65536 [250]]", b"/W [0 65536 250]", b"/W [-1 [250]]"]
)
def test_widths_of_codes_that_no_font_has_are_too_large(widths: bytes) -> None:
    with pytest.raises(ReportTooLarge) as caught:
        made_font(widths)
    assert caught.value.message == "a font of it has more characters than there are"


@pytest.mark.parametrize(
    ("widths", "changes"),
    [
        (b"/DW (a)", b""),
        (b"/W 5", b""),
        (b"/W [65]", b""),
        (b"/W [65 66]", b""),
        (b"/W [65 /A 250]", b""),
        (b"/W [65 [/A]]", b""),
        (b"", b"/DescendantFonts []"),
        (b"", b"/DescendantFonts [5]"),
        (b"", b"/DescendantFonts 5"),
    ],
)
def test_widths_that_can_not_be_read_are_refused(widths: bytes, changes: bytes) -> None:
    with pytest.raises(ReportUnreadable) as caught:
        made_font(widths, changes)
    assert caught.value.message == "a font of it has widths that can't be read"


@pytest.mark.parametrize(
    ("widths", "changes"),
    [
        (b"/DW -1", b""),
        (b"/W [65 [-1]]", b""),
        (b"/W [65 66 -0.5]", b""),
        (b"", b"/Subtype /Type1"),
        (b"", b"/Encoding /Identity-V"),
        (b"", b"/ToUnicode /Identity-H"),
        (b"", b"/ToUnicode << >>"),
    ],
)
def test_a_font_that_is_written_otherwise_is_not_understood(widths: bytes, changes: bytes) -> None:
    with pytest.raises(FontNotUnderstood):
        made_font(widths, changes)


@pytest.mark.parametrize("digits", [b"0", b"004", b"00", b"004100", b"00G1"])
def test_digits_that_are_no_codes_of_two_bytes_are_not_understood(digits: bytes) -> None:
    with pytest.raises(FontNotUnderstood):
        made_font().codes(digits)


def test_a_text_consists_of_its_codes() -> None:
    found = made_font()
    assert found.codes(b"0041FFfe") == (A, 0xFFFE)
    assert (found.codes(b""), found.text([])) == ((), "")
    assert found.text([B, A, B]) == "BAB"
    with pytest.raises(FontNotUnderstood):
        found.text([A, 0x100])


def test_a_font_tells_that_some_of_its_characters_look_alike() -> None:
    found = made_font(section=CODES + b" 1 beginbfchar <002D> <00AD> endbfchar")
    assert (made_font().has_look_alikes, found.has_look_alikes) == (False, True)


@pytest.mark.parametrize(
    ("section", "error", "message"),
    [
        (
            CODES + b" 1 beginbfchar <0041> <0042> endbfchar",
            ReportUnreadable,
            "a font of it has one glyph for “A” and “B”, which can't be told apart",
        ),
        (b"/Other usecmap", ReportUnreadable, "a font of it has a map that can't be read"),
        (b"beginbfrange <0041>", ReportUnreadable, "a font of it has a map that can't be read"),
        (b"begincidrange beginbfchar <0041>", ReportUnreadable, "a font of it has a map that can't be read"),
        (
            b"beginbfchar <0041> <%b> endbfchar" % (b"0061" * 17),
            ReportTooLarge,
            "a font of it has more characters than there are",
        ),
    ],
)
def test_a_map_that_no_engine_should_read_is_refused(
    section: bytes, error: type[ReportError], message: str
) -> None:
    with pytest.raises(error) as caught:
        font_map(map_with(section))
    assert caught.value.message == message


@pytest.mark.parametrize(
    "content",
    [
        map_with(b"1 beginbfchar <0041> endbfchar"),
        b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange endcmap",
        b"begincmap 1 begincodespacerange <000000> <FFFFFF> endcodespacerange endcmap",
    ],
)
def test_a_map_of_other_codes_than_the_exporter_s_is_not_understood(content: bytes) -> None:
    with pytest.raises(FontNotUnderstood):
        font_map(content)
