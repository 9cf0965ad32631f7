"""A synthetic GPU timeline for benchmarks: the same for the same size and seed.

Sixteen lanes: eight GPU streams and eight host threads. Slices of a lane are sorted and do not overlap; 97 in a hundred
last 2 to 50 us, the others 50 us to 2 ms (both evenly in the logarithm). They come in bursts of about 400, a few
microseconds apart, with idle time between the bursts so that every lane is equally long, five seconds at least.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import Category, MemcpyKind, TrackKind
from profiler.trace.tables import Trace, Track

STREAMS = 8
THREADS = 8
SHORTEST_RUN_NS = 5_000_000_000
BURST = 400

#: What runs on a stream and on a thread: share, category, copy kind, the profiler's word, and the names.
_DEVICE = (
    (0.50, Category.KERNEL, MemcpyKind.NONE, "kernel", [f"sgemm_{n}x64_tn" for n in range(40)]),
    (0.30, Category.KERNEL, MemcpyKind.NONE, "kernel", [f"elementwise_kernel<{n}>" for n in range(90)]),
    (
        0.06,
        Category.KERNEL,
        MemcpyKind.NONE,
        "kernel",
        [f"ncclDevKernel_AllReduce_Sum_f32_RING_LL_{n}" for n in range(8)],
    ),
    (0.05, Category.MEMCPY, MemcpyKind.HTOD, "gpu_memcpy", ["Memcpy HtoD (Pinned -> Device)"]),
    (0.05, Category.MEMCPY, MemcpyKind.DTOH, "gpu_memcpy", ["Memcpy DtoH (Device -> Pinned)"]),
    (0.04, Category.MEMSET, MemcpyKind.NONE, "gpu_memset", ["Memset (Device)"]),
)
_HOST = (
    (0.55, Category.MARKER, MemcpyKind.NONE, "cpu_op", [f"aten::op_{n}" for n in range(120)]),
    (0.45, Category.RUNTIME, MemcpyKind.NONE, "cuda_runtime", ["cudaLaunchKernel", "cudaMemcpyAsync"]),
)
_KINDS = (*_DEVICE, *_HOST)

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Spans:
    """Slices in lane order. ``kind`` numbers `_KINDS`, ``name`` numbers ``names``."""

    lane: Int64
    start: Int64
    dur: Int64
    kind: Int64
    name: Int64
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.start)

    @cached_property
    def correlation(self) -> Int64:
        """The n-th slice of a stream belongs to the n-th slice of the thread of the same number."""
        first = np.searchsorted(self.lane, self.lane)
        return (np.arange(len(self)) - first) * STREAMS + self.lane % STREAMS + 1


def make_spans(count: int, *, seed: int = 1) -> Spans:
    """``count`` slices over all lanes."""
    random = np.random.default_rng(seed)
    lanes = STREAMS + THREADS
    sizes = [count // lanes + (lane < count % lanes) for lane in range(lanes)]
    durations = [_durations(random, size) for size in sizes]
    pauses = [random.integers(500, 5_000, size) for size in sizes]
    busy = [int(dur.sum() + pause.sum()) for dur, pause in zip(durations, pauses, strict=True)]
    length = max(SHORTEST_RUN_NS, int(1.4 * max(busy)))
    starts = [
        _starts(random, dur, pause, length - total) for dur, pause, total in zip(durations, pauses, busy, strict=True)
    ]
    lane = np.repeat(np.arange(lanes), sizes)
    kind, name, names = _described(random, lane < STREAMS)
    return Spans(lane, np.concatenate(starts), np.concatenate(durations), kind, name, names)


def as_trace(spans: Spans) -> Trace:
    """The slices as an imported trace: rows lane by lane, in the order of a reader that keeps tracks together."""
    category = np.array([kind[1] for kind in _KINDS], np.uint8)[spans.kind]
    on_device = spans.lane < STREAMS
    missing = np.int64(-1)
    columns = {
        "ts": spans.start,
        "dur": spans.dur,
        "category": category,
        "name": spans.name.astype(np.int32),
        "track": spans.lane.astype(np.int32),
        "correlation_id": spans.correlation,
        "pid": np.full(len(spans), 1, np.int64),
        "memcpy_kind": np.array([kind[2] for kind in _KINDS], np.uint8)[spans.kind],
        "device": np.where(on_device, 0, missing).astype(np.int32),
        "context": np.where(on_device, 1, missing),
        "stream": np.where(on_device, 7 + spans.lane, missing),
    }
    tracks = [Track(TrackKind.STREAM, f"stream {7 + n}", 1, -1, 0, 1, 7 + n) for n in range(STREAMS)]
    tracks += [Track(TrackKind.THREAD, f"thread {n}", 1, n) for n in range(THREADS)]
    return Trace(columns, names=spans.names, tracks=tracks, meta={"format": "kineto", "default_streams": []})


def write_profiler_json(spans: Spans, path: Path, *, base_us: int = 0, arguments: bool = True) -> None:
    """The slices as PyTorch's profiler writes them: microseconds with three decimals from ``base_us``, by start.

    Without ``arguments`` the events hold what is drawn and nothing more, for readers that run out of memory.
    """
    order = np.argsort(spans.start, kind="stable")
    head = {
        "schemaVersion": 1,
        "deviceProperties": [{"id": 0, "name": "Synthetic"}],
        "distributedInfo": {"backend": "nccl", "rank": 0, "world_size": 1},
    }
    with path.open("w", encoding="utf-8", buffering=1 << 22) as file:
        file.write(json.dumps(head)[:-1] + ', "traceEvents": [\n')
        for place, chunk in enumerate(np.array_split(order, max(1, len(order) // 100_000))):
            file.write((",\n" if place else "") + ",\n".join(_events(spans, chunk, base_us, arguments)))
        file.write("\n]}\n")


def _durations(random: np.random.Generator, size: int) -> Int64:
    length = np.exp(random.uniform(np.log(2e3), np.log(5e4), size))
    long = random.random(size) < 0.03
    length[long] = np.exp(random.uniform(np.log(5e4), np.log(2e6), int(long.sum())))
    return length.astype(np.int64)


def _starts(random: np.random.Generator, dur: Int64, pause: Int64, spare: int) -> Int64:
    """Starts of a lane: each slice after the one before it and its pause, the spare time shared among the bursts."""
    bursts = max(1, len(dur) // BURST)
    share = random.exponential(1.0, bursts) ** 1.5
    before = pause.copy()
    if len(dur):
        first = np.sort(random.choice(len(dur), bursts, replace=False))
        before[first] += (share / share.sum() * spare).astype(np.int64)
    return np.cumsum(before + dur) - dur


def _described(random: np.random.Generator, on_device: npt.NDArray[np.bool_]) -> tuple[Int64, Int64, tuple[str, ...]]:
    """Kind and name of each slice; few names are used often."""
    share = np.array([kind[0] for kind in _KINDS])
    kind = np.where(
        on_device,
        random.choice(len(_DEVICE), len(on_device), p=share[: len(_DEVICE)]),
        random.choice(np.arange(len(_DEVICE), len(_KINDS)), len(on_device), p=share[len(_DEVICE) :]),
    )
    sizes = np.array([len(one[4]) for one in _KINDS])
    first = np.cumsum(sizes) - sizes
    name = first[kind] + np.minimum(random.zipf(1.5, len(kind)) - 1, sizes[kind] - 1)
    return kind, name, tuple(name for one in _KINDS for name in one[4])


def _events(spans: Spans, rows: Int64, base_us: int, arguments: bool) -> Iterator[str]:
    correlation = spans.correlation[rows].tolist()
    columns = [column[rows].tolist() for column in (spans.lane, spans.start, spans.dur, spans.kind, spans.name)]
    for lane, start, dur, kind, name, number in zip(*columns, correlation, strict=True):
        device = lane < STREAMS
        args = f'"device":0,"context":1,"stream":{7 + lane},' if device else f'"External id":{number},'
        place = f'"pid":0,"tid":{7 + lane}' if device else f'"pid":100,"tid":{lane}'
        more = f',"args":{{{args}"correlation":{number}}}' if arguments else ""
        yield (
            f'{{"ph":"X","cat":"{_KINDS[kind][3]}","name":"{spans.names[name]}",{place},'
            f'"ts":{_us(1000 * base_us + start)},"dur":{_us(dur)}{more}}}'
        )


def _us(ns: int) -> str:
    return f"{ns // 1000}.{ns % 1000:03d}"
