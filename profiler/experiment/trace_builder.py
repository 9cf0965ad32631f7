"""From a plan and the times of its steps to a trace: the one place where plan and trace meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.devices.base import NO_TIME as NO_STEP_TIME
from profiler.devices.base import DeviceInfo, StepTimings
from profiler.plan.dependencies import dependencies
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
from profiler.trace.schema import COLUMNS, NO_TIME, Category, EdgeKind, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.tables import Edges, Trace, Track

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


def build_trace(plan: Plan, timings: StepTimings, info: DeviceInfo, *, repeat: int = 0) -> Trace:
    """One repeat of a run as a trace: host calls, copies, kernels, ranges, and what waited for what.

    Times are shifted so that the first host action is 0. ``meta["complete"]`` is true: every dependency is an edge.

    Parameters
    ----------
    plan : Plan
    timings : StepTimings
        Of this plan.
    info : DeviceInfo
    repeat : int
        Row of the timing arrays.
    """
    builder = _Rows(plan, timings, repeat)
    for index, step in enumerate(plan.steps):
        builder.add_host(index, step)
        builder.add_device(index, step)
    columns = builder.columns()
    return Trace(
        columns,
        names=builder.names,
        tracks=builder.tracks,
        edges=builder.edges(),
        meta=_meta(plan, timings, info),
    )


def build_all_repeats(plan: Plan, timings: StepTimings, info: DeviceInfo) -> Trace:
    """Every repeat of a run in one trace, one after the other; requests are numbered on through the repeats.

    Repeats that a device timed one after another keep their distance; simulated ones, which all start at 0, follow
    each other without a gap.
    """
    traces = [build_trace(plan, timings, info, repeat=repeat) for repeat in range(timings.repeats)]
    columns: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in COLUMNS}
    edges: list[Edges] = []
    shift = rows = 0
    for repeat, trace in enumerate(traces):
        moved = _moved(trace, shift, repeat * plan.requests, repeat * len(plan.steps))
        for name in COLUMNS:
            columns[name].append(moved[name])
        edges.append(Edges(trace.edges.source + rows, trace.edges.target + rows, trace.edges.kind))
        rows += len(trace)
        shift += int((trace.ts + trace.dur).max(initial=0)) + _idle_after(timings, repeat)
    return Trace(
        {name: np.concatenate(parts) for name, parts in columns.items()},
        names=traces[0].names,
        tracks=traces[0].tracks,
        edges=Edges(*(np.concatenate([getattr(e, part) for e in edges]) for part in ("source", "target", "kind"))),
        meta={**traces[0].meta, "requests": plan.requests * timings.repeats},
    )


def _moved(trace: Trace, shift: int, requests: int, steps: int) -> dict[str, npt.NDArray[Any]]:
    """Columns of a repeat at its own time, with request and correlation numbers of its own."""
    moved = {name: trace[name] for name in COLUMNS}
    moved["ts"] = trace["ts"] + shift
    moved["queued_ns"] = np.where(trace["queued_ns"] == NO_TIME, NO_TIME, trace["queued_ns"] + shift)
    for name, offset in (("request", requests), ("correlation_id", steps)):
        moved[name] = np.where(trace[name] < 0, trace[name], trace[name] + offset).astype(trace[name].dtype)
    return moved


def _idle_after(timings: StepTimings, repeat: int) -> int:
    """Host time between the end of a repeat and the start of the next, 0 where the clock starts again."""
    if repeat + 1 == timings.repeats:
        return 0
    end = int(timings.host_end[repeat].max())
    following = timings.host_start[repeat + 1]
    return max(0, int(following[following != NO_STEP_TIME].min()) - end)


class _Rows:
    """Rows in the making; a dictionary of lists, because a run has thousands of rows, not millions."""

    def __init__(self, plan: Plan, timings: StepTimings, repeat: int) -> None:
        self._plan = plan
        called = timings.host_start[repeat]
        self._origin = int(called[called != NO_STEP_TIME].min()) if (called != NO_STEP_TIME).any() else 0
        self._host = (timings.host_start[repeat].tolist(), timings.host_end[repeat].tolist())
        self._device = (timings.queued[repeat].tolist(), timings.start[repeat].tolist(), timings.end[repeat].tolist())
        self._engine = timings.engine.tolist()
        self._data: dict[str, list[int]] = {name: [] for name in COLUMNS}
        self._names: dict[str, int] = {}
        self._open: dict[int, list[int]] = {}
        self._host_row: dict[int, int] = {}
        self._device_row: dict[int, int] = {}
        self._threads = max((step.thread for step in plan.steps), default=0) + 1
        self.tracks = [_stream_track(number, spec.name) for number, spec in enumerate(plan.streams)]
        self.tracks += [Track(TrackKind.THREAD, f"issue thread {t}", pid=PID, tid=t) for t in range(self._threads)]
        self.tracks += [Track(TrackKind.NVTX, f"NVTX thread {t}", pid=PID, tid=t) for t in range(self._threads)]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names)

    def add_host(self, index: int, step: Step) -> None:
        """The host call of a step: a driver slice, a wait, or one end of a range."""
        start, end = self._host[0][index], self._host[1][index]
        if start == NO_STEP_TIME:
            return
        if isinstance(step, RangePush):
            row = self._row(step, step.name, Category.MARKER, start, 0, self._nvtx_track(step.thread))
            self._open.setdefault(step.thread, []).append(row)
            return
        if isinstance(step, RangePop):
            row = self._open[step.thread].pop()
            self._data["dur"][row] = start - self._origin - self._data["ts"][row]
            return
        category = Category.SYNC if isinstance(step, HostSync) else Category.DRIVER
        row = self._row(step, _call_name(step), category, start, end - start, self._host_track(step.thread))
        self._set(row, correlation_id=index + 1)
        if isinstance(step, HostSync | StreamStep) and step.stream is not None:
            self._set(row, stream=step.stream)
        self._host_row[index] = row

    def add_device(self, index: int, step: Step) -> None:
        """The copy or kernel a step runs on the device."""
        queued, start, end = (times[index] for times in self._device)
        if start == NO_STEP_TIME or not isinstance(step, Memcpy | Launch):
            return
        if isinstance(step, Memcpy):
            row = self._row(step, _COPY_NAME[step.kind], Category.MEMCPY, start, end - start, step.stream)
            kinds = [_MEMORY[self._plan.buffers[buffer].memory] for buffer in (step.src, step.dst)]
            self._set(
                row,
                size_bytes=step.size_bytes,
                memcpy_kind=MemcpyKind(int(step.kind)),
                src_kind=kinds[0],
                dst_kind=kinds[1],
            )
        else:
            row = self._row(step, step.kernel.name, Category.KERNEL, start, end - start, step.stream)
            mapped = step.mapped_read_bytes + step.mapped_write_bytes
            if mapped:
                self._set(row, size_bytes=mapped)
        queued_ns = NO_TIME if queued == NO_STEP_TIME else queued - self._origin
        self._set(row, device=0, context=1, stream=step.stream, engine=self._engine[index], queued_ns=queued_ns)
        self._set(row, correlation_id=(step.graph if step.graph >= 0 else index) + 1)
        self._device_row[index] = row

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The columns of all rows added."""
        return {name: np.array(self._data[name], dtype) for name, (dtype, _) in COLUMNS.items()}

    def edges(self) -> Edges:
        """What waited for what, with each host call joined to what it started."""
        found: list[tuple[int, int, int]] = []
        for source, target, kind in dependencies(self._plan):
            if source in self._device_row and target in self._device_row:
                found.append((self._device_row[source], self._device_row[target], _EDGE[kind]))
        for index, row in self._device_row.items():
            graph = self._plan.steps[index].graph
            caller = self._host_row.get(graph if graph >= 0 else index)
            if caller is not None:
                found.append((caller, row, EdgeKind.LAUNCH))
        table = np.array(found, np.int64).reshape(-1, 3)
        return Edges(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].astype(np.uint8))

    def _row(self, step: Step, name: str, category: Category, start: int, dur: int, track: int) -> int:
        row = len(self._data["ts"])
        for column, (_, missing) in COLUMNS.items():
            self._data[column].append(int(missing))
        number = self._names.setdefault(name, len(self._names))
        self._set(row, ts=start - self._origin, dur=dur, category=category, name=number, track=track, pid=PID)
        self._set(row, request=step.request, chunk=step.chunk)
        return row

    def _set(self, row: int, **values: int) -> None:
        for column, value in values.items():
            self._data[column][row] = int(value)

    def _host_track(self, thread: int) -> int:
        return len(self._plan.streams) + thread

    def _nvtx_track(self, thread: int) -> int:
        return len(self._plan.streams) + self._threads + thread


def _stream_track(number: int, name: str) -> Track:
    return Track(TrackKind.STREAM, name, pid=PID, device=0, context=1, stream=number)


def _call_name(step: Step) -> str:
    if isinstance(step, Memcpy):
        return _COPY_CALL[step.kind]
    if isinstance(step, HostSync):
        if step.event is not None:
            return "cuEventSynchronize"
        return "cuCtxSynchronize" if step.stream is None else "cuStreamSynchronize"
    return _CALL_NAME[type(step)]


def _meta(plan: Plan, timings: StepTimings, info: DeviceInfo) -> dict[str, Any]:
    return {
        "format": "lanescope",
        "resolution_ns": timings.resolution_ns,
        "gpus": {"0": {"name": info.name, "simulated": info.simulated, "copy_engines": info.copy_engines}},
        "kernel_gap_ns": info.kernel_gap_ns,
        "complete": True,
        "requests": plan.requests,
        "chunks": _chunks_per_request(plan),
        "default_streams": [number for number, spec in enumerate(plan.streams) if spec.legacy_default],
    }


def _chunks_per_request(plan: Plan) -> int:
    of_first = {step.chunk for step in plan.steps if step.request == 0 and step.chunk >= 0}
    return max(1, len(of_first))
