"""Kernels between two reads of the GPU's own timer: a tiny kernel before each, and one behind it.

Unlike an event, a kernel that reads the timer waits for a place on an SM, as the measured one does; so its time is
nearer to the moment at which the measured one begins. It costs two launches a kernel, so it must be asked for.
"""

from __future__ import annotations

import ctypes
from time import perf_counter_ns
from typing import Any

import numpy as np

from profiler.devices.base import ClockPair
from profiler.devices.cuda.clock import ClockMap, map_clocks
from profiler.devices.cuda.functions import Functions
from profiler.devices.cuda.holdings import Holdings
from profiler.devices.cuda.replay import Call

TIMESTAMP = "timestamp"

#: ``struct Stamp`` of clocks.cu: the time and the multiprocessor.
_STAMP_BYTES = 16

_HANDSHAKES = 8


class GpuTimer:
    """Slots for two stamps a kernel, and how they get onto the host's clock.

    Parameters
    ----------
    holdings : Holdings
    functions : Functions
    launches : sequence of int
        Steps to be stamped.
    """

    def __init__(self, holdings: Holdings, functions: Functions, launches: list[int]) -> None:
        self._driver = holdings.driver
        self._slot = {step: 2 * number for number, step in enumerate(launches)}
        self._count = 2 * len(launches) + 1
        self._memory = holdings.device_memory(self._count * _STAMP_BYTES, "stamps of the GPU's timer")
        self._function = functions.named(TIMESTAMP)
        self._parameters = [
            functions.parameters([ctypes.c_void_p(int(self._memory) + slot * _STAMP_BYTES)])
            for slot in range(self._count)
        ]
        self._pairs: list[ClockPair] = []

    def before(self, step: int, stream: Any) -> Call:
        """The launch that stamps the beginning of a step."""
        return self._launch(self._slot[step], stream)

    def behind(self, step: int, stream: Any) -> Call:
        """The launch that stamps its end."""
        return self._launch(self._slot[step] + 1, stream)

    def shake_hands(self, stream: Any, *, first: bool) -> None:
        """Bind the GPU's timer to the host's clock, once before a repeat and once behind it; ``stream`` is idle."""
        if first:
            self._pairs.clear()
        self._pairs.append(min((self._pair(stream) for _ in range(_HANDSHAKES)), key=lambda p: p.uncertainty_ns))

    def read(self) -> dict[int, tuple[int, int]]:
        """Host times of the beginning and the end of each step, as the two handshakes bound them."""
        clock: ClockMap = map_clocks(self._pairs)
        times = self._times(0, self._count)
        return {step: (clock.to_host(times[slot]), clock.to_host(times[slot + 1])) for step, slot in self._slot.items()}

    def _pair(self, stream: Any) -> ClockPair:
        before = perf_counter_ns()
        function, arguments = self._launch(self._count - 1, stream)
        code = function(*arguments)[0]
        if code is not self._driver.success:
            raise self._driver.failure("cuLaunchKernel", code, doing="reading the GPU's timer")
        self._driver.call("cuStreamSynchronize", stream, doing="reading the GPU's timer")
        after = perf_counter_ns()
        half = -(-(after - before) // 2)
        return ClockPair(before + half, self._times(self._count - 1, 1)[0], half)

    def _times(self, first: int, count: int) -> list[int]:
        stamps = np.empty((count, 2), np.int64)
        source = self._driver.api.CUdeviceptr(int(self._memory) + first * _STAMP_BYTES)
        self._driver.call(
            "cuMemcpyDtoH", int(stamps.ctypes.data), source, stamps.nbytes, doing="reading the GPU's timer"
        )
        times: list[int] = stamps[:, 0].tolist()
        return times

    def _launch(self, slot: int, stream: Any) -> Call:
        arguments = (self._function, 1, 1, 1, 1, 1, 1, 0, stream, self._parameters[slot], 0)
        return self._driver.api.cuLaunchKernel, arguments
