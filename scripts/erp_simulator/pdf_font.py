"""The font of a report: Times' widths, Vera's outlines, and one CID for each character."""

from __future__ import annotations

import io
import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pikepdf
import reportlab
from fontTools import agl
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.standardGlyphOrder import standardGlyphOrder
from pikepdf import Array, Dictionary, Name
from reportlab.pdfbase import pdfmetrics

FONT_NAME = "DEVEXP+TimesNewRoman"
FONT_SIZE_PT = 9.75
UNITS_PER_EM = 2048

# Times New Roman's own measures in font units. Source: the baselines of the real export agree with them.
ASCENT_PT = FONT_SIZE_PT * 1825 / UNITS_PER_EM
DESCENT_PT = FONT_SIZE_PT * 443 / UNITS_PER_EM
LINE_GAP_PT = FONT_SIZE_PT * 87 / UNITS_PER_EM
LINE_SPACING_PT = ASCENT_PT + DESCENT_PT + LINE_GAP_PT

_FIRST_FREE_CID = 300
_BFCHARS_PER_BLOCK = 100
# Letters that some fonts draw as one glyph.
_GLYPHS = re.compile("ffi|ffl|ff|fi|fl|.", re.DOTALL)


@lru_cache(maxsize=1)
def _times_new_roman_cids() -> dict[str, int]:
    """Number characters as the real font numbers its glyphs: Macintosh order, minus the no-break space."""
    order = [name for name in standardGlyphOrder if name != "nonbreakingspace"]
    order[order.index("currency")] = "Euro"
    names = ((cid, agl.toUnicode(name)) for cid, name in enumerate(order) if cid > 2)
    return {text: cid for cid, text in names if len(text) == 1}


@lru_cache(maxsize=4096)
def glyph_width_units(glyph: str) -> int:
    """Return the advance of a glyph in 1/2048 em; that of a ligature is that of its letters."""
    return sum(map(_letter_width_units, glyph))


def _letter_width_units(char: str) -> int:
    for candidate in (char, unicodedata.normalize("NFKD", char)[0], "N"):
        if _in_times(candidate):
            thousandths = float(pdfmetrics.stringWidth(candidate, "Times-Roman", 1000))
            return round(thousandths * UNITS_PER_EM / 1000)
    raise AssertionError("Times has an N")


def _in_times(char: str) -> bool:
    try:
        return bool(char.encode("cp1252"))
    except UnicodeEncodeError:
        return False


class _Codes(dict[str, str]):
    """The four hex digits of each character, assigned on first use."""

    def __init__(self) -> None:
        super().__init__()
        self._times = _times_new_roman_cids()
        self._next_free = _FIRST_FREE_CID

    def __missing__(self, char: str) -> str:
        cid = self._times.get(char)
        if cid is None:
            cid = self._next_free
            self._next_free += 1
        self[char] = code = f"{cid:04X}"
        return code


class _Widths(dict[str, float]):
    def __missing__(self, char: str) -> float:
        self[char] = width_pt = glyph_width_units(char) * FONT_SIZE_PT / UNITS_PER_EM
        return width_pt


class ReportFont:
    """Encodes and measures text, and collects the characters that the file's font needs.

    With ``ligatures``, some codes stand for two or three letters.
    """

    def __init__(self, *, ligatures: bool = False) -> None:
        self._ligatures = ligatures
        self._codes = _Codes()
        self._widths_pt = _Widths()

    def encode(self, text: str) -> str:
        """Return the hexadecimal string that shows ``text``."""
        glyphs = _GLYPHS.findall(text) if self._ligatures else text
        return "".join(map(self._codes.__getitem__, glyphs))

    def width_pt(self, text: str) -> float:
        return sum(map(self._widths_pt.__getitem__, text))

    def characters(self) -> dict[int, str]:
        """Return the characters of each code that was used, by CID."""
        return {int(code, 16): char for char, code in sorted(self._codes.items(), key=lambda item: item[1])}

    def fill(self, font: Dictionary, pdf: pikepdf.Pdf) -> None:
        """Fill the dictionary that the pages refer to with the font of all encoded characters."""
        characters = self.characters()
        for key, value in {
            "/Type": Name.Font,
            "/Subtype": Name.Type0,
            "/BaseFont": Name(f"/{FONT_NAME}"),
            "/Encoding": Name("/Identity-H"),
            "/DescendantFonts": Array([pdf.make_indirect(_cid_font(pdf, characters))]),
            "/ToUnicode": pdf.make_stream(to_unicode_map(characters).encode("ascii")),
        }.items():
            font[key] = value


