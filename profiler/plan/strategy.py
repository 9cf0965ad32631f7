"""What a strategy is to the rest: a name, the knobs it has, their defaults, and the steps it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from profiler.plan.builder import Builder
from profiler.plan.model import Buffer, Step, StreamConfig, StreamSpec
from profiler.plan.ranges import with_ranges
from profiler.plan.weave import weave
from profiler.workload.model import Workload


@dataclass(frozen=True, slots=True)
class Question:
    """What a plan is made from: batch, knobs as given, and the hardware queues that streams are spread over."""

    batch: int
    config: StreamConfig
    hardware_queues: int = 8


@dataclass(frozen=True, slots=True)
class Parts:
    """What a plan holds besides its name and its configuration."""

    streams: tuple[StreamSpec, ...]
    buffers: tuple[Buffer, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Strategy:
    """A pure function from workload, batch and knobs to the parts of a plan, in three pieces.

    Attributes
    ----------
    name : str
    knobs : frozenset of str
        Fields of `StreamConfig` that mean something to it.
    resolve : callable
        The configuration with every knob it has filled in, and ``None`` for those it does not have.
    build : callable
        Parts of the plan for a workload, a batch and a resolved configuration.
    """

    name: str
    knobs: frozenset[str]
    resolve: Callable[[Question], StreamConfig]
    build: Callable[[Workload, int, StreamConfig], Parts]


def assemble(builder: Builder) -> Parts:
    """The collected calls with the events they need and the ranges around them."""
    steps = with_ranges(weave(builder.calls, len(builder.streams)))
    return Parts(builder.stream_specs, tuple(builder.buffers), tuple(steps))
