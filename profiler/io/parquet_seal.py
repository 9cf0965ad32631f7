"""A checksum over the footer of a Parquet file.

Pages carry checksums of their own, the footer does not, and a damaged one can end the process inside the library that
decodes it. So the footer holds sixteen hexadecimal digits under a key of its own: its length, and its CRC-32 with
these digits as zeros. Other readers see one more entry of metadata. A footer without the key, or of another length
(another program rewrote the file and kept the metadata), is not checked.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

from profiler.errors import TraceReadError

KEY = "lanescope.footer"
OPEN = "0" * 16

_MAGIC = b"PAR1"
_LENGTH_BYTES = 4
_TAIL_BYTES = _LENGTH_BYTES + len(_MAGIC)


def seal(file: BinaryIO) -> None:
    """Fill in the checksum of a file just written; one that cannot be read back (a pipe) stays unsealed."""
    if not (file.seekable() and file.readable()):
        return
    start, footer = _footer(file, None)
    place = _digits_at(footer)
    if place >= 0:
        file.seek(start + place)
        file.write(b"%08x%08x" % (len(footer), zlib.crc32(footer)))


def check(file: BinaryIO) -> tuple[bytes, bool]:
    """Refuse a file whose end or sealed footer is damaged.

    Returns
    -------
    footer : bytes
    sealed : bool
        Whether it is the one that was sealed.

    Raises
    ------
    TraceReadError
        With what is wrong; the caller adds the place.
    """
    _, footer = _footer(file, None)
    place = _digits_at(footer)
    digits = footer[place : place + len(OPEN)] if place >= 0 else OPEN.encode()
    try:
        length, checksum = int(digits[:8], 16), int(digits[8:], 16)
    except ValueError as error:
        raise TraceReadError(_DAMAGED) from error
    if not length:
        return footer, False
    if length == len(footer):
        if _checksum(footer, place) != checksum:
            raise TraceReadError(_DAMAGED)
        return footer, True
    # Another length: either another program wrote the footer, or the length at the end of the file is damaged.
    _, sealed = _footer(file, length)
    if _checksum(sealed, _digits_at(sealed)) == checksum:
        raise TraceReadError(_DAMAGED)
    return footer, False


_DAMAGED = "is damaged: its footer does not match its checksum"


def _checksum(footer: bytes, place: int) -> int:
    return zlib.crc32(footer[:place] + OPEN.encode() + footer[place + len(OPEN) :]) if place >= 0 else -1


def alone(footer: bytes) -> bytes:
    """A Parquet file of nothing but a footer, to have it decoded without reading it again."""
    return _MAGIC + footer + len(footer).to_bytes(_LENGTH_BYTES, "little") + _MAGIC


def _footer(file: BinaryIO, length: int | None) -> tuple[int, bytes]:
    """Where the footer starts, and its bytes; its length as the end of the file has it, unless one is given."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    if length is None:
        length = int.from_bytes(tail[:_LENGTH_BYTES], "little")
    start = size - _TAIL_BYTES - length
    if tail[_LENGTH_BYTES:] != _MAGIC or start < len(_MAGIC):
        raise TraceReadError("is cut short: it does not end as a Parquet file ends")
    file.seek(start)
    return start, file.read(length)


def _digits_at(footer: bytes) -> int:
    """Where the digits stand, -1 if nowhere: after the key come their field header and their length, a byte each."""
    key = footer.rfind(KEY.encode())
    place = key + len(KEY) + 2
    return place if key >= 0 and place + len(OPEN) <= len(footer) else -1
