"""The packets of a Perfetto file, one by one, plain or compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from profiler.errors import TraceReadError
from profiler.io.perfetto_words import Packet
from profiler.io.proto_wire import BYTES, FIXED32, FIXED64, VARINT, WireError, fields, read_varint
from profiler.io.text_blocks import TextBlocks
from profiler.trace.schema import Severity
from profiler.trace.tables import Stats

#: Packed text grows to at most this many times the file's size, and so much beside: ordinary traces grow 5 to 15 times.
_MOST_GROWTH = 25
_FREE_BYTES = 1 << 23

#: A packet is at most this long. Perfetto's own limit for one is far smaller.
LONGEST_PACKET = 1 << 26
_PACKET_KEY = 1 << 3 | BYTES
_LONGEST_HEAD = 20


def packets(path: Path, stats: Stats) -> Iterator[bytes]:
    """Each packet of a file; what stands in compressed packets too. ``stats`` counts where the file is damaged.

    Damage between packets ends the reading: nothing tells where the next packet starts.

    Raises
    ------
    TraceReadError
        The file is packed, and unpacking it does not seem to end.
    """
    budget = _Budget(path)
    for packet in _top(path, stats):
        budget.spend(len(packet))
        if _first_key(packet) != Packet.COMPRESSED << 3 | BYTES:
            yield packet
            continue
        for inner in _inflated(packet, stats):
            budget.spend(len(inner))
            yield inner


class _Budget:
    """Bytes that a file may still unpack to."""

    def __init__(self, path: Path) -> None:
        self._left = _FREE_BYTES + _MOST_GROWTH * path.stat().st_size
        self._counts = path.is_file()

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0 and self._counts:
            raise TraceReadError(
                f"grows to more than {_MOST_GROWTH} times its size when unpacked, as no trace does",
                remedy="Record the trace again, or unpack it first.",
            )


def _first_key(packet: bytes) -> int:
    try:
        return read_varint(packet, 0, len(packet))[0]
    except WireError:
        return 0


def _top(path: Path, stats: Stats) -> Iterator[bytes]:
    """The packets that stand in the file itself."""
    text = TextBlocks(path)
    buffer = b""
    try:
        for block in text:
            buffer = buffer + block if buffer else block
            at, wanted = 0, 0
            while True:
                found = _next(buffer, at)
                if found is None:
                    break
                key, start, wanted = found
                if wanted - start > LONGEST_PACKET:
                    stats.add("perfetto_bad_packet", Severity.DATA_LOSS)
                    stats.add("truncated", Severity.DATA_LOSS)
                    return
                if wanted > len(buffer):
                    break
                if key == _PACKET_KEY:
                    yield buffer[start:wanted]
                at = wanted
            buffer = buffer[at:]
    except (WireError, TraceReadError):
        stats.add("truncated", Severity.DATA_LOSS)
        return
    if buffer or text.truncated:
        stats.add("truncated", Severity.DATA_LOSS)


def _next(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Key of the next field of the file, where its value starts and ends; None where the bytes do not reach."""
    try:
        key, start = read_varint(data, at, len(data))
        wire = key & 7
        if key >= 8 and wire == BYTES:
            length, start = read_varint(data, start, len(data))
            return key, start, start + length
        if key >= 8 and wire == VARINT:
            return key, start, read_varint(data, start, len(data))[1]
    except WireError:
        if len(data) - at > _LONGEST_HEAD:
            raise
        return None
    if key >= 8 and wire in (FIXED64, FIXED32):
        return key, start, start + (8 if wire == FIXED64 else 4)
    raise WireError(f"key {key} is no field of a trace")


def _inflated(packet: bytes, stats: Stats) -> Iterator[bytes]:
    """The packets inside one packet of compressed ones."""
    try:
        for number, wire, value in fields(packet):
            if number != Packet.COMPRESSED or wire != BYTES or not isinstance(value, bytes):
                continue
            inflater = zlib.decompressobj()
            whole = inflater.decompress(value, LONGEST_PACKET)
            if inflater.unconsumed_tail or not inflater.eof:
                stats.add("perfetto_bad_packet", Severity.DATA_LOSS)
            for inner, inner_wire, found in fields(whole):
                if inner == 1 and inner_wire == BYTES and isinstance(found, bytes):
                    yield found
    except (WireError, zlib.error):
        stats.add("perfetto_bad_packet", Severity.DATA_LOSS)
