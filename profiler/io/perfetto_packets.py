"""The packets of a Perfetto file, plain or compressed, block by block."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from profiler.errors import TraceReadError
from profiler.io.perfetto_words import Packet
from profiler.io.proto_wire import BYTES, FIXED32, FIXED64, VARINT, WireError, fields, read_varint
from profiler.io.text_blocks import MOST_GROWTH_WHOLE, GrowthError, TextBlocks
from profiler.trace.schema import Severity
from profiler.trace.tables import Stats

#: Compressed packets grow to at most this many times the file's size, and so much beside.
_FREE_BYTES = 1 << 23
#: What a packet costs whatever it holds, in bytes of one.
_LEAST_BYTES = 2

#: A packet is at most this long. Perfetto's own limit for one is far smaller.
LONGEST_PACKET = 1 << 26
_PACKET_KEY = 1 << 3 | BYTES
_COMPRESSED_START = (Packet.COMPRESSED << 3 | BYTES) & 0x7F | 0x80
_LONGEST_HEAD = 20


@dataclass(frozen=True, slots=True)
class Block:
    """Packets that lie in one piece of text.

    Attributes
    ----------
    data : bytes
    start, end : lists of int
        Where each packet is.
    """

    data: bytes
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.start)

    def packet(self, number: int) -> bytes:
        """One packet."""
        return self.data[self.start[number] : self.end[number]]

    def part(self, first: int, last: int) -> Block:
        """Some of the packets."""
        return Block(self.data, self.start[first:last], self.end[first:last])


def blocks(path: Path, stats: Stats) -> Iterator[Block]:
    """The packets of a file; what stands in compressed packets too. ``stats`` counts where the file is damaged.

    Damage between packets ends the reading: nothing tells where the next packet starts.

    Raises
    ------
    TraceReadError
        The file is packed, and unpacking it does not seem to end.
    """
    budget = _Budget(path)
    for block in _top(path, stats):
        first = 0
        for place in _compressed(block):
            yield block.part(first, place)
            for inner in _inflated(block.packet(place), stats):
                budget.spend(sum(inner.end) - sum(inner.start) + _LEAST_BYTES * len(inner))
                yield inner
            first = place + 1
        yield block.part(first, len(block)) if first else block


def _compressed(block: Block) -> list[int]:
    """Numbers of the packets that hold compressed ones."""
    data, size = block.data, len(block.data)
    # The first byte of every way to write their key.
    found = [place for place, start in enumerate(block.start) if start < size and data[start] == _COMPRESSED_START]
    return [place for place in found if _is_compressed(block.packet(place))]


class _Budget:
    """Bytes that a file may still unpack to."""

    def __init__(self, path: Path) -> None:
        self._left = _FREE_BYTES + MOST_GROWTH_WHOLE * path.stat().st_size

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise GrowthError(
                f"grows to more than {MOST_GROWTH_WHOLE} times its size when unpacked, as no trace does",
                remedy="Record the trace again, or unpack it first.",
            )


def _is_compressed(packet: bytes) -> bool:
    try:
        return read_varint(packet, 0, len(packet))[0] == Packet.COMPRESSED << 3 | BYTES
    except WireError:
        return False


def _top(path: Path, stats: Stats) -> Iterator[Block]:
    """The packets that stand in the file itself."""
    text = TextBlocks(path, most_growth=MOST_GROWTH_WHOLE)
    buffer = b""
    try:
        for block in text:
            buffer = buffer + block if buffer else block
            found, rest, trouble = _cut(buffer)
            yield found
            if trouble is not None:
                stats.add("truncated", Severity.DATA_LOSS)
                if trouble:
                    stats.add(trouble, Severity.DATA_LOSS)
                return
            buffer = buffer[rest:]
    except GrowthError:
        raise
    except TraceReadError:
        stats.add("truncated", Severity.DATA_LOSS)
        return
    if buffer or text.truncated:
        stats.add("truncated", Severity.DATA_LOSS)


def _cut(data: bytes) -> tuple[Block, int, str | None]:
    """The whole packets at the start of a text, where the rest starts, and what is wrong there: a count's name, ""."""
    found, at, size = Block(data), 0, len(data)
    starts, ends = found.start, found.end
    while True:
        # Most packets are so short that their length is one byte or two.
        if at + 2 < size and data[at] == _PACKET_KEY and (length := data[at + 1]) < 0x80:
            key, start, stop = _PACKET_KEY, at + 2, at + 2 + length
        elif at + 2 < size and data[at] == _PACKET_KEY and (more := data[at + 2]) < 0x80:
            key, start, stop = _PACKET_KEY, at + 3, at + 3 + (length & 0x7F | more << 7)
        else:
            try:
                head = _next(data, at)
            except WireError:
                return found, at, ""
            if head is None:
                return found, at, None
            key, start, stop = head
            if stop - start > LONGEST_PACKET:
                return found, at, "perfetto_bad_packet"
        if stop > size:
            return found, at, None
        if key == _PACKET_KEY:
            starts.append(start)
            ends.append(stop)
        at = stop


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


def _inflated(packet: bytes, stats: Stats) -> Iterator[Block]:
    """The packets inside one packet of compressed ones."""
    try:
        for number, wire, value in fields(packet):
            if number != Packet.COMPRESSED or wire != BYTES or not isinstance(value, bytes):
                continue
            inflater = zlib.decompressobj()
            whole = inflater.decompress(value, LONGEST_PACKET)
            if inflater.unconsumed_tail or not inflater.eof:
                stats.add("perfetto_bad_packet", Severity.DATA_LOSS)
            found, rest, trouble = _cut(whole)
            yield found
            if rest < len(whole) or trouble is not None:
                stats.add("perfetto_bad_packet", Severity.DATA_LOSS)
    except (WireError, zlib.error):
        stats.add("perfetto_bad_packet", Severity.DATA_LOSS)