def _cid_font(pdf: pikepdf.Pdf, characters: dict[int, str]) -> Dictionary:
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name(f"/{FONT_NAME}"),
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
        CIDToGIDMap=Name.Identity,
        DW=1000,
        W=_width_array(characters),
        FontDescriptor=pdf.make_indirect(
            Dictionary(
                Type=Name.FontDescriptor,
                FontName=Name(f"/{FONT_NAME}"),
                Flags=34,
                FontBBox=Array([-568, -307, 2046, 1040]),
                ItalicAngle=0,
                Ascent=891,
                Descent=-216,
                CapHeight=500,
                StemV=0,
                FontFile2=pdf.make_stream(_font_program(tuple(characters.items()))),
            )
        ),
    )


def _width_array(characters: dict[int, str]) -> Array:
    """Give each run of consecutive CIDs as ``first [width …]``, in 1/1000 em to four decimals."""
    runs: list[tuple[int, list[Decimal]]] = []
    for cid, char in characters.items():
        width = (Decimal(glyph_width_units(char)) * 1000 / UNITS_PER_EM).quantize(Decimal("0.0001"))
        if not runs or cid != runs[-1][0] + len(runs[-1][1]):
            runs.append((cid, []))
        runs[-1][1].append(width)
    return Array([part for cid, widths in runs for part in (cid, Array(widths))])


def to_unicode_map(characters: dict[int, str]) -> str:
    """Write the CMap that says which character each CID shows."""
    pairs = [f"<{cid:04X}> <{char.encode('utf-16-be').hex().upper()}>" for cid, char in characters.items()]
    blocks = [pairs[i : i + _BFCHARS_PER_BLOCK] for i in range(0, len(pairs), _BFCHARS_PER_BLOCK)]
    mappings = [line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo\n<<\n/Registry (Adobe)\n/Ordering (DEVEXP)\n/Supplement 0\n>> def",
            "/CMapName /DEVEXP def",
            "/CMapType 2 def",
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange",
            *mappings,
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end\nend\n",
        ]
    )


@lru_cache(maxsize=1)
def _vera() -> TTFont:
    return TTFont(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")


@lru_cache(maxsize=16)
def _font_program(used: tuple[tuple[int, str], ...]) -> bytes:
    """Build a TrueType font whose glyph ids are the CIDs, Vera's outlines squeezed to Times' widths."""
    characters = dict(used)
    glyph_count = max(characters, default=0) + 1
    order = [".notdef", *(f"cid{cid}" for cid in range(1, glyph_count))]
    outlines = {order[cid]: _outline(char) for cid, char in characters.items()}
    advances = {order[cid]: glyph_width_units(char) for cid, char in characters.items()}
    builder = FontBuilder(UNITS_PER_EM, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupGlyf({name: outlines.get(name) or TTGlyphPen(None).glyph() for name in order})
    builder.setupHorizontalMetrics({name: (advances.get(name, UNITS_PER_EM), 0) for name in order})
    builder.setupHorizontalHeader(ascent=1825, descent=-443, lineGap=87)
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=0, modified=0)
    builder.font.recalcTimestamp = False
    program = io.BytesIO()
    builder.save(program)
    return program.getvalue()


@lru_cache(maxsize=1024)
def _outline(char: str) -> object:
    """Draw a character, of a ligature the first one; ``.notdef`` if Vera has no glyph for it."""
    glyphs = _vera().getGlyphSet()
    source = glyphs[_vera().getBestCmap().get(ord(char[0]), ".notdef")]
    recording = DecomposingRecordingPen(glyphs)
    source.draw(recording)
    pen = TTGlyphPen(None)
    squeeze = glyph_width_units(char) / (source.width or UNITS_PER_EM)
    recording.replay(TransformPen(pen, (squeeze, 0, 0, 1, 0, 0)))
    return pen.glyph()
