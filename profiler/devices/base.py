"""What a device is to everybody else: it executes a plan and gives back the time of every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from profiler.plan.model import Plan

Int64 = npt.NDArray[np.int64]

#: ``progress(done, total)`` in repeats; returning False cancels.
Progress = Callable[[int, int], bool | None]

#: Key of `StepTimings.extra` on a real device: the makespan with stamps over that without.
INSTRUMENTATION = "instrumentation_factor"

#: A time that does not exist (no host call for a graph node, no device time for a range).
NO_TIME = -1


class Source(IntEnum):
    """How a device time was obtained, in rising order of truth."""

    NONE = 0
    EVENT = 1
    FIFO = 2
    GPUTIMER = 3
    CUPTI = 4
    SIM = 5


class Engine(IntEnum):
    """The hardware unit that serves a step. With one copy engine both directions are ``COPY``."""

    NONE = -1
    COMPUTE = 0
    HTOD = 1
    DTOH = 2
    COPY = 3


@dataclass(frozen=True, slots=True)
class ClockPair:
    """The same instant on the host and on the device clock, known to ``uncertainty_ns`` either way."""

    host_ns: int
    device_ns: int
    uncertainty_ns: int


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a report says about the device.

    Attributes
    ----------
    spec : str
        What `open_device` was given, ``sim:h100-sxm`` or ``cuda:0``.
    name : str
    simulated : bool
    copy_engines : int
    sm_count : int
    kernel_gap_ns : int
        The least gap between two kernels of one stream; a gap no longer than this is not idleness.
    notes : tuple of str
        What a reader must know, for example that a GPU file's numbers are assumed.
    """

    spec: str
    name: str
    simulated: bool
    copy_engines: int = 2
    sm_count: int = 0
    kernel_gap_ns: int = 0
    hardware_queues: int = 8
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepTimings:
    """Times of every step of a plan, in int64 nanoseconds on the host clock; ``NO_TIME`` where there is none.

    Attributes
    ----------
    host_start, host_end : int64, shape (repeats, steps)
        The host call. A `HostSync` lasts until the host knows.
    queued : int64, shape (repeats, steps)
        The step's stream reached it: everything it must wait for in its stream (and before it, by event) was done.
    start, end : int64, shape (repeats, steps)
        Execution on the engine. Zero length for records and waits.
    source : uint8, shape (steps,)
        `Source` of start and end.
    engine : int8, shape (steps,)
        `Engine` that served the step.
    resolution_ns : int
        Smallest difference the device times can show.
    alone_ns : int64, shape (steps,), or None
        Duration of the step with the device to itself; None when unknown.
    work_ns : int64, shape (steps,), or None
        Engine time the step takes away from others: its duration alone for a copy; for a kernel that duration
        times the mean share of the SM slots it fills, rounded down.
    clocks : tuple of ClockPair
    """

    host_start: Int64
    host_end: Int64
    queued: Int64
    start: Int64
    end: Int64
    source: npt.NDArray[np.uint8]
    engine: npt.NDArray[np.int8]
    resolution_ns: int
    alone_ns: Int64 | None = None
    work_ns: Int64 | None = None
    clocks: tuple[ClockPair, ...] = ()
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def repeats(self) -> int:
        """Number of timed repeats."""
        return int(self.start.shape[0])


class Device(Protocol):
    """A place where plans run."""

    @property
    def info(self) -> DeviceInfo:
        """What this device is."""

    def execute(
        self, plan: Plan, *, repeats: int = 1, warmup: int = 0, progress: Progress | None = None
    ) -> StepTimings:
        """Run ``plan`` ``warmup`` times untimed and ``repeats`` times timed.

        Raises
        ------
        PlanError
            The plan does not prove itself.
        DeviceError
            The device failed; the message names the step.
        """

    def close(self) -> None:
        """Give everything back. Safe to call twice."""
