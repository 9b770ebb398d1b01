"""Any text in any layout: both engines read every cell alike, and as it was drawn."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.erp_simulator.drawing import ReportColumn
from sync.report.reader import read_report
from tests.sync.report.drawn_reports import Drawn, draw, table_of

# Accents, quotes, the euro, ligatures, soft and hard hyphens, several blanks, Greek, Hebrew, Cyrillic,
# Arabic, letters of several code units, combining accents, control characters.
ALPHABET = (
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 .,:;-–—_/\\()[]<>&%€$£#*+=@!?|"
    "àèéìòùçñßÀÈÉÌÒÙ'’‘“”«»\"ﬁﬂﬃ\u00ad\u2010\u2011\u00a0\u2009αβγδΩשלוםאЖиعرب中文😀𝔘e\u0301\u0308\x01\x1f\x7f\u200d"
)
WORDS = st.text(ALPHABET, max_size=12)
TEXTS = st.one_of(
    st.just(""),
    st.text(ALPHABET, max_size=30),
    st.lists(WORDS, max_size=8).map(" ".join),
    st.lists(WORDS, max_size=5).map("  ".join),
    st.lists(WORDS, max_size=4).map("-\n".join),
    st.lists(WORDS, max_size=4).map("\n".join),
)
CAPTIONS = st.text(ALPHABET.replace("\x01", "").replace("\x1f", ""), min_size=1, max_size=25)


@st.composite
def layouts(draw_value: Any) -> dict[str, Any]:
    """Return the arguments of :func:`draw`: 1 to 12 pages a group, each of 1 to 4 columns."""
    bands = draw_value(st.lists(st.integers(1, 4), min_size=1, max_size=12))
    columns = [
        # The number makes captions differ: equal bands without a count are one band of more pages.
        ReportColumn(
            f"{number} {draw_value(CAPTIONS)}",
            draw_value(st.integers(16, 115)),
            draw_value(st.sampled_from(["left", "right"])),
        )
        for number in range(sum(bands))
    ]
    row = st.lists(TEXTS, min_size=len(columns), max_size=len(columns))
    rows = draw_value(st.lists(row, max_size=3))
    footer = draw_value(st.sampled_from([None, [f"Count={len(rows)}", *[""] * (len(columns) - 1)]]))
    return {
        "columns": columns,
        "rows": rows,
        "bands": bands,
        "footer": footer,
        "justify_kerning": draw_value(st.booleans()),
        "ligatures": draw_value(st.booleans()),
    }


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(layouts())
def test_both_engines_read_any_report_as_it_was_drawn(layout: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        drawn: Drawn = draw(Path(folder) / "any.pdf", **layout)
        report = read_report(drawn.path, engine="both")
    assert (table_of(report), report.pages_read_again) == (drawn.table, 0)
