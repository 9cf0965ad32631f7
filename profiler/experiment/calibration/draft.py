"""Plans that measure one thing each, written step by step, and the medians of their times."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from profiler.devices.base import Device, Int64, Source, StepTimings
from profiler.plan.model import (
    Buffer,
    CopyKind,
    HostSync,
    Launch,
    Memcpy,
    Memory,
    Plan,
    RecordEvent,
    Step,
    StreamConfig,
    StreamSpec,
    StreamWait,
)
from profiler.workload.micro import array_sum
from profiler.workload.model import KernelCall, Workload

#: A copy of this many bytes keeps a stream busy for a millisecond or more, in which the host gets far ahead of it.
AHEAD_BYTES = 64_000_000

#: Times from this source on say when a step began, not only when its stream had come so far.
TRUE_START = Source.GPUTIMER


@dataclass(frozen=True, slots=True)
class Repeat:
    """Builds a workload of one kernel, launched so many times one after another."""

    times: int

    def __call__(self, samples: int) -> tuple[KernelCall, ...]:
        """The kernels, whatever the number of samples."""
        return (tiny_kernel(),) * self.times


def tiny_kernel() -> KernelCall:
    """A kernel that does next to nothing and runs on every device: the sum of one number."""
    return array_sum("int32", size=1).kernels(1)[-1]


def chain_workload(times: int) -> Workload:
    """Copies four bytes in, runs the tiny kernel so many times, and copies four bytes out."""
    return Workload("probe", "int32", 4, 4, Repeat(times), workspace_bytes=4)


@dataclass
class Draft:
    """Collects the buffers and steps of a plan; every method that adds gives back the number of what it added."""

    name: str
    streams: int = 1
    buffers: list[Buffer] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def buffer(self, memory: Memory, size_bytes: int) -> int:
        """A buffer of the plan."""
        self.buffers.append(Buffer(f"{memory.name.lower()} {len(self.buffers)}", memory, size_bytes))
        return len(self.buffers) - 1

    def copy(self, source: int, target: int, size_bytes: int, *, stream: int = 0) -> int:
        """A copy; its direction follows from the buffers."""
        to_device = self.buffers[target].memory is Memory.DEVICE
        kind = CopyKind.HTOD if to_device else CopyKind.DTOH
        return self._add(Memcpy(kind=kind, src=source, dst=target, size_bytes=size_bytes, stream=stream))

    def launch(self, kernel: KernelCall, reads: int, writes: int, *, stream: int = 0) -> int:
        """A kernel that stands for itself: a chunk of its own."""
        return self._add(
            Launch(kernel=kernel, reads=(reads,), writes=(writes,), stream=stream, request=0, chunk=len(self.steps))
        )

    def record(self, event: int, *, stream: int = 0) -> int:
        """An event record."""
        return self._add(RecordEvent(stream=stream, event=event))

    def wait(self, event: int, *, stream: int = 0) -> int:
        """A wait for an event."""
        return self._add(StreamWait(stream=stream, event=event, reason="order"))

    def sync(self) -> int:
        """The host waits for the whole device."""
        return self._add(HostSync())

    def plan(self) -> Plan:
        """The plan; it must still prove itself."""
        specs = tuple(StreamSpec(f"stream {number}") for number in range(self.streams))
        config = StreamConfig(streams=self.streams, requests=1)
        return Plan(self.name, config, chain_workload(1), 1, tuple(self.steps), specs, tuple(self.buffers))

    def _add(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1


def behind_a_copy(plan: Plan, size_bytes: int = AHEAD_BYTES) -> Plan:
    """The plan with a long copy before everything in its first stream, so that the host is done before kernels begin.

    All steps move one place on. Plans with graphs or several streams are left to themselves.
    """
    host, device = len(plan.buffers), len(plan.buffers) + 1
    buffers = (Buffer("ahead", Memory.PINNED, size_bytes), Buffer("ahead on device", Memory.DEVICE, size_bytes))
    ahead = Memcpy(kind=CopyKind.HTOD, src=host, dst=device, size_bytes=size_bytes, stream=0)
    return replace(plan, steps=(ahead, *plan.steps), buffers=(*plan.buffers, *buffers))


@dataclass(frozen=True)
class Ran:
    """Medians over the repeats of a plan, in nanoseconds."""

    timings: StepTimings

    def lasted(self, step: int) -> float:
        """Execution of a step."""
        return _median(self.timings.end[:, step] - self.timings.start[:, step])

    def called(self, step: int) -> float:
        """Host time of a step's call."""
        return _median(self.timings.host_end[:, step] - self.timings.host_start[:, step])

    def shortest_call(self, step: int) -> int:
        """Least host time of a step's call over the repeats."""
        return int((self.timings.host_end[:, step] - self.timings.host_start[:, step]).min())

    def between(self, earlier: int, later: int) -> float:
        """From the end of one step to the start of another."""
        return _median(self.timings.start[:, later] - self.timings.end[:, earlier])

    def ends_apart(self, earlier: int, later: int) -> float:
        """From the end of one step to the end of another."""
        return _median(self.timings.end[:, later] - self.timings.end[:, earlier])

    def after_call(self, step: int, of: int | None = None) -> float:
        """From the call of a step (or of another one) to the end of the step."""
        caller = step if of is None else of
        return _median(self.timings.end[:, step] - self.timings.host_start[:, caller])

    def known_after(self, sync: int, step: int) -> float:
        """From the end of a step to the host's return from a synchronization."""
        return _median(self.timings.host_end[:, sync] - self.timings.end[:, step])

    def true_start(self, step: int) -> bool:
        """Whether the step's start is its own and not the end of what was before it."""
        return int(self.timings.source[step]) >= TRUE_START


def run(device: Device, plan: Plan, repeats: int) -> Ran:
    """The plan's times on a device, after two runs to warm up."""
    return Ran(device.execute(plan, repeats=repeats, warmup=2))


def middle(values: list[float]) -> float:
    """Their median; 0 of none."""
    return float(np.median(values)) if values else 0.0


def _median(values: Int64) -> float:
    return float(np.median(values))
