"""From stamps to the times of steps: when each was called, when its stream reached it, when it started and ended.

A stamp tells that a stream had come so far; it does not tell when an engine began. For copies that follows: an engine
takes one copy at a time and never interrupts it, so a copy starts when its stream has reached it and the engine's copy
before it, in the order of their ends, is over. For kernels it does not, as several may run side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from profiler.devices.base import NO_TIME, Engine, Int64, Source
from profiler.devices.cuda.clock import Bound, ClockMap
from profiler.devices.cuda.program import Program
from profiler.plan.model import (
    CopyKind,
    GraphLaunch,
    Launch,
    Memcpy,
    Plan,
    RecordEvent,
    Step,
    StreamStep,
    StreamWait,
)

#: Host stamps of each issue thread: before every call, and after the last.
HostStamps = dict[int, list[int]]


@dataclass(slots=True)
class Row:
    """One repeat: nanoseconds on the host clock by step, `NO_TIME` where a step has no such time."""

    host_start: Int64
    host_end: Int64
    queued: Int64
    start: Int64
    end: Int64


def step_engines(plan: Plan, copy_engines: int) -> npt.NDArray[np.int8]:
    """The engine that serves each step, `Engine.NONE` for what none serves."""
    return np.array([int(_engine(step, copy_engines)) for step in plan.steps], np.int8)


def step_sources(plan: Plan, program: Program, *, timing: str = "events") -> npt.NDArray[np.uint8]:
    """How start and end of each step are known."""
    kernel = {"gputimer": Source.GPUTIMER, "cupti": Source.CUPTI}.get(timing, Source.EVENT)
    found = []
    for index, step in enumerate(plan.steps):
        timed = index in program.stamps.end
        if isinstance(step, Memcpy) and timed:
            own = Source.EVENT if step.kind is CopyKind.DTOD else Source.FIFO
            found.append(Source.CUPTI if timing == "cupti" else own)
        elif isinstance(step, Launch) and timed:
            found.append(kernel)
        elif isinstance(step, RecordEvent | StreamWait | GraphLaunch):
            found.append(Source.EVENT)
        else:
            found.append(Source.NONE)
    return np.array(found, np.uint8)


def clock_bounds(program: Program, host: HostStamps, device: Sequence[int]) -> list[Bound]:
    """What causality says of the clocks: no stamp before its call, none after a synchronization that waited for it."""
    bounds = [
        Bound(device[stamp], host[thread][place], lower=True) for stamp, (thread, place) in program.recorded_by.items()
    ]
    for thread, place, stamps in program.known_at:
        bounds += [Bound(device[stamp], host[thread][place + 1], lower=False) for stamp in stamps]
    return bounds


def row_of(
    program: Program, host: HostStamps, device: Sequence[int], clock: ClockMap, engines: npt.NDArray[np.int8]
) -> Row:
    """The times of one repeat.

    Parameters
    ----------
    program : Program
    host : dict
        Stamps of the host clock, by issue thread.
    device : sequence of int
        Time of each stamp on the device clock.
    clock : ClockMap
    engines : int8, shape (steps,)
    """
    return _RowMaker(program, host, [clock.to_host(time) for time in device], engines).make()


def narrow(row: Row, times: dict[int, tuple[int, int]]) -> None:
    """Put better times of steps into a row, as far as they lie between the stamps that are certain."""
    for index, (start, end) in times.items():
        earliest, latest = int(row.queued[index]), int(row.end[index])
        row.start[index] = min(max(start, earliest), latest)
        row.end[index] = min(max(end, int(row.start[index])), latest)


@dataclass(slots=True)
class _RowMaker:
    program: Program
    host: HostStamps
    stamps: list[int]
    engines: npt.NDArray[np.int8]
    columns: dict[str, list[int]] = field(default_factory=dict)
    reached: dict[tuple[int, int], int] = field(default_factory=dict)
    recorded: dict[int, int] = field(default_factory=dict)

    def make(self) -> Row:
        steps = self.program.plan.steps
        self.columns = {name: [NO_TIME] * len(steps) for name in ("host_start", "host_end", "queued", "start", "end")}
        for thread, calls in self.program.threads.items():
            for index, place in calls.main.items():
                self.columns["host_start"][index] = self.host[thread][place]
                self.columns["host_end"][index] = self.host[thread][place + 1]
        for index in self.program.order:
            step = steps[index]
            if isinstance(step, StreamStep):
                self._device(index, step)
        self._serve_in_turn()
        return Row(**{name: np.array(values, np.int64) for name, values in self.columns.items()})

    def _device(self, index: int, step: StreamStep) -> None:
        chain = (step.graph, step.stream)
        called = self.columns["host_start"][index] if step.graph < 0 else self.columns["start"][step.graph]
        before = max(self.reached.get(chain, called), called)
        if isinstance(step, RecordEvent):
            self._set(index, before, before, before)
            self.recorded[step.event] = before
        elif isinstance(step, StreamWait):
            after = max(before, self.recorded.get(step.event, before))
            self._set(index, before, after, after)
            self.reached[chain] = after
        elif index in self.program.stamps.end:
            self._operation(index, step, before)

    def _operation(self, index: int, step: StreamStep, before: int) -> None:
        end = max(self.stamps[self.program.stamps.end[index]], before)
        queued = min(max(self.stamps[self.program.stamps.reached[index]], before), end)
        self.reached[step.graph, step.stream] = end
        # A graph launch is over when its last node is; its stream goes on a little later, at the launch's own stamp.
        self._set(index, queued, queued, queued if isinstance(step, GraphLaunch) else end)
        if step.graph >= 0:
            self.columns["end"][step.graph] = max(self.columns["end"][step.graph], end)

    def _set(self, index: int, queued: int, start: int, end: int) -> None:
        for name, value in (("queued", queued), ("start", start), ("end", end)):
            self.columns[name][index] = value

    def _serve_in_turn(self) -> None:
        """Start every host copy when its engine's copy before it is over, and not before its stream reached it."""
        end, start = self.columns["end"], self.columns["start"]
        for engine in (Engine.HTOD, Engine.DTOH, Engine.COPY):
            free = NO_TIME
            copies = [index for index in np.flatnonzero(self.engines == engine).tolist() if end[index] != NO_TIME]
            for index in sorted(copies, key=lambda copy: (end[copy], start[copy])):
                start[index] = min(max(start[index], free), end[index])
                free = end[index]


def _engine(step: Step, copy_engines: int) -> Engine:
    if isinstance(step, Launch):
        return Engine.COMPUTE
    if not isinstance(step, Memcpy):
        return Engine.NONE
    if step.kind is CopyKind.DTOD:
        return Engine.COMPUTE
    if copy_engines == 1:
        return Engine.COPY
    return Engine.HTOD if step.kind is CopyKind.HTOD else Engine.DTOH
