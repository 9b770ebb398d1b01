"""Files made to exhaust whoever reads them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_FONT_NUMBER = 5
# Its map is object 6.
_NUMBERED_FONT = (
    b"<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [7 0 R] /ToUnicode 6 0 R >>"
)


def pdf_of(objects: dict[int, bytes]) -> bytes:
    """Return a file of these objects with its table; the catalog is object 1, the page tree object 2."""
    content, places = bytearray(b"%PDF-1.4\n"), {}
    for number, body in {1: _CATALOG, **objects}.items():
        places[number] = len(content)
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (max(places) + 1)
    for number in range(1, max(places) + 1):
        content += b"%010d 00000 %b \n" % (places.get(number, 0), b"n" if number in places else b"f")
    content += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (max(places) + 1)
    return bytes(content + b"startxref\n%d\n%%%%EOF\n" % table)


def stream(content: bytes, *, filters: bytes = b"/FlateDecode", more: bytes = b"", packed: int = 1) -> bytes:
    """Return a stream object whose content is packed so often: 0 times if it comes packed."""
    for _ in range(packed):
        content = zlib.compress(content, 9)
    return b"<< /Length %d /Filter %b %b >>\nstream\n%b\nendstream" % (len(content), filters, more, content)


def packed_blanks(megabytes: int, before: bytes = b"") -> bytes:
    """Return what unpacks to a text and many blanks, without having packed all of them."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    start = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    blanks = b" " * (1 << 20)
    # What follows a full flush refers to nothing before it, so it can be repeated.
    block = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = zlib.adler32(before)
    for _ in range(megabytes):
        checksum = zlib.adler32(blanks, checksum)
    return b"\x78\xda" + start + block * megabytes + packer.flush() + checksum.to_bytes(4)


