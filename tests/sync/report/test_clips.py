"""A page on which a clip cuts off a cell, or the cell of a text, does not show all of it."""

from __future__ import annotations

import pytest

from sync.report.clips import is_shown_whole

CLIP = b"72 700 90 13 re W n "
CELL = b"72 700 90 13 re f "
SHOWN = {
    "nothing": b"",
    "a text without a cell": CLIP + b"(a) Tj",
    "a cell as large as its clip": CLIP + CELL + b"(a) Tj",
    "a cell, and its text within its borders": CELL + b"73.5 701.5 87 10 re W n (a) Tj",
    "a cell half a point out of its clip": CLIP + b"71.5 699.5 91 14 re f",
    "a cell in the smaller of two clips": CLIP + b"0 0 612 792 re W n " + CELL,
    "a clip that is put back": b"q 0 0 1 1 re W n Q " + CELL,
    "a clip inside another that is put back": CLIP + b"q 0 0 1 1 re W n Q " + CELL,
    "a scaled and moved cell": CLIP + b"2 0 0 .5 70 690 cm 1 20 45 26 re f",
    "a cell moved twice": CLIP + b"2 0 0 2 70 690 cm 1 0 0 1 1 5 cm 0 0 45 6.5 re f",
    "a cell and its clip moved together": b"1 0 0 1 9 9 cm " + CLIP + CELL,
    "a mirrored cell": CLIP + b"-1 0 0 -1 162 713 cm 0 0 90 13 re f",
    "a cell of lines": CLIP + b"72 700 m 162 700 l 162 713 l 72 713 l h f",
    "a border outside": CLIP + b"5 5 1.4 700 re f 5 5 700 1.4 re f",
    "a path that is not filled": CLIP + b"0 0 700 700 re n " + CELL,
    "a comment, and a text, with operators in them": b"% 0 0 1 1 re W n\n(0 0 1 1 re W n ( a) \\)) " + CELL,
    "a font that stands upright": b"/F -9 w /F 9 Tf " + CELL,
    "a font without a size": b"/F Tf " + CELL,
}
CUT_OFF = {
    "a cell left of its clip": CLIP + b"71 700 91 13 re f",
    "a cell below its clip": CLIP + b"72 699 90 14 re f",
    "a cell right of its clip": CLIP + b"72 700 91 13 re f",
    "a cell above its clip": CLIP + b"72 700 90 14 re f",
    "a cell that is as wide as a border": CLIP + b"0 0 1.5 700 re f",
    "the first of two cells": CLIP + b"0 0 9 9 re 72 700 90 13 re f",
    "a cell of lines": CLIP + b"0 0 m 9 0 l 9 9 l 0 9 l h f",
    "a moved cell": CLIP + b"1 0 0 1 9 0 cm " + CELL,
    "a scaled cell": CLIP + b"1 0 0 2 0 0 cm " + CELL,
    "a cell after one that is moved": CLIP + b"q 1 0 0 1 9 0 cm Q 72 700 99 13 re f",
    "a cell outside the outer clip": CLIP + b"0 0 612 792 re W n 72 700 99 13 re f",
    "a cell outside the inner clip": b"0 0 612 792 re W n " + CLIP + b"72 700 99 13 re f",
    "a text outside a clip": CELL + b"75 700 90 13 re W n (a) Tj",
    "texts outside a clip": CELL + b"72 700 85 13 re W n [(a) 9 (b)] TJ",
    "a text on the next line, outside a clip": CELL + b"72 703 90 13 re W n (a) '",
    "a text in the last of two cells": b"0 0 9 9 re " + CELL + b"0 0 99 99 re W n (a) Tj",
    "a clip of two rectangles": b"0 0 612 792 re " + CLIP,
    "a clip of nothing": b"W n",
    "a clip of lines": b"0 0 m 612 0 l 612 792 l h W n",
    "a clip by the other rule": b"0 0 612 792 re W* n",
    "a curve": b"0 0 1 1 2 2 c f",
    "a rectangle without a height": b"0 0 9 re f",
    "a rotated page": b"0 1 1 0 0 0 cm",
    "a font that is upside down": b"/F -9 Tf",
    "a text in three pairs of brackets": b"(a (b (c))) Tj",
    "a text without an end": b"(a Tj",
    "a text without a beginning": b"a) Tj",
}


@pytest.mark.parametrize("content", SHOWN.values(), ids=SHOWN)
def test_what_is_within_its_clip_is_shown_whole(content: bytes) -> None:
    assert is_shown_whole(content)


@pytest.mark.parametrize("content", CUT_OFF.values(), ids=CUT_OFF)
def test_what_is_drawn_otherwise_may_be_cut_off(content: bytes) -> None:
    assert not is_shown_whole(content)
