"""Which rows a plan's trace has: everything about them but their times, which differ from repeat to repeat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.plan.dependencies import Dependency
from profiler.plan.model import (
    CopyKind,
    GraphLaunch,
    HostSync,
    Launch,
    Memcpy,
    Memory,
    Plan,
    RangePop,
    RangePush,
    RecordEvent,
    Step,
    StreamStep,
    StreamWait,
)
from profiler.trace.schema import COLUMNS, MISSING, Category, EdgeKind, Engine, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.tables import Edges, Track

Int64 = npt.NDArray[np.int64]

#: Everything Lanescope runs itself is one process; the number only has to be the same everywhere.
PID = 1

_CALL_NAME = {
    Launch: "cuLaunchKernel",
    RecordEvent: "cuEventRecord",
    StreamWait: "cuStreamWaitEvent",
    GraphLaunch: "cuGraphLaunch",
}
_COPY_CALL = {
    CopyKind.HTOD: "cuMemcpyHtoDAsync",
    CopyKind.DTOH: "cuMemcpyDtoHAsync",
    CopyKind.DTOD: "cuMemcpyDtoDAsync",
}
_COPY_NAME = {CopyKind.HTOD: "HtoD", CopyKind.DTOH: "DtoH", CopyKind.DTOD: "DtoD"}
_MEMORY = {
    Memory.DEVICE: MemoryKind.DEVICE,
    Memory.PINNED: MemoryKind.PINNED,
    Memory.MAPPED: MemoryKind.PINNED,
    Memory.PAGEABLE: MemoryKind.PAGEABLE,
}
_EDGE = {"stream": EdgeKind.STREAM, "data": EdgeKind.EVENT, "order": EdgeKind.EVENT, "buffer": EdgeKind.BUFFER}

#: Columns of a `_Row`, the times left out.
_FIXED = (
    "category", "name", "track", "correlation_id", "size_bytes", "memcpy_kind", "src_kind", "dst_kind", "device",
    "context", "stream", "engine", "request", "chunk",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of every repeat in which the same steps have times.

    Attributes
    ----------
    columns : dict of str to array
        All of `COLUMNS` but ``ts``, ``dur`` and ``queued_ns``.
    names, tracks, edges
        As in `Trace`.
    host : (rows, steps)
        Rows of host calls, and their steps.
    device : (rows, steps)
        Rows of copies and kernels, and their steps.
    ranges : (rows, steps, steps)
        Rows of ranges, and the steps that open and close them.
    """

    columns: dict[str, npt.NDArray[np.integer]]
    names: tuple[str, ...]
    tracks: tuple[Track, ...]
    edges: Edges
    host: tuple[Int64, Int64]
    device: tuple[Int64, Int64]
    ranges: tuple[Int64, Int64, Int64]

    def __len__(self) -> int:
        return len(self.columns["name"])


def rows_of(
    plan: Plan, engine: npt.NDArray[np.int8], called: Iterable[bool], ran: Iterable[bool], waits: Iterable[Dependency]
) -> Rows:
    """The rows of a plan's trace, in the order of its steps; a step's call stands before its work.

    Parameters
    ----------
    plan : Plan
    engine : int8, shape (steps,)
        What served each step.
    called, ran : iterable of bool
        Whether each step has a host call, and times on the device.
    waits : iterable of Dependency
        `profiler.plan.dependencies.dependencies` of the plan.
    """
    maker = _Maker(plan)
    for index, (step, has_call, has_run, unit) in enumerate(zip(plan.steps, called, ran, engine.tolist(), strict=True)):
        if has_call:
            maker.add_host(index, step)
        if has_run:
            if isinstance(step, Memcpy):
                maker.add_copy(index, step, unit)
            elif isinstance(step, Launch):
                maker.add_kernel(index, step, unit)
    return maker.finish(waits)


