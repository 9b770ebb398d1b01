"""Damage a report in many ways, and count how each damaged file is read.

    python -m scripts.damage [--files N] [--seed S] [--only KIND]

A damaged file must be refused, or read exactly as it was drawn. Prints a table by kind of damage. Exit
status: 0 no file was read wrong, 1 one was (it is kept), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from scripts.erp_simulator.drawing import ReportColumn, draw_report
from sync.errors import ReportError
from sync.report.reader import read_report
from sync.report.report import Report

Verdict = Literal["refused", "read right", "read WRONG"]
VERDICTS: tuple[Verdict, ...] = ("refused", "read right", "read WRONG")

_STREAM = re.compile(rb"(?<!end)stream\n(.*?)\nendstream", re.DOTALL)
_OBJECT = re.compile(rb"(?<=\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_CODE = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4})>")
_CHECKSUM_BYTES = 4


def main() -> int:
    """Damage the files; return the exit status."""
    options = _options()
    logging.disable()
    with tempfile.TemporaryDirectory(prefix="archibald-damage-") as folder:
        counts = _counts(options, Path(folder))
    table = Table("damage", *VERDICTS, title=f"{options.files:,} files, seed {options.seed}", box=SIMPLE)
    for kind, verdicts in counts.items():
        table.add_row(kind, *(str(verdicts[verdict]) for verdict in VERDICTS))
    Console(highlight=False).print(table)
    return int(any(verdicts["read WRONG"] for verdicts in counts.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.damage", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--files", type=int, default=10_000, metavar="N", help="(default: 10000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="(default: 1)")
    parser.add_argument("--only", choices=DAMAGES, metavar="KIND", help="one of: " + ", ".join(DAMAGES))
    return parser.parse_args()


def _counts(options: argparse.Namespace, folder: Path) -> dict[str, Counter[Verdict]]:
    path = folder / "whole.pdf"
    draw(path)
    whole, expected = path.read_bytes(), read_report(path)
    kinds = [options.only] if options.only else list(DAMAGES)
    counts: dict[str, Counter[Verdict]] = {kind: Counter() for kind in kinds}
    for number in range(options.files):
        kind = kinds[number % len(kinds)]
        damaged = DAMAGES[kind](whole, random.Random(f"{options.seed} {number}"))
        verdict = verdict_of(damaged, expected, folder / "damaged.pdf")
        counts[kind][verdict] += 1
        if verdict == "read WRONG":
            kept = Path(tempfile.gettempdir()) / f"read-wrong-{options.seed}-{number}.pdf"
            kept.write_bytes(damaged)
            print(f"read wrong ({kind}): {kept}", file=sys.stderr)
    return counts


def draw(path: Path) -> None:
    """Draw a report of four page groups whose rows have different heights."""
    columns = [
        ReportColumn("ORDINE", 90, "right"),
        ReportColumn("CLIENTE", 160),
        ReportColumn("PEZZI", 90, "right"),
        ReportColumn("IMPORTO", 120, "right"),
    ]
    rows = [
        [
            str(1000 + n),
            "\n".join([f"Studio Ferlandi {n}", *"abcdefg"[: n % 5]]),
            str(n % 7),
            f"{n * 37},5{n % 10} €",
        ]
        for n in range(60)
    ]
    cents = sum(n * 3700 + 50 + n % 10 for n in range(60))
    total = f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02} €"
    footer = ["Count=60", "", f"Sum={sum(n % 7 for n in range(60))}", f"Sum={total}"]
    draw_report(path, columns, rows, bands=[2, 1, 1], footer=footer)


def verdict_of(content: bytes, expected: Report, path: Path) -> Verdict:
    """Read a damaged file as a sync does."""
    path.write_bytes(content)
    try:
        report = read_report(path)
    except ReportError:
        return "refused"
    is_right = (report.columns, report.rows, report.footer) == (
        expected.columns,
        expected.rows,
        expected.footer,
    )
    return "read right" if is_right else "read WRONG"


# --- kinds of damage: each returns the changed content ---------------------------------------------------


def _bit(content: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(content)
    damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _bytes(content: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        a, b = rng.randrange(len(damaged)), rng.randrange(len(damaged))
        damaged[a], damaged[b] = damaged[b], damaged[a]
    return bytes(damaged)


def _span(content: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(content))
    return start, start + rng.choice([1, 2, 7, 60, 400, 3000])


def _cut(content: bytes, rng: random.Random) -> bytes:
    start, end = _span(content, rng)
    return content[:start] + content[end:]


def _doubled(content: bytes, rng: random.Random) -> bytes:
    start, end = _span(content, rng)
    return content[:end] + content[start:]


def _blanked(content: bytes, rng: random.Random) -> bytes:
    start, end = _span(content, rng)
    return content[:start] + bytes(len(content[start:end])) + content[end:]


def _digits(content: bytes, rng: random.Random) -> bytes:
    """Change digits outside of streams: numbers of objects, positions, lengths."""
    streams = [match.span(1) for match in _STREAM.finditer(content)]
    places = [
        at
        for at in range(len(content))
        if chr(content[at]).isdigit() and not any(start <= at < end for start, end in streams)
    ]
    damaged = bytearray(content)
    for at in rng.sample(places, rng.randint(1, 3)):
        damaged[at] = ord(rng.choice("0123456789"))
    return bytes(damaged)


def _exchanged(content: bytes, rng: random.Random) -> bytes:
    """Exchange what two streams contain, but not their lengths."""
    return _with_exchanged(content, *rng.sample([match.span(1) for match in _STREAM.finditer(content)], 2))


def _objects_exchanged(content: bytes, rng: random.Random) -> bytes:
    """Exchange two objects, and write a table that is right again."""
    objects = [match.span(2) for match in _OBJECT.finditer(content)]
    return _with_right_table(_with_exchanged(content, *rng.sample(objects, 2)))


def _renumbered(content: bytes, rng: random.Random) -> bytes:
    """Exchange the numbers of two objects, without and with a table that is right again."""
    numbers = [match.span(1) for match in _OBJECT.finditer(content)]
    damaged = _with_exchanged(content, *rng.sample(numbers, 2))
    return _with_right_table(damaged) if rng.random() < 0.5 else damaged


def _font_map(content: bytes, rng: random.Random) -> bytes:
    """Let a code stand for another character, and keep the checksum and the length of the map."""
    for match in _STREAM.finditer(content):
        if b"beginbfchar" in zlib.decompress(match[1]):
            return content[: match.start(1)] + _other_map(match[1], rng) + content[match.end(1) :]
    raise AssertionError("the report has a font")


def _other_map(packed: bytes, rng: random.Random) -> bytes:
    """Exchange the characters of two codes.

    Some exchanges (of 0046 and 0064) leave the checksum as it is: then the file is not damaged but another.
    """
    changed = text = zlib.decompress(packed)
    while zlib.adler32(changed) == zlib.adler32(text):
        first, second = rng.sample(list(_CODE.finditer(text)), 2)
        changed = _with_exchanged(text, first.span(2), second.span(2))
    repacked = zlib.compress(changed, rng.randint(1, 9))
    return repacked[:-_CHECKSUM_BYTES] + packed[-_CHECKSUM_BYTES:]


def _with_exchanged(content: bytes, one: tuple[int, int], other: tuple[int, int]) -> bytes:
    (a, b), (c, d) = sorted((one, other))
    return content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


def _with_right_table(content: bytes) -> bytes:
    """Write the positions of all objects into the table."""
    places = {int(match[1]): match.start(1) for match in _OBJECT.finditer(content)}
    table = content.rindex(b"\nxref\n") + 1
    end = content.index(b"trailer", table)
    entries = b"".join(b"%010d 00000 n \n" % places[number] for number in sorted(places))
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    tail = re.sub(rb"startxref\n\d+", b"startxref\n%d" % table, content[end:])
    return content[:table] + head + entries + tail


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "a bit flipped": _bit,
    "bytes swapped": _bytes,
    "a span cut out": _cut,
    "a span doubled": _doubled,
    "a span blanked": _blanked,
    "digits changed": _digits,
    "streams exchanged": _exchanged,
    "objects exchanged": _objects_exchanged,
    "objects renumbered": _renumbered,
    "a font map changed": _font_map,
}


if __name__ == "__main__":
    sys.exit(main())
