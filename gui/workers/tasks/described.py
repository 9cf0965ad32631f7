"""The columns of one slice in words."""

from __future__ import annotations

from collections.abc import Iterator

from profiler.trace.schema import MISSING, NO_TIME, Category, Engine, MemcpyKind, MemoryKind
from profiler.trace.tables import Trace
from profiler.units import format_bytes, format_ns

_NUMBERS = {
    "context": "Context",
    "stream": "Stream",
    "request": "Request",
    "chunk": "Chunk",
    "correlation_id": "Correlation id",
}


def columns_of(trace: Trace, row: int, origin_ns: int) -> list[tuple[str, str]]:
    """Label and text of everything that is known of a slice; times count from ``origin_ns``."""
    return [
        *_what(trace, row),
        *_when(trace, row, origin_ns),
        *_how_much(trace, row),
        *_where(trace, row),
    ]


def _what(trace: Trace, row: int) -> Iterator[tuple[str, str]]:
    yield "Name", trace.name_of(row)
    category = Category(int(trace.category[row]))
    yield "Category", category.name.lower()
    word = int(trace["source_category"][row])
    if word != MISSING and trace.names[word] != category.name.lower():
        yield "Category in the source", trace.names[word]


def _when(trace: Trace, row: int, origin_ns: int) -> Iterator[tuple[str, str]]:
    start, length = int(trace.ts[row]), int(trace.dur[row])
    yield "Start", _exact(start - origin_ns)
    if length >= 0:
        yield "End", _exact(start + length - origin_ns)
        yield "Duration", _exact(length)
    else:
        yield "Duration", "never ended" if length == MISSING else f"{length} ns: it ends before it starts"
    yield "Start in the source's clock", f"{start:,} ns"
    queued = int(trace["queued_ns"][row])
    if queued != NO_TIME:
        yield "Reached by its stream", _exact(queued - origin_ns)
        yield "Waited for the engine", _exact(start - queued)


def _how_much(trace: Trace, row: int) -> Iterator[tuple[str, str]]:
    size, length = int(trace["size_bytes"][row]), int(trace.dur[row])
    if size != MISSING:
        yield "Size", f"{format_bytes(size)} ({size:,} bytes)"
        if length > 0:
            yield "Rate", f"{size / length:.4g} GB/s"
    kind = int(trace["memcpy_kind"][row])
    if kind != MemcpyKind.NONE:
        yield "Copy", MemcpyKind(kind).name
    for column, label in (("src_kind", "From"), ("dst_kind", "To")):
        memory = int(trace[column][row])
        if memory != MemoryKind.UNKNOWN:
            yield label, f"{MemoryKind(memory).name.lower()} memory"


def _where(trace: Trace, row: int) -> Iterator[tuple[str, str]]:
    number = int(trace["track"][row])
    if number < len(trace.tracks):
        track = trace.tracks[number]
        yield "Track", track.name or f"{track.kind.name.lower()} {number}"
        if track.tid != MISSING:
            yield "Thread", str(track.tid)
    if (process := int(trace["pid"][row])) != MISSING:
        yield "Process", str(process)
    if (device := int(trace["device"][row])) != MISSING:
        name = trace.meta.get("gpus", {}).get(str(device), {}).get("name", "")
        yield "GPU", f"{device} ({name})" if name else str(device)
    if (engine := int(trace["engine"][row])) != Engine.NONE:
        yield "Engine", Engine(engine).name.lower()
    for column, label in _NUMBERS.items():
        if (value := int(trace[column][row])) != MISSING:
            yield label, str(value)
    yield "Row", str(row)


def _exact(ns: int) -> str:
    """A time that can be read, and the nanoseconds it stands for."""
    short = format_ns(ns)
    return short if abs(ns) < 1000 else f"{short} ({ns:,} ns)"
