"""Longer random traces than hypothesis makes, from a seed: several devices, streams, threads and their calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from profiler.trace.schema import COLUMNS, Category, Engine, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.tables import Trace, Track

PID = 1
DEVICES = 2
STREAMS = 3
THREADS = 2

TRACKS = (
    *(
        Track(TrackKind.STREAM, f"stream {s}", pid=PID, device=d, context=1, stream=s)
        for d in range(DEVICES)
        for s in range(STREAMS)
    ),
    *(Track(TrackKind.THREAD, f"thread {n}", pid=PID, tid=n) for n in range(THREADS)),
    Track(TrackKind.SYNC, "waits", pid=PID),
)
_THREAD = DEVICES * STREAMS
_NAMES = ("gemm", "ncclAllReduce", "copy", "memset", "cudaLaunchKernel", "cudaStreamSynchronize", "step", "graph", "w")
_KINDS = np.array([0.5, 0.18, 0.18, 0.05, 0.03, 0.06])


def random_trace(seed: int, *, size: int = 150, length: int = 4_000_000, **meta: Any) -> Trace:
    """Device work, most of it with a call, and what threads do meanwhile, in no order."""
    random = np.random.default_rng(seed)
    rows: list[dict[str, int]] = []
    for number in range(size):
        row = _work(random, length)
        rows.append(row)
        if random.random() < 0.7:
            row["correlation_id"] = number
            rows.append(_call(random, row))
    rows += [_wait(random, length) for _ in range(size // 8)]
    rows += [
        {"ts": int(random.integers(0, length)), "dur": int(random.integers(0, length)), "category": Category.MARKER,
         "name": 6, "track": _THREAD}
        for _ in range(3)
    ]  # fmt: skip
    order = random.permutation(len(rows))
    columns = {
        name: np.array([rows[place].get(name, int(missing)) for place in order], dtype)
        for name, (dtype, missing) in COLUMNS.items()
    }
    columns["pid"] = np.full(len(rows), PID, np.int64)
    return Trace(columns, names=_NAMES, tracks=TRACKS, meta=meta)


def _work(random: np.random.Generator, length: int) -> dict[str, int]:
    device, stream = int(random.integers(DEVICES)), int(random.integers(-1, STREAMS))
    kind = int(random.choice(len(_KINDS), p=_KINDS))
    size = int(random.choice([0, 2_000, 20_000, 60_000, 400_000], p=[0.05, 0.3, 0.45, 0.17, 0.03]))
    row = {
        "ts": int(random.integers(0, length // 5_000)) * 5_000,
        "dur": size,
        "track": device * STREAMS + max(stream, 0),
        "device": device,
        "context": 1,
        "stream": stream,
    }
    memory = int(random.choice([MemoryKind.PINNED, MemoryKind.PINNED, MemoryKind.PINNED, MemoryKind.PAGEABLE]))
    engine = int(random.choice([Engine.NONE, Engine.NONE, Engine.COPY]))
    if kind == 0:
        return {**row, "category": Category.KERNEL, "name": int(random.integers(2))}
    if kind in (1, 2):
        direction = MemcpyKind.HTOD if kind == 1 else MemcpyKind.DTOH
        copy = {"memcpy_kind": direction, "src_kind": memory, "dst_kind": memory, "engine": engine, "size_bytes": size}
        return {**row, "category": Category.MEMCPY, "name": 2, **copy}
    category = (Category.MEMSET, Category.GRAPH, Category.MEMCPY)[kind - 3]
    return {**row, "category": category, "name": (3, 7, 2)[kind - 3], "memcpy_kind": (0, 0, MemcpyKind.DTOD)[kind - 3]}


def _call(random: np.random.Generator, row: dict[str, int]) -> dict[str, int]:
    early = int(random.choice([0, 3_000, 15_000, 25_000, 300_000]))
    if random.random() < 0.2:
        row["queued_ns"] = row["ts"] - early // 2
    return {
        "ts": max(row["ts"] - early, 0),
        "dur": 2_000,
        "category": Category.RUNTIME,
        "name": 4,
        "track": _THREAD + int(random.integers(THREADS)),
        "correlation_id": row["correlation_id"],
    }


def _wait(random: np.random.Generator, length: int) -> dict[str, int]:
    slice_of_time = {"ts": int(random.integers(0, length)), "dur": int(random.integers(0, 200_000))}
    if random.random() < 0.5:
        return {**slice_of_time, "category": Category.SYNC, "name": 8, "track": _THREAD + THREADS}
    return {
        **slice_of_time,
        "category": Category.RUNTIME,
        "name": 5,
        "track": _THREAD + int(random.integers(THREADS)),
    }
