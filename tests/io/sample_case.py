"""A small file of our own and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from profiler.trace.schema import Category, MemcpyKind, MemoryKind
from profiler.trace.tables import Trace


@dataclass(frozen=True)
class Case:
    """One input and what must come of it; only the keys named in a row are compared."""

    name: str
    text: str
    rows: list[dict[str, Any]]
    stats: dict[str, int] = field(default_factory=dict)
    format: str = "chrome"
    edges: list[tuple[int, int]] = field(default_factory=list)
    counters: list[tuple[int, str, float]] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)


def row_of(trace: Trace, row: int) -> dict[str, Any]:
    """Everything a row says, in words."""
    track = trace.tracks[trace["track"][row]]
    source = int(trace["source_category"][row])
    return {
        "name": trace.name_of(row),
        "ts": int(trace.ts[row]),
        "dur": int(trace.dur[row]),
        "category": Category(int(trace.category[row])).name.lower(),
        "source": trace.names[source] if source >= 0 else None,
        "track": track.name,
        "track_kind": track.kind.name.lower(),
        "pid": int(trace["pid"][row]),
        "tid": track.tid,
        "device": int(trace["device"][row]),
        "context": int(trace["context"][row]),
        "stream": int(trace["stream"][row]),
        "correlation": int(trace["correlation_id"][row]),
        "bytes": int(trace["size_bytes"][row]),
        "kind": MemcpyKind(int(trace["memcpy_kind"][row])).name.lower(),
        "from": MemoryKind(int(trace["src_kind"][row])).name.lower(),
        "to": MemoryKind(int(trace["dst_kind"][row])).name.lower(),
        "args": trace.args[row] if trace.args is not None else "",
    }
