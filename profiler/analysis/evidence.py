"""What a trace knows about one device that helps to say why a copy is exposed. Gathered once for a device."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from profiler.analysis.host import Host
from profiler.analysis.intervals import Bool, Int64, Intervals, union
from profiler.analysis.rows import DeviceRows, ends
from profiler.analysis.streams import Streams, gap_floor_ns, streams_of
from profiler.analysis.waits import Waits, waits_of
from profiler.trace.conventions import default_streams
from profiler.trace.schema import MISSING, Engine, MemcpyKind, MemoryKind
from profiler.trace.tables import Trace
from profiler.trace.whole import DeviceWhole, copy_engines


@dataclass(frozen=True, eq=False)
class Copies:
    """Copies between host and device that are not empty, in the order in which they started (tie: HtoD first).

    Attributes
    ----------
    rows, start, end : int64 arrays
    engine : int64 array
        `Engine` that serves each: HTOD or DTOH by direction, COPY where one engine serves both.
    pageable : bool array
        Whether the host memory is pageable, so that the driver stages the copy.
    stream : int64 array
    """

    rows: Int64
    start: Int64
    end: Int64
    engine: Int64
    pageable: Bool
    stream: Int64


@dataclass(frozen=True)
class Parts:
    """Requests in the trace and chunks in a request; ``None`` where the trace does not tell."""

    requests: int | None
    chunks: int | None

    @property
    def one(self) -> bool:
        """One chunk of one request: there is nothing else to run."""
        return self.requests == 1 and self.chunks == 1

    @property
    def several(self) -> bool:
        """More than one chunk or request."""
        return (self.requests or 0) > 1 or (self.chunks or 0) > 1


class Evidence:
    """Everything the causes of one device are judged from, each thing worked out when first asked for."""

    def __init__(self, trace: Trace, device: DeviceRows, host: Host) -> None:
        self.trace = trace
        self.device = device
        self.host = host
        self.complete = bool(trace.meta.get("complete"))

    @cached_property
    def copies(self) -> Copies:
        """The copies to be judged."""
        rows, trace = self.device.copies, self.trace
        rows = rows[trace.dur[rows] > 0]
        upward = trace["memcpy_kind"][rows] == MemcpyKind.HTOD
        host_kind = np.where(upward, trace["src_kind"][rows], trace["dst_kind"][rows])
        stream = trace["stream"][rows]
        engine = copy_engines(trace, rows)
        start, end = trace.ts[rows], ends(trace, rows)
        order = np.lexsort((trace["correlation_id"][rows], host_kind, engine, stream, end, ~upward, start))
        return Copies(
            rows[order], start[order], end[order], engine[order], host_kind[order] == MemoryKind.PAGEABLE, stream[order]
        )

    @property
    def whole(self) -> DeviceWhole | None:
        """What is known of the device in the whole trace, where this one is a part; else the rows tell."""
        part = self.trace.part
        return None if part is None else part.whole.of_device(self.device.device)

    @property
    def engines_ns(self) -> dict[int, int]:
        """Time each copy engine was busy over the whole trace."""
        if self.whole is not None:
            return {int(engine): ns for engine, ns in self.whole.engines_ns.items()}
        return {engine: busy.total_ns for engine, busy in self.engines_busy.items()}

    @cached_property
    def engines_busy(self) -> dict[int, Intervals]:
        """When each copy engine was busy."""
        copies = self.copies
        return {
            int(engine): union(copies.start[copies.engine == engine], copies.end[copies.engine == engine])
            for engine in np.unique(copies.engine)
        }

    def engine_of(self, rows: Int64) -> Int64:
        """`Engine` of copies between host and device, NONE for all other work."""
        kind = self.trace["memcpy_kind"][rows]
        copies = np.flatnonzero((kind == MemcpyKind.HTOD) | (kind == MemcpyKind.DTOH))
        engine = np.full(len(rows), int(Engine.NONE), np.int64)
        engine[copies] = copy_engines(self.trace, rows[copies])
        return engine

    @cached_property
    def streams(self) -> Streams:
        """Stream order of the device."""
        return streams_of(self.trace, self.device)

    @cached_property
    def waits(self) -> Waits:
        """What waited for what on the device."""
        return waits_of(self.trace, self.device, self.streams)

    @cached_property
    def gap_floor_ns(self) -> int:
        """Longest gap between kernels of one stream that is not idleness."""
        return gap_floor_ns(self.trace.meta)

    @cached_property
    def opaque(self) -> Intervals:
        """Times in which a graph traced as one row ran: kernels may have run there, and nothing says when."""
        rows = self.device.graphs
        if self.complete or not len(rows):
            return Intervals.empty()
        return union(self.trace.ts[rows], ends(self.trace, rows))

    @property
    def has_opaque(self) -> bool:
        """Whether there are such times anywhere in the whole trace."""
        return bool(len(self.opaque)) if self.whole is None else self.whole.graph_ns > 0

    @cached_property
    def in_default_stream(self) -> Bool:
        """Whether each of the copies runs in the legacy default stream; of merged traces, each process has its own."""
        stream, pid = self.copies.stream, self.trace["pid"][self.copies.rows]
        told = self.trace.meta.get("default_streams_of")
        if told is None:
            return np.isin(stream, default_streams(self.trace))
        found = np.zeros(len(stream), np.bool_)
        for process, streams in told.items():
            found |= (pid == int(process)) & np.isin(stream, streams)
        return found

    @cached_property
    def parts(self) -> Parts:
        """How many requests and chunks there are."""
        return Parts(self._count("requests", "request"), self._count("chunks", "chunk"))

    def _count(self, key: str, column: str) -> int | None:
        told = self.trace.meta.get(key)
        if told is not None:
            return int(told)
        if self.whole is not None:
            count = self.whole.requests if column == "request" else self.whole.chunks
        else:
            values = self.trace[column][self.device.work]
            count = len(np.unique(values[values != MISSING]))
        return count or (1 if self.complete else None)
