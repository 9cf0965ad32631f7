"""Small workloads, hand-made plans, and a short notation for the steps of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from profiler.plan.model import (
    Buffer,
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
    StreamConfig,
    StreamSpec,
    StreamStep,
    StreamWait,
)
from profiler.workload.model import KernelCall, Workload


def toy(kernels: int = 2, *, input_bytes: int = 100, output_bytes: int = 10, workspace_bytes: int = 5) -> Workload:
    """A workload with kernels named a, b, c, ..."""

    def build(samples: int) -> tuple[KernelCall, ...]:
        return tuple(KernelCall(chr(ord("a") + i), (samples, 1, 1), (32, 1, 1)) for i in range(kernels))

    return Workload("toy", "fp32", input_bytes, output_bytes, build, workspace_bytes=workspace_bytes)


TOY = toy()
KERNEL = KernelCall("k", (1, 1, 1), (32, 1, 1))

#: Buffers of hand-made plans: 0 to 2 on the device, 3 to 5 on the host.
BUFFERS = tuple(Buffer(f"d{n}", Memory.DEVICE, 8) for n in range(3)) + tuple(
    Buffer(f"h{n}", Memory.PINNED, 8) for n in range(3)
)


def htod(stream: int, to: int, *, source: int = 3, **more: int) -> Memcpy:
    """A copy of a host buffer into device buffer ``to``."""
    return Memcpy(kind=CopyKind.HTOD, src=source, dst=to, size_bytes=8, stream=stream, **more)


def dtoh(stream: int, source: int, *, to: int = 4, **more: int) -> Memcpy:
    """A copy of device buffer ``source`` to a host buffer."""
    return Memcpy(kind=CopyKind.DTOH, src=source, dst=to, size_bytes=8, stream=stream, **more)


def kernel(stream: int, reads: Iterable[int] = (), writes: Iterable[int] = (), **more: int) -> Launch:
    """A kernel that reads and writes these buffers."""
    return Launch(kernel=KERNEL, reads=tuple(reads), writes=tuple(writes), stream=stream, **more)


def record(stream: int, event: int, **more: int) -> RecordEvent:
    """The record of an event."""
    return RecordEvent(stream=stream, event=event, **more)


def wait(stream: int, event: int, reason: str = "data", **more: int) -> StreamWait:
    """A wait for an event."""
    return StreamWait(stream=stream, event=event, reason=reason, **more)


SYNC = HostSync()


def plan_of(
    *steps: Step,
    streams: int | Sequence[StreamSpec] = 3,
    buffers: Sequence[Buffer] = BUFFERS,
    requests: int = 1,
) -> Plan:
    """A hand-made plan."""
    specs = [StreamSpec(f"s{n}") for n in range(streams)] if isinstance(streams, int) else streams
    config = StreamConfig(requests=requests)
    return Plan("hand-made", config, TOY, 1, tuple(steps), tuple(specs), tuple(buffers))


def without(plan: Plan, index: int) -> Plan:
    """The plan less one step, with nodes still pointing at their launches."""
    kept = [step for place, step in enumerate(plan.steps) if place != index]
    return replace(plan, steps=tuple(replace(s, graph=s.graph - 1) if s.graph > index else s for s in kept))


def indices(plan: Plan, kind: type[Step]) -> list[int]:
    """Places of the steps of one kind."""
    return [place for place, step in enumerate(plan.steps) if isinstance(step, kind)]


def lines(plan: Plan, *, ranges: bool = False) -> list[str]:
    """The steps in short: ``s1 a: in 0 > work 0`` is kernel a in stream 1, indented for a graph node."""
    shown = [s for s in plan.steps if ranges or not isinstance(s, RangePush | RangePop)]
    return [_line(plan, step) for step in shown]


def _line(plan: Plan, step: Step) -> str:
    indent = "  " if step.graph >= 0 else ""
    thread = f"t{step.thread} " if step.thread else ""
    stream = f"s{step.stream} " if isinstance(step, StreamStep) else ""
    return f"{indent}{thread}{stream}{_what(plan, step)}"


def _what(plan: Plan, step: Step) -> str:
    def names(numbers: Iterable[int]) -> str:
        return " ".join(plan.buffers[number].name for number in numbers)

    match step:
        case Memcpy():
            return f"{names([step.src])} > {names([step.dst])}"
        case Launch():
            return f"{step.kernel.name}: {names(step.reads)} > {names(step.writes)}"
        case RecordEvent():
            return f"record {step.event}"
        case StreamWait():
            return f"wait {step.event} {step.reason}"
        case GraphLaunch():
            return f"launch r{step.request}"
        case HostSync():
            return f"sync {'all' if step.stream is None else f's{step.stream}'} r{step.request}"
        case RangePush():
            return f"[ {step.name}"
        case _:
            return "]"