class _Maker:
    """Rows as tuples in the order of `_FIXED`; a run has thousands of rows, and most of them differ in few columns."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._threads = max((step.thread for step in plan.steps), default=0) + 1
        self._rows: list[tuple[int, ...]] = []
        self._names: dict[str, int] = {}
        self._host: dict[int, int] = {}
        self._device: dict[int, int] = {}
        self._open: dict[int, list[int]] = {}
        self._ranges: dict[int, list[int]] = {}

    def add_host(self, index: int, step: Step) -> None:
        """The host call of a step: a driver slice, a wait, or one end of a range."""
        if isinstance(step, RangePop):
            self._ranges[self._open[step.thread].pop()][1] = index
            return
        streams = len(self._plan.streams)
        row = len(self._rows)
        if isinstance(step, RangePush):
            self._open.setdefault(step.thread, []).append(row)
            self._ranges[row] = [index, index]
            track = streams + self._threads + step.thread
            self._add(step, Category.MARKER, step.name, track, MISSING, stream=MISSING)
            return
        stream = step.stream if isinstance(step, HostSync | StreamStep) else None
        category = Category.SYNC if isinstance(step, HostSync) else Category.DRIVER
        self._host[index] = row
        self._add(
            step,
            category,
            _call_name(step),
            streams + step.thread,
            index + 1,
            stream=MISSING if stream is None else stream,
        )

    def add_copy(self, index: int, step: Memcpy, engine: int) -> None:
        """A copy on the device."""
        source, target = (int(_MEMORY[self._plan.buffers[buffer].memory]) for buffer in (step.src, step.dst))
        kind = int(MemcpyKind(int(step.kind)))
        self._on_device(
            index, step, Category.MEMCPY, _COPY_NAME[step.kind], engine, (step.size_bytes, kind, source, target)
        )

    def add_kernel(self, index: int, step: Launch, engine: int) -> None:
        """A kernel; its size is what it moves over the link itself."""
        mapped = step.mapped_read_bytes + step.mapped_write_bytes
        self._on_device(index, step, Category.KERNEL, step.kernel.name, engine, (mapped or MISSING, 0, 0, 0))

    def finish(self, waits: Iterable[Dependency]) -> Rows:
        """All rows added, each host call joined to what it started."""
        table = np.array(self._rows, np.int64).reshape(-1, len(_FIXED)).T
        columns: dict[str, npt.NDArray[np.integer]] = {
            name: values.astype(COLUMNS[name][0]) for name, values in zip(_FIXED, table, strict=True)
        }
        size = len(self._rows)
        columns["pid"] = np.full(size, PID, np.int64)
        columns["source_category"] = np.full(size, MISSING, np.int32)
        ranges = np.array([(row, *steps) for row, steps in self._ranges.items()], np.int64).reshape(-1, 3)
        return Rows(
            columns=columns,
            names=tuple(self._names),
            tracks=self._tracks(),
            edges=self._edges(waits),
            host=_pairs(self._host),
            device=_pairs(self._device),
            ranges=(ranges[:, 0], ranges[:, 1], ranges[:, 2]),
        )

    def _on_device(
        self,
        index: int,
        step: Memcpy | Launch,
        category: Category,
        name: str,
        engine: int,
        moved: tuple[int, int, int, int],
    ) -> None:
        self._device[index] = len(self._rows)
        started_by = step.graph if step.graph >= 0 else index
        self._add(step, category, name, step.stream, started_by + 1, moved, (0, 1), step.stream, engine)

    def _add(
        self, step: Step, category: Category, name: str, track: int, correlation: int,
        moved: tuple[int, int, int, int] = (MISSING, 0, 0, 0), place: tuple[int, int] = (MISSING, MISSING),
        stream: int = MISSING, engine: int = Engine.NONE,
    ) -> None:  # fmt: skip
        number = self._names.setdefault(name, len(self._names))
        self._rows.append(
            (category, number, track, correlation, *moved, *place, stream, engine, step.request, step.chunk)
        )

    def _edges(self, waits: Iterable[Dependency]) -> Edges:
        device = self._device
        found = [
            (device[source], device[target], _EDGE[why])
            for source, target, why in waits
            if source in device and target in device
        ]
        for index, row in device.items():
            graph = self._plan.steps[index].graph
            caller = self._host.get(graph if graph >= 0 else index)
            if caller is not None:
                found.append((caller, row, EdgeKind.LAUNCH))
        table = np.array(found, np.int64).reshape(-1, 3)
        return Edges(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].astype(np.uint8))

    def _tracks(self) -> tuple[Track, ...]:
        threads = range(self._threads)
        return (
            *(
                Track(TrackKind.STREAM, spec.name, pid=PID, device=0, context=1, stream=number)
                for number, spec in enumerate(self._plan.streams)
            ),
            *(Track(TrackKind.THREAD, f"issue thread {thread}", pid=PID, tid=thread) for thread in threads),
            *(Track(TrackKind.NVTX, f"NVTX thread {thread}", pid=PID, tid=thread) for thread in threads),
        )


def _pairs(row_of_step: dict[int, int]) -> tuple[Int64, Int64]:
    return np.array(list(row_of_step.values()), np.int64), np.array(list(row_of_step), np.int64)


def _call_name(step: Step) -> str:
    if isinstance(step, Memcpy):
        return _COPY_CALL[step.kind]
    if isinstance(step, HostSync):
        if step.event is not None:
            return "cuEventSynchronize"
        return "cuCtxSynchronize" if step.stream is None else "cuStreamSynchronize"
    return _CALL_NAME[type(step)]
