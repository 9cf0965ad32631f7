"""Hand-made and random timelines as traces."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from profiler.analysis.overlap import analyze_devices
from profiler.trace.schema import COLUMNS, Category, EdgeKind, Engine, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.tables import Edges, Trace, Track

PID = 1

#: Tracks: ten streams, then four host threads, then one that is neither.
TRACKS = (
    *(Track(TrackKind.STREAM, f"stream {n}", pid=PID, device=0, context=1, stream=n) for n in range(10)),
    *(Track(TrackKind.THREAD, f"thread {n}", pid=PID, tid=n) for n in range(4)),
    Track(TrackKind.SYNC, "waits", pid=PID),
)
THREAD = 10
WAITS = 14


@dataclass
class Timeline:
    """Rows in the making. Every method that adds one gives its number back."""

    rows: list[dict[str, int]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    edges: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, category: Category, start: int, end: int, name: str, **values: int) -> int:
        if name not in self.names:
            self.names.append(name)
        row = {"ts": start, "dur": end - start, "category": category, "name": self.names.index(name), "pid": PID}
        self.rows.append({**{key: int(missing) for key, (_, missing) in COLUMNS.items()}, **row, **values})
        return len(self.rows) - 1

    def kernel(self, start: int, end: int, *, stream: int = 1, name: str = "kernel", **values: int) -> int:
        return self._device(Category.KERNEL, start, end, name, stream, values)

    def htod(self, start: int, end: int, *, stream: int = 2, **values: int) -> int:
        kinds = {"memcpy_kind": MemcpyKind.HTOD, "src_kind": MemoryKind.PINNED, "dst_kind": MemoryKind.DEVICE}
        return self._device(Category.MEMCPY, start, end, "HtoD", stream, {**kinds, **values})

    def dtoh(self, start: int, end: int, *, stream: int = 3, **values: int) -> int:
        kinds = {"memcpy_kind": MemcpyKind.DTOH, "src_kind": MemoryKind.DEVICE, "dst_kind": MemoryKind.PINNED}
        return self._device(Category.MEMCPY, start, end, "DtoH", stream, {**kinds, **values})

    def copy(self, kind: MemcpyKind, start: int, end: int, *, stream: int = 2, **values: int) -> int:
        return self._device(Category.MEMCPY, start, end, kind.name, stream, {"memcpy_kind": kind, **values})

    def memset(self, start: int, end: int, *, stream: int = 1, **values: int) -> int:
        return self._device(Category.MEMSET, start, end, "memset", stream, values)

    def stage(self, start: int, end: int, **values: int) -> int:
        return self.add(Category.STAGE, start, end, "compute", track=1, device=0, **values)

    def graph(self, start: int, end: int, *, stream: int = 1, **values: int) -> int:
        return self._device(Category.GRAPH, start, end, "graph", stream, values)

    def call(self, row: int, start: int, end: int, *, thread: int = 0, name: str = "cuLaunchKernel") -> int:
        """The host call of a device row, joined by correlation id."""
        call = self.host(start, end, thread=thread, name=name, request=self.rows[row]["request"])
        self.rows[row]["correlation_id"] = self.rows[call]["correlation_id"] = row + 1
        return call

    def host(self, start: int, end: int, *, thread: int = 0, name: str = "cuLaunchKernel", **values: int) -> int:
        return self.add(Category.DRIVER, start, end, name, track=THREAD + thread, **values)

    def sync(self, start: int, end: int, *, thread: int = 0, name: str = "cuStreamSynchronize", **values: int) -> int:
        return self.add(Category.SYNC, start, end, name, track=THREAD + thread, **values)

    def edge(self, source: int, target: int, kind: EdgeKind = EdgeKind.EVENT) -> None:
        self.edges.append((source, target, kind))

    def trace(self, **meta: Any) -> Trace:
        return build(self.rows, self.names, self.edges, meta)

    def shuffled(self, order: list[int], **meta: Any) -> Trace:
        """The same rows in another order, edges following."""
        place = {row: number for number, row in enumerate(order)}
        edges = [(place[source], place[target], kind) for source, target, kind in self.edges]
        return build([self.rows[row] for row in order], self.names, edges, meta)

    def shifted(self, by: int, **meta: Any) -> Trace:
        """The same timeline at another time."""
        known = COLUMNS["queued_ns"][1]
        rows = [
            {**row, "ts": row["ts"] + by, "queued_ns": known if row["queued_ns"] == known else row["queued_ns"] + by}
            for row in self.rows
        ]
        return build(rows, self.names, self.edges, meta)

    def _device(self, category: Category, start: int, end: int, name: str, stream: int, values: dict[str, int]) -> int:
        place = {"track": max(stream, 0), "device": 0, "context": 1, "stream": stream}
        return self.add(category, start, end, name, **{**place, **values})


def build(
    rows: list[dict[str, int]], names: list[str], edges: list[tuple[int, int, int]], meta: dict[str, Any]
) -> Trace:
    columns = {key: np.array([row[key] for row in rows], dtype) for key, (dtype, _) in COLUMNS.items()}
    table = np.array(edges, np.int64).reshape(-1, 3)
    return Trace(
        columns,
        names=names,
        tracks=TRACKS,
        edges=Edges(table[:, 0], table[:, 1], table[:, 2].astype(np.uint8)),
        meta=meta,
    )


def causes_of(trace: Trace) -> dict[str, int]:
    """Exposed time by cause of the only device of a trace."""
    (device,) = analyze_devices(trace)
    assert sum(device.causes.values()) == device.exposed_ns
    return dict(device.causes)


def complete(requests: int = 2, chunks: int = 2, **meta: Any) -> dict[str, Any]:
    """Metadata of a capture of our own."""
    made = {"format": "lanescope", "complete": True, "kernel_gap_ns": 0, "default_streams": []}
    return {**made, "requests": requests, "chunks": chunks, **meta}


def spans(longest: int = 60, most: int = 12) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Slices as (start, end), some of length zero."""
    return st.lists(
        st.tuples(st.integers(1, longest), st.integers(0, 12)).map(lambda s: (s[0], s[0] + s[1])), max_size=most
    )


