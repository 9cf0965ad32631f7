"""Runs a plan through the simulator's schedulers, without the proof and the packing of a device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from profiler.devices.sim.compile import compile_plan
from profiler.devices.sim.cosim import cosimulate
from profiler.devices.sim.scheduler import Scheduler
from profiler.devices.sim.times import Times
from profiler.plan.model import StreamSpec
from tests.helpers.gpus import toy_gpu
from tests.helpers.plans import Steps


class Ran:
    """Times of a hand-made run, by step number."""

    def __init__(self, times: Times) -> None:
        self.times = times

    def __getitem__(self, step: int) -> tuple[int, int]:
        """Start and end on the device."""
        return int(self.times.start[step]), int(self.times.end[step])

    def call(self, step: int) -> tuple[int, int]:
        """Start and end of the host call."""
        return int(self.times.host_start[step]), int(self.times.host_end[step])

    def queued(self, step: int) -> int:
        """When the step's stream reached it."""
        return int(self.times.queued[step])

    @property
    def makespan(self) -> int:
        """When the last host call returned."""
        return int(self.times.host_end.max())


def run(steps: Steps, streams: int | Sequence[StreamSpec] = 1, **gpu: Any) -> Ran:
    """The steps on an ideal GPU with these changes; the co-simulation must agree with whatever scheduler is taken.

    Times of the GPU are given in nanoseconds, without the ``_us`` of their keys; ``call`` has those of host calls.
    """
    calls = {name: ns / 1000 for name, ns in gpu.pop("call", {}).items()}
    in_us = {f"{key}_us" for key in gpu} & _TIMES
    keys = {f"{key}_us": ns / 1000 for key, ns in gpu.items() if f"{key}_us" in in_us}
    keys |= {key: value for key, value in gpu.items() if f"{key}_us" not in in_us}
    columns = compile_plan(steps.plan(streams), toy_gpu(call_us=calls, **keys))
    times, slow = Scheduler(columns).times(columns), cosimulate(columns)
    for name in ("host_start", "host_end", "queued", "start", "end"):
        np.testing.assert_array_equal(getattr(times, name), getattr(slow, name))
    return Ran(times)


_TIMES = {
    "copy_overhead_us",
    "copy_latency_us",
    "kernel_gap_us",
    "launch_latency_us",
    "graph_launch_us",
    "graph_node_gap_us",
    "sync_return_us",
}
