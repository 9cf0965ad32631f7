"""Each different copy and kernel by itself: what bounds are computed from."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from profiler.devices.base import NO_TIME
from profiler.devices.cuda.driver import Driver
from profiler.devices.cuda.functions import Bound, Functions
from profiler.devices.cuda.program import Program
from profiler.plan.describe import describe_step
from profiler.plan.model import Launch, Memcpy, Plan

#: Runs of each; the least counts, as anything else on the machine only adds.
TRIES = 3


@dataclass(slots=True)
class Alone:
    """Durations of the steps with the device to themselves; see `StepTimings.alone_ns` and ``work_ns``."""

    alone_ns: list[int]
    work_ns: list[int]


@dataclass(slots=True)
class AloneMeter:
    """Times one of each kind of copy and kernel between two events, with nothing else on the device.

    Steps that differ only in request, chunk or stream are of a kind. The time between the events includes what a
    record adds, about a microsecond.

    Attributes
    ----------
    first, second : object
        Timing events.
    sm_count : int
    """

    driver: Driver
    functions: Functions
    bound: dict[int, Bound]
    first: Any
    second: Any
    sm_count: int
    _known: dict[Hashable, tuple[int, int]] = field(default_factory=dict)

    def measure(self, plan: Plan, program: Program) -> Alone:
        """Durations of all steps of the plan; the device must be idle.

        Raises
        ------
        DriverError
            A call failed; it names the step.
        """
        found = Alone([NO_TIME] * len(plan.steps), [NO_TIME] * len(plan.steps))
        for index, step in enumerate(plan.steps):
            if not isinstance(step, Memcpy | Launch):
                continue
            kind = _kind(plan, step)
            if kind not in self._known:
                self._known[kind] = self._times(index, step, program)
            found.alone_ns[index], found.work_ns[index] = self._known[kind]
        return found

    def _times(self, index: int, step: Memcpy | Launch, program: Program) -> tuple[int, int]:
        stream = program.streams[step.stream]
        shortest = min(self._once(index, stream, program) for _ in range(TRIES))
        share = self._share(step, self.bound[index]) if isinstance(step, Launch) else (1, 1)
        return shortest, shortest * share[0] // share[1]

    def _once(self, index: int, stream: Any, program: Program) -> int:
        call, doing = self.driver.call, "timing a step by itself"
        function, arguments = program.operations[index]
        call("cuEventRecord", self.first, stream, doing=doing)
        code = function(*arguments)[0]
        if code is not self.driver.success:
            where = f"plan {program.plan.strategy}, {describe_step(program.plan, index)}"
            raise self.driver.failure(function.__name__, code, doing=doing, where=where)
        call("cuEventRecord", self.second, stream, doing=doing)
        call("cuEventSynchronize", self.second, doing=doing)
        milliseconds: float = call("cuEventElapsedTime", self.first, self.second, doing=doing)
        return round(milliseconds * 1_000_000)

    def _share(self, step: Launch, bound: Bound) -> tuple[int, int]:
        """Mean share of the SMs' block slots that the kernel fills over its waves, as a fraction."""
        resident = self.driver.call(
            "cuOccupancyMaxActiveBlocksPerMultiprocessor",
            self.functions.get(bound),
            step.kernel.threads,
            bound.shared_bytes,
            doing=f"occupancy of {step.kernel.name}",
        )
        slots = max(1, int(resident) * self.sm_count)
        return step.kernel.blocks, -(-step.kernel.blocks // slots) * slots


def _kind(plan: Plan, step: Memcpy | Launch) -> Hashable:
    if isinstance(step, Launch):
        return step.kernel, step.mapped_read_bytes, step.mapped_write_bytes
    return step.kind, step.size_bytes, plan.buffers[step.src].memory, plan.buffers[step.dst].memory