def one_page(content: bytes, *, font: bytes = b"<< >>", more: dict[int, bytes] | None = None) -> bytes:
    """Return a file with one page; ``content`` is its content stream as an object."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources %b >>"
    resources = b"<< /Font << /FNT0 %d 0 R >> >>" % _FONT_NUMBER
    tree = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    return pdf_of({2: tree, 3: page % resources, 4: content, _FONT_NUMBER: font, **(more or {})})


def packed_twice() -> bytes:
    return one_page(stream(packed_blanks(1024), filters=b"[/FlateDecode /FlateDecode]"))


def packed_twice_in_coded_names() -> bytes:
    return one_page(stream(packed_blanks(256), filters=b"[/Flate#44ecode /Flate#44ecode]"))


def junk_contents() -> bytes:
    return one_page(stream(b"q Q"), more={6: b"/Contents [" * 40_000})


def junk_page_nodes() -> bytes:
    return one_page(stream(b"q Q"), more={6: b"/Type/Pages" * 40_000})


def junk_streams() -> bytes:
    return one_page(stream(b"q Q"), more={6: b"1 0 obj stream\n" * 40_000})


def junk_dictionary() -> bytes:
    return one_page(stream(b"q Q"), more={6: b"9 " * 200_000 + b" " * 200_000 + b"stream\n"})


def many_rectangles() -> bytes:
    return one_page(stream(b"0 0 9 9 re f\n" * 200_000))


def many_texts() -> bytes:
    return one_page(stream(b"BT ET\n" * 1_000_000))


def large_page() -> bytes:
    return one_page(stream(packed_blanks(1024), packed=0))


def many_large_pages() -> bytes:
    count = 200
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + count))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R >>"
    pages = {3 + number: page % (3 + count + number) for number in range(count)}
    content = stream(packed_blanks(15), packed=0)
    contents = {3 + count + number: content for number in range(count)}
    return pdf_of({2: b"<< /Type /Pages /Count %d /Kids [%b] >>" % (count, kids), **pages, **contents})


def object_stream() -> bytes:
    bomb = stream(packed_blanks(1024, before=b"9 0 "), packed=0, more=b"/Type /ObjStm /N 1 /First 4")
    return one_page(stream(b"q Q"), more={6: bomb})


def endless_font_map() -> bytes:
    ranges = b"1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange %b endbfrange"
    content = b" q 0 0 612 792 re W n 1 1 1 rg 0 0 612 792 re f Q"
    bomb = stream(ranges % (b"<00000000> <FFFFFFFF> <00000000>" * 10_000))
    return one_page(stream(content), font=_NUMBERED_FONT, more={6: bomb, 7: b"<< /Type /Font >>"})


def large_font_map() -> bytes:
    content = b" q 0 0 612 792 re W n 1 1 1 rg 0 0 612 792 re f Q"
    bomb = stream(b"<0041> <0041>\n" * (2 << 20))
    return one_page(stream(content), font=_NUMBERED_FONT, more={6: bomb, 7: b"<< /Type /Font >>"})


def nested_arrays() -> bytes:
    return one_page(stream(b"q Q"), more={6: b"[" * 1_000_000 + b"]" * 1_000_000})


def nested_page_tree() -> bytes:
    depth = 5_000
    nodes = {
        number: b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (number + 1) for number in range(2, depth)
    }
    return pdf_of({**nodes, depth: b"<< /Type /Page /MediaBox [0 0 612 792] >>"})


def many_kids() -> bytes:
    return pdf_of({2: b"<< /Type /Pages /Count 1000000 /Kids [%b] >>" % (b"3 0 R " * 1_000_000), 3: b"<< >>"})


def many_objects() -> bytes:
    return one_page(stream(b"q Q"), more={6 + number: b"0" for number in range(300_000)})


def long_numbers() -> bytes:
    return one_page(stream(b" q " + b"9" * (8 << 20) + b" re f Q"))


def many_pieces() -> bytes:
    return one_page(stream(b"[" + b"<0041> 1 " * 800_000 + b"] TJ"))


def many_ranges() -> bytes:
    return font_bomb(b"1 beginbfrange %b endbfrange" % (b"<0000><FFFF><0000>" * 50_000))


def long_characters() -> bytes:
    return font_bomb(b"1 beginbfchar <0041> <%b> endbfchar" % (b"0061" * 200_000))


def font_bomb(section: bytes) -> bytes:
    """Return a file whose only font has this in its map."""
    frame = b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange %b endcmap"
    content = b" q 0 0 612 792 re W n 1 1 1 rg 0 0 612 792 re f Q"
    return one_page(
        stream(content), font=_NUMBERED_FONT, more={6: stream(frame % section), 7: b"<< /Type /Font >>"}
    )


def nested_forms() -> bytes:
    """Return a page that draws a form ten times, which draws another ten times, and so on."""
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F %d 0 R >> >>"
    forms = {10 + level: stream(b"/F Do " * 10, more=form % (11 + level)) for level in range(9)}
    last = {19: stream(b"0 0 1 1 re f ", more=b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")}
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources %b >>"
    resources = b"<< /XObject << /F 10 0 R >> >>"
    tree = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    return pdf_of({2: tree, 3: page % resources, 4: stream(b"/F Do " * 10), **forms, **last})


def texts_without_blanks() -> bytes:
    return one_page(stream(b"BT" + b"<0041>Tj" * 240_000 + b"ET"))


def pieces_without_blanks() -> bytes:
    return one_page(stream(b"BT[" + b"<20AC>" * 330_000 + b"]TJ ET"))


def long_text_on_many_pages() -> bytes:
    count = 20
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + count))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R >>"
    content = b"BT <" + b"0041" * 60_000 + b"> Tj ET"
    pages = {3 + number: page % (3 + count + number) for number in range(count)}
    contents = {3 + count + number: stream(content) for number in range(count)}
    return pdf_of({2: b"<< /Type /Pages /Count %d /Kids [%b] >>" % (count, kids), **pages, **contents})


def kids_behind_an_empty_table() -> bytes:
    """Return many kids that the first section of the table does not mention."""
    return many_kids().replace(b"xref\n0 ", b"xref\n0 0\n0 ", 1)


HOSTILE: list[Callable[[], bytes]] = [
    packed_twice,
    packed_twice_in_coded_names,
    junk_contents,
    junk_page_nodes,
    junk_streams,
    junk_dictionary,
    many_rectangles,
    many_texts,
    large_page,
    many_large_pages,
    object_stream,
    endless_font_map,
    large_font_map,
    nested_arrays,
    nested_page_tree,
    many_kids,
    many_objects,
    long_numbers,
    many_pieces,
    many_ranges,
    long_characters,
    nested_forms,
    texts_without_blanks,
    pieces_without_blanks,
    long_text_on_many_pages,
    kids_behind_an_empty_table,
]


def write(make: Callable[[], bytes], folder: Path) -> Path:
    path = folder / f"{make.__name__}.pdf"
    path.write_bytes(make())
    return path
