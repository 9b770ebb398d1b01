"""Fast bindings of the pdfium functions that are called for every object of a page.

pypdfium2's bindings create a typed pointer for every object and release the interpreter's lock at every call.
With over a hundred thousand calls per file, that takes half of the reader's own time.
"""

from __future__ import annotations

import ctypes
from typing import Any

from pypdfium2 import raw

_pointer, _int, _ulong = ctypes.c_void_p, ctypes.c_int, ctypes.c_ulong


def address_of(pointer: Any) -> int:
    """Return the address that a typed pointer of pypdfium2 holds."""
    return ctypes.cast(pointer, _pointer).value or 0


def _bound(function: Any, result: Any, *arguments: Any) -> Any:
    """Return a C function with plain integers for pointers."""
    return ctypes.PYFUNCTYPE(result, *arguments)(address_of(function))


get_object = _bound(raw.FPDFPage_GetObject, _pointer, _pointer, _int)
get_type = _bound(raw.FPDFPageObj_GetType, _int, _pointer)
get_bounds = _bound(raw.FPDFPageObj_GetBounds, _int, *(_pointer,) * 5)
get_fill_color = _bound(raw.FPDFPageObj_GetFillColor, _int, *(_pointer,) * 5)
get_text = _bound(raw.FPDFTextObj_GetText, _ulong, _pointer, _pointer, _pointer, _ulong)


def element_addresses(array: Any) -> tuple[int, ...]:
    """Return the address of each element of a C array, for functions that fill several values."""
    start, width = ctypes.addressof(array), ctypes.sizeof(array._type_)
    return tuple(start + index * width for index in range(len(array)))
