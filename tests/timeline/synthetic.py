"""Traces of small pipelines, scheduled by hand, for tests of drawings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from profiler.trace.schema import COLUMNS, Category, Engine, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.tables import Trace, Track

US = 1_000


class Rows:
    """Collects slices as keyword rows and makes the trace."""

    def __init__(self) -> None:
        self.rows: list[dict[str, int]] = []
        self.names: list[str] = []
        self.tracks: list[Track] = []

    def add(self, name: str, track: Track, ts: int, dur: int, category: Category, **more: int) -> int:
        if name not in self.names:
            self.names.append(name)
        if track not in self.tracks:
            self.tracks.append(track)
        numbers = {"name": self.names.index(name), "track": self.tracks.index(track)}
        self.rows.append({"ts": ts, "dur": dur, "category": category, **numbers, **more})
        return len(self.rows) - 1

    def trace(self, **meta: Any) -> Trace:
        used = sorted({column for row in self.rows for column in row})
        columns = {
            column: np.array([row.get(column, COLUMNS[column][1]) for row in self.rows], COLUMNS[column][0])
            for column in used
        }
        return Trace(columns, names=self.names, tracks=self.tracks, meta=meta)


def pipeline(
    *,
    chunks: int = 8,
    streams: int = 4,
    htod_us: int = 120,
    kernels_us: Sequence[int] = (60, 90, 40),
    dtoh_us: int = 30,
    call_us: int = 5,
    copy_engines: int = 2,
    names: Sequence[str] = ("conv1x1<float, 64>", "conv3x3<float, 256>", "relu"),
) -> Trace:
    """Chunks over streams in turn, depth first: one kernel at a time, and one copy a direction or one in all."""
    rows = Rows()
    host, thread = 0, Track(TrackKind.THREAD, "issue thread", pid=1, tid=1)
    free = dict.fromkeys(Engine, 0)
    ready = [0] * streams
    for chunk in range(chunks):
        stream = chunk % streams
        track = Track(TrackKind.STREAM, f"stream {stream}", pid=1, device=0, stream=stream)
        work = [("HtoD", Engine.HTOD, htod_us, Category.MEMCPY)]
        work += [(names[i % len(names)], Engine.COMPUTE, us, Category.KERNEL) for i, us in enumerate(kernels_us)]
        work += [("DtoH", Engine.DTOH, dtoh_us, Category.MEMCPY)]
        for name, engine, us, category in work:
            if copy_engines == 1 and engine != Engine.COMPUTE:
                engine = Engine.COPY
            call = "cuLaunchKernel" if category == Category.KERNEL else "cuMemcpyAsync"
            rows.add(call, thread, host, call_us * US, Category.RUNTIME, correlation_id=len(rows.rows), pid=1)
            host += call_us * US
            queued = max(host, ready[stream])
            start = max(queued, free[engine])
            more: dict[str, int] = {}
            if category == Category.MEMCPY:
                up = name == "HtoD"
                more = {"memcpy_kind": MemcpyKind.HTOD if up else MemcpyKind.DTOH, "size_bytes": us * 25_000}
                more |= {("src_kind" if up else "dst_kind"): MemoryKind.PINNED}
            rows.add(
                name, track, start, us * US, category, device=0, stream=stream, engine=engine, queued_ns=queued,
                pid=1, request=0, chunk=chunk, **more,
            )  # fmt: skip
            free[engine] = ready[stream] = start + us * US
    end = max(ready)
    rows.add("cuStreamSynchronize", Track(TrackKind.SYNC, "waits", pid=1), host, end - host, Category.SYNC, pid=1)
    rows.add("request 0", Track(TrackKind.NVTX, "requests", pid=1), 0, end, Category.MARKER, pid=1)
    return rows.trace(gpus={"0": {"name": "Simulated GPU"}}, complete=True)


def batch_one() -> Trace:
    """One request, one sample: nothing can be hidden."""
    return pipeline(chunks=1, streams=1, htod_us=26, kernels_us=(20, 30, 25), dtoh_us=4)


def random_trace(seed: int, *, size: int, tracks: int = 3, disjoint: bool = False, span: int = 1_000_000) -> Trace:
    """Slices of every kind at random; with ``disjoint`` those of a stream follow each other, else they may overlap."""
    rng = np.random.default_rng(seed)
    stream = rng.integers(0, tracks, size)
    dur = rng.integers(0, max(2 * span // max(size, 1), 2), size)
    dur[rng.random(size) < 0.05] *= 30
    ts = np.sort(rng.integers(0, span, size))
    if disjoint:
        for number in range(tracks):
            mine = np.flatnonzero(stream == number)
            gaps = rng.integers(0, 50, len(mine))
            ts[mine] = np.cumsum(dur[mine] + gaps) - dur[mine]
    category = rng.choice(
        [Category.KERNEL, Category.MEMCPY, Category.MEMSET, Category.GRAPH], size, p=[0.6, 0.3, 0.05, 0.05]
    )
    kind = np.where(category == Category.MEMCPY, rng.choice([1, 2, 8], size), 0)
    ts += 1_000
    columns = {
        "ts": ts, "dur": dur, "category": category.astype(np.uint8), "memcpy_kind": kind.astype(np.uint8),
        "name": rng.integers(0, 3, size).astype(np.int32), "stream": stream, "device": np.zeros(size, np.int32),
        "queued_ns": ts - rng.integers(0, 40, size),
    }  # fmt: skip
    return Trace(columns, names=["first kernel", "a::second<int>(float)", "x"])
