"""The wire format of protocol buffers: reading and writing fields without generated classes.

Source: "Encoding", Protocol Buffers documentation, Google. Groups (wire types 3 and 4) are obsolete and refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_MASK = (1 << 64) - 1
_FIXED64 = struct.Struct("<Q")
_FIXED32 = struct.Struct("<I")
_DOUBLE = struct.Struct("<d")


class WireError(ValueError):
    """Bytes that are no sound message: cut, of an unknown wire type, or with a number longer than 64 bits."""


def read_varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """An unsigned number of at most 64 bits, and the place after it.

    Raises
    ------
    WireError
        It is cut or too long.
    """
    value = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _MASK, at
        shift += 7
        if shift >= 70:
            raise WireError("a number is longer than 64 bits")
    raise WireError("a number is cut")


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Number, wire type and value of each field of a message: an int for numbers, bytes for everything with a length.

    Fixed numbers come as their bits: `as_double` makes a float of one.

    Raises
    ------
    WireError
        The message is damaged; the fields before the damage have been given.
    """
    at, end = 0, len(data)
    while at < end:
        key = data[at]
        at += 1
        if key >= 0x80:
            key, at = read_varint(data, at - 1, end)
        wire = key & 7
        if wire == VARINT:
            value: int | bytes = data[at] if at < end else 0x80
            at += 1
            if isinstance(value, int) and value >= 0x80:
                value, at = read_varint(data, at - 1, end)
        elif wire == BYTES:
            length = data[at] if at < end else 0x80
            at += 1
            if length >= 0x80:
                length, at = read_varint(data, at - 1, end)
            if length > end - at:
                raise WireError("a field is cut")
            value = data[at : at + length]
            at += length
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
            if size > end - at:
                raise WireError("a field is cut")
            value = int.from_bytes(data[at : at + size], "little")
            at += size
        else:
            raise WireError(f"wire type {wire} is unknown")
        if key < 8:
            raise WireError("a field has the number 0")
        yield key >> 3, wire, value


def one_field(data: bytes, at: int) -> tuple[tuple[int, int | bytes], int]:
    """Number and value of the field at a place of a message, and the place behind it.

    Raises
    ------
    WireError
        It is damaged.
    """
    end = len(data)
    key, start = read_varint(data, at, end)
    if key & 7 == VARINT:
        stop = read_varint(data, start, end)[1]
    elif key & 7 == BYTES:
        length, start = read_varint(data, start, end)
        stop = start + length
    else:
        stop = start + {FIXED64: 8, FIXED32: 4}.get(key & 7, end)
    found = next(fields(data[at:stop]), None)
    if found is None or stop > end:
        raise WireError("a field is cut")
    return (found[0], found[2]), stop


def as_signed(value: int) -> int:
    """The int64 that 64 bits stand for."""
    return value - (1 << 64) if value >= 1 << 63 else value


def as_double(bits: int) -> float:
    """The double that 64 bits stand for."""
    found: float = _DOUBLE.unpack(_FIXED64.pack(bits & _MASK))[0]
    return found


def varint(value: int) -> bytes:
    """A number as protocol buffers write it; a negative one as its 64 bits."""
    return _SMALL[value] if 0 <= value < len(_SMALL) else _varint(value & _MASK)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


#: Most numbers that are written are keys, lengths and small counts.
_SMALL = tuple(_varint(value) for value in range(1 << 12))


def number(field: int, value: int) -> bytes:
    """A varint field."""
    return varint(field << 3) + varint(value)


def text(field: int, value: str) -> bytes:
    """A text field, UTF-8."""
    return message(field, value.encode("utf-8", "replace"))


def message(field: int, *parts: bytes) -> bytes:
    """A field with a length: a message made of ``parts``, or bytes."""
    body = b"".join(parts)
    return varint(field << 3 | BYTES) + varint(len(body)) + body


def double(field: int, value: float) -> bytes:
    """A double field."""
    return varint(field << 3 | FIXED64) + _DOUBLE.pack(value)


def fixed64(field: int, value: int) -> bytes:
    """A fixed64 field."""
    return varint(field << 3 | FIXED64) + _FIXED64.pack(value & _MASK)