@st.composite
def timelines(draw: st.DrawFn, *, with_edges: bool) -> Timeline:
    """A device with a few streams, its calls, synchronizations and, if asked for, edges that agree with the times."""
    timeline = Timeline()
    for kind in draw(st.lists(st.sampled_from("kkkhhhddmgt"), min_size=1, max_size=14)):
        row = _random_row(draw, timeline, kind)
        if draw(st.integers(0, 3)):
            begin = draw(st.integers(0, timeline.rows[row]["ts"]))
            timeline.call(row, begin, begin + draw(st.integers(0, 3)), thread=draw(st.integers(0, 1)))
            if draw(st.booleans()):
                timeline.rows[row]["queued_ns"] = draw(st.integers(begin, timeline.rows[row]["ts"]))
    for start, end in draw(spans(most=4)):
        timeline.sync(start, end, thread=draw(st.integers(0, 1)))
    for start, end in draw(spans(most=1)):
        timeline.add(Category.SYNC, start, end, "Stream Sync", track=WAITS)
    if with_edges:
        _random_edges(draw, timeline)
    return timeline


def _random_row(draw: st.DrawFn, timeline: Timeline, kind: str) -> int:
    start = draw(st.integers(1, 60))
    end = start + draw(st.integers(0, 15))
    stream = draw(st.integers(-1, 3))
    if kind == "k":
        return timeline.kernel(start, end, stream=stream, name=draw(st.sampled_from(["gemm", "ncclAllReduce"])))
    if kind == "m":
        return timeline.memset(start, end, stream=stream)
    if kind == "g":
        return timeline.graph(start, end, stream=stream)
    if kind == "t":
        return timeline.copy(MemcpyKind.DTOD, start, end, stream=stream)
    memory = draw(st.sampled_from([MemoryKind.PINNED, MemoryKind.PINNED, MemoryKind.PAGEABLE]))
    engine = draw(st.sampled_from([Engine.NONE, Engine.NONE, Engine.COPY]))
    if kind == "h":
        return timeline.htod(start, end, stream=stream, src_kind=memory, engine=engine)
    return timeline.dtoh(start, end, stream=stream, dst_kind=memory, engine=engine)


