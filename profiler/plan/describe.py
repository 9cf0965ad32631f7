"""One step, or one buffer, in words."""

from __future__ import annotations

from profiler.errors import PlanError
from profiler.plan.model import (
    GraphLaunch,
    HostSync,
    Launch,
    Memcpy,
    Plan,
    RangePop,
    RangePush,
    RecordEvent,
    Step,
    StreamStep,
    StreamWait,
)
from profiler.units import format_bytes

_COPY = {1: "HtoD copy", 2: "DtoH copy", 8: "DtoD copy"}


def describe_step(plan: Plan, index: int) -> str:
    """A step as an error message names it: its number, what it does, and where.

    For example ``step 14 (kernel conv1, stream 2, request 0, chunk 3)``. Numbers that are out of range are shown as
    they are, so a wrong step can be described too.
    """
    step = plan.steps[index]
    places = [_action(plan, step)]
    if isinstance(step, StreamStep):
        places.append(f"stream {step.stream}")
    places += [f"{name} {value}" for name, value in (("request", step.request), ("chunk", step.chunk)) if value >= 0]
    if step.graph >= 0:
        places.append(f"node of graph launch {step.graph}")
    if step.thread > 0:
        places.append(f"thread {step.thread}")
    return f"step {index} ({', '.join(places)})"


def describe_buffer(plan: Plan, number: int) -> str:
    """A buffer's name in quotes, or its number where the plan has no such buffer."""
    if 0 <= number < len(plan.buffers):
        return f"{plan.buffers[number].name!r}"
    return f"buffer {number}"


def plan_error(plan: Plan, what: str, remedy: str) -> PlanError:
    """The error that says what is wrong with the plan, where, and how it could be put right."""
    return PlanError(what, where=f"plan {plan.strategy}", remedy=remedy)


def _action(plan: Plan, step: Step) -> str:
    match step:
        case Memcpy():
            route = f"{describe_buffer(plan, step.src)} to {describe_buffer(plan, step.dst)}"
            return f"{_COPY[step.kind]} of {format_bytes(step.size_bytes)} from {route}"
        case Launch():
            return f"kernel {step.kernel.name}"
        case RecordEvent():
            return f"record of event {step.event}"
        case StreamWait():
            return f"wait for event {step.event}"
        case GraphLaunch():
            return f"launch of {step.name!r}"
        case HostSync():
            return f"host waits for {_awaited(step)}"
        case RangePush():
            return f"start of range {step.name!r}"
        case RangePop():
            return "end of a range"
        case _:
            return type(step).__name__


def _awaited(step: HostSync) -> str:
    if step.event is not None:
        return f"event {step.event}"
    return "the device" if step.stream is None else f"stream {step.stream}"
