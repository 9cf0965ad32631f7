"""Small traces: two GPUs, communication kernels, host calls, and names that no one would choose."""

from __future__ import annotations

from random import Random

from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import Category, EdgeKind, Engine, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.tables import Trace, Track

#: Markup, right-to-left override, emoji, an escape sequence, and 4,000 letters.
HOSTILE = "<b>bold</b>\u202e\U0001f525\x1b[31m&amp;" + "x" * 4000

_US = 1000


def _stream(device: int, number: int) -> Track:
    name = f"stream {number}"
    return Track(TrackKind.STREAM, name, pid=1, device=device, context=1 + device, stream=number)


class Pen:
    """Adds kernels and copies at µs."""

    def __init__(self) -> None:
        self.builder = TraceBuilder()
        self.builder.meta["gpus"] = {"0": {"name": "GPU zero"}, "1": {"name": "GPU one"}}
        self._host = Track(TrackKind.THREAD, "main", pid=1, tid=1)

    def kernel(self, start: int, end: int, name: str = "kernel", *, device: int = 0, stream: int = 1) -> int:
        return self.add(Category.KERNEL, start, end, name, device, stream, engine=Engine.COMPUTE)

    def htod(self, start: int, end: int, *, device: int = 0, stream: int = 2) -> int:
        kinds = {"memcpy_kind": MemcpyKind.HTOD, "src_kind": MemoryKind.PINNED, "dst_kind": MemoryKind.DEVICE}
        size = {"size_bytes": 25 * (end - start) * _US}
        return self.add(Category.MEMCPY, start, end, "HtoD", device, stream, engine=Engine.HTOD, **kinds, **size)

    def call(self, start: int, end: int, name: str, row: int) -> int:
        """A host call that starts a row."""
        made = self.builder.add(
            ts=start * _US, dur=(end - start) * _US, category=Category.RUNTIME, name=name, track=self._host, pid=1
        )
        self.builder.add_edge(made, row, EdgeKind.LAUNCH)
        return made

    def add(self, category: Category, start: int, end: int, name: str, device: int, stream: int, **columns: int) -> int:
        return self.builder.add(
            ts=start * _US,
            dur=(end - start) * _US,
            category=category,
            name=name,
            track=_stream(device, stream),
            pid=1,
            device=device,
            context=1 + device,
            stream=stream,
            args='{"grid": [49, 1, 1], "block": [256, 1, 1]}' if category is Category.KERNEL else "",
            **columns,
        )


def two_gpus() -> Trace:
    """The first GPU hides half of its copy, the second none of two."""
    pen = Pen()
    pen.htod(0, 100)
    pen.kernel(50, 200)
    pen.htod(10, 50, device=1)
    pen.htod(60, 70, device=1)
    pen.kernel(80, 100, device=1)
    return pen.builder.build()


def with_communication() -> Trace:
    """A copy that only a communication kernel hides."""
    pen = Pen()
    pen.htod(0, 100)
    pen.kernel(0, 80, "ncclDevKernel_AllReduce")
    pen.kernel(110, 200)
    return pen.builder.build()


def host_only() -> Trace:
    """A call that starts nothing."""
    pen = Pen()
    pen.builder.add(ts=0, dur=_US, category=Category.RUNTIME, name="cudaMalloc", track=Track(TrackKind.THREAD, "main"))
    return pen.builder.build()


def with_graph() -> Trace:
    """A copy, and a graph that was traced whole."""
    pen = Pen()
    pen.htod(0, 100)
    pen.kernel(100, 110)
    pen.add(Category.GRAPH, 120, 200, "graph", 0, 1, engine=Engine.COMPUTE)
    return pen.builder.build()


def launched() -> Trace:
    """Row 0: a copy; rows 1 to 4: kernels of one name, each after the other; 5: their hostile sister; then calls."""
    pen = Pen()
    copy = pen.htod(10, 60)
    kernels = [
        pen.kernel(start, start + length, "conv") for start, length in ((70, 10), (90, 20), (120, 40), (170, 80))
    ]
    odd = pen.kernel(260, 300, HOSTILE)
    pen.builder.add_edge(copy, kernels[0], EdgeKind.EVENT)
    pen.call(0, 5, "cudaMemcpyAsync", copy)
    for place, row in enumerate(kernels):
        pen.call(5 + 4 * place, 8 + 4 * place, "cudaLaunchKernel", row)
    pen.call(30, 33, "cudaLaunchKernel", odd)
    return pen.builder.build()


def many(count: int = 5000) -> Trace:
    """Slices of twenty names, four lanes, durations over three powers of ten, and one that never ended."""
    pen = Pen()
    random = Random(7)
    time = 0
    for number in range(count - 1):
        length = round(10 ** random.uniform(0, 3))
        pen.kernel(time, time + length, f"kernel_{number % 20:02}", stream=1 + number % 4)
        time += random.randint(1, 30)
    pen.builder.add(ts=time * _US, dur=-1, category=Category.MARKER, name=HOSTILE, track=_stream(0, 1), pid=1)
    return pen.builder.build()