def _random_edges(draw: st.DrawFn, timeline: Timeline) -> None:
    kinds = (Category.KERNEL, Category.MEMCPY, Category.MEMSET)
    device = [number for number, row in enumerate(timeline.rows) if row["category"] in kinds]
    pairs = [
        (one, other)
        for one in device
        for other in device
        if one != other and timeline.rows[one]["ts"] + timeline.rows[one]["dur"] <= timeline.rows[other]["ts"]
    ]
    if pairs:
        for source, target in draw(st.lists(st.sampled_from(pairs), max_size=10, unique=True)):
            timeline.edge(source, target, draw(st.sampled_from([EdgeKind.STREAM, EdgeKind.EVENT, EdgeKind.BUFFER])))


@st.composite
def pipelines(draw: st.DrawFn) -> Timeline:
    """Copy in, compute, copy out of several chunks on three engines, as a device with a ring of buffers runs them.

    The host calls chunk by chunk, with pauses, some of them synchronizations. A kernel may need another copy than its
    own, so that copies it needs stand in the queue.
    """
    timeline = Timeline()
    chunks, slots = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    shared = draw(st.booleans())
    engine = {"h": Engine.COPY, "d": Engine.COPY} if shared else {"h": Engine.HTOD, "d": Engine.DTOH}
    free = {"h": 1, "k": 1, "d": 1}
    host = 0
    loads: list[int] = []
    results: list[int] = []
    for chunk in range(chunks):
        length = draw(st.tuples(*[st.integers(1, 12)] * 3))
        begun = host = _pause(draw, timeline, host)
        start = max(begun, free["h"], _end(timeline, results[chunk - slots]) if chunk >= slots else 0)
        values = {"queued_ns": begun} if draw(st.booleans()) else {}
        load = timeline.htod(start, start + length[0], stream=chunk, engine=engine["h"], chunk=chunk, **values)
        timeline.call(load, begun, begun + 1)
        loads.append(load)
        if chunk >= slots:
            timeline.edge(results[chunk - slots], load, EdgeKind.BUFFER)
        free["h"] = _end(timeline, load)
        free["d"] = max(free["d"], free["h"]) if shared else free["d"]
        needed = draw(st.sampled_from(loads))
        host = _pause(draw, timeline, host + 1)
        start = max(host + draw(st.integers(0, 2)), free["k"], _end(timeline, needed))
        kernel = timeline.kernel(start, start + length[1], stream=chunk, chunk=chunk)
        timeline.call(kernel, host, host + 1)
        timeline.edge(needed, kernel)
        free["k"] = _end(timeline, kernel) + draw(st.integers(0, 2))
        host = _pause(draw, timeline, host + 1)
        start = max(host, free["d"], _end(timeline, kernel))
        result = timeline.dtoh(start, start + length[2], stream=chunk, engine=engine["d"], chunk=chunk)
        timeline.call(result, host, host + 1)
        timeline.edge(kernel, result, EdgeKind.STREAM)
        results.append(result)
        free["d"] = _end(timeline, result)
        free["h"] = max(free["h"], free["d"]) if shared else free["h"]
    return timeline


def _pause(draw: st.DrawFn, timeline: Timeline, host: int) -> int:
    length = draw(st.sampled_from([0, 0, 3, 9]))
    if length and draw(st.booleans()):
        timeline.sync(host, host + length)
    return host + length


def _end(timeline: Timeline, row: int) -> int:
    return timeline.rows[row]["ts"] + timeline.rows[row]["dur"]
