"""Perfetto protobuf traces: track events of any number of sequences, counters, flows and GPU render stages.

Format: ``protos/perfetto/trace/`` in google/perfetto. Times are integer nanoseconds of the trace's clock, as written.
"""

from __future__ import annotations

import os
from pathlib import Path

from profiler.errors import TraceReadError
from profiler.io.files import require_file, with_format
from profiler.io.perfetto_words import Packet
from profiler.io.proto_wire import BYTES, WireError, fields, read_varint
from profiler.trace.schema import Severity
from profiler.trace.tables import Stats, Trace

#: Fields of a packet that no other file of protocol buffers with the same outermost field has in that place.
_TELLING = frozenset(value for name, value in vars(Packet).items() if name.isupper() and value >= Packet.TIMESTAMP) | {
    36,
    87,
    89,
}
_FIRST_KEY = 1 << 3 | BYTES


def sniff(head: bytes, path: Path) -> bool:
    """Whether a file that starts with ``head`` is a Perfetto trace: packets that are sound as far as they are seen."""
    at, telling = 0, False
    while at < len(head):
        try:
            key, start = read_varint(head, at, len(head))
            length, start = read_varint(head, start, len(head))
        except WireError:
            break
        whole = start + length <= len(head)
        if key != _FIRST_KEY:
            return False
        numbers, sound = _numbers(head[start : start + length])
        if whole and not sound:
            return False
        telling |= not numbers.isdisjoint(_TELLING)
        at = start + length
    return telling


def read(path: str | os.PathLike[str]) -> Trace:
    """The trace in a file.

    ``trace.stats`` counts what could not be kept. A damaged file gives the packets before the damage.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file holds no event of a track.
    """
    from profiler.io.perfetto_assemble import assemble
    from profiler.io.perfetto_bulk import BulkReader
    from profiler.io.perfetto_own import read_header
    from profiler.io.perfetto_packets import blocks
    from profiler.io.perfetto_read import PacketReader

    found, stats = require_file(path), Stats()
    reader = PacketReader(stats)
    try:
        bulk = BulkReader(reader)
        for block in blocks(found, stats):
            bulk.take(block)
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy) from error
    own = read_header(reader.own_header)
    if own is None and not len(reader.events):
        raise TraceReadError(
            "holds no track event",
            where=str(path),
            remedy="Record it with the track_event or a GPU data source; system traces alone are not read.",
        )
    if own is not None:
        for name, (severity, count) in own.stats.entries.items():
            if name not in stats.entries:
                stats.add(name, severity, count)
    elif reader.own_header is not None:
        stats.add("perfetto_bad_header", Severity.DATA_LOSS)
    try:
        return with_format(assemble(reader, own, stats), "perfetto")
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy) from error


def write(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace as `perfetto_write.write` does."""
    from profiler.io.perfetto_write import write as write_perfetto

    write_perfetto(trace, path)


def _numbers(data: bytes) -> tuple[set[int], bool]:
    """Numbers of the fields of a message, and whether it is sound to its end."""
    found: set[int] = set()
    try:
        for number, _, _ in fields(data):
            found.add(number)
    except WireError:
        return found, False
    return found, True
