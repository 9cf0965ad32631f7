"""What a GPU's clocks and stamps are worth: facts that no plan can ask for."""

from __future__ import annotations

import ctypes
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import pairwise
from typing import Any

import numpy as np

from profiler.devices.cuda.clock import HANDSHAKES, shake_hands
from profiler.devices.cuda.driver import Driver
from profiler.devices.cuda.functions import Bound, Functions
from profiler.devices.cuda.holdings import Holdings
from profiler.devices.cuda.kernel_table import ProjectKernels
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.readback import read_events
from profiler.devices.cuda.runner import Runner

_RECORDS = 256
_ROUNDS = 20
_BLOCKS = 4096
_COPY_BYTES = 1 << 20

#: Between the two handshakes that drift is read from.
_DRIFT_S = 2.0

Issue = Callable[[], Any]


def clock_facts(ordinal: int) -> dict[str, Any]:
    """Steps of event times and of ``%globaltimer``, cost of records on the device and the host, clocks compared.

    Raises
    ------
    DeviceError
        The GPU cannot be used, or failed.
    """
    runner = Runner(ordinal, ProjectKernels(), CudaOptions(isolate=False))
    with closing(runner), Holdings(runner.driver) as holdings:
        probes = _Probes(holdings, Functions(holdings, ProjectKernels(), runner.facts.capability))
        return {
            "event_steps": probes.event_steps(),
            "record": probes.record_cost(),
            "globaltimer": probes.timer_ticks(),
            "handshake": probes.handshake(),
        }


class _Probes:
    def __init__(self, holdings: Holdings, functions: Functions) -> None:
        self._holdings = holdings
        self._functions = functions
        self._driver: Driver = holdings.driver
        self._stream = holdings.stream()

    def event_steps(self) -> dict[str, Any]:
        """Differences of events recorded back to back: the least, and how often each occurs."""
        events = [self._holdings.event() for _ in range(_RECORDS)]
        steps: Counter[int] = Counter()
        for _ in range(_ROUNDS):
            for event in events:
                self._driver.call("cuEventRecord", event, self._stream)
            self._driver.call("cuStreamSynchronize", self._stream)
            times = read_events(self._driver, events[0], events[1:])
            steps.update(after - before for before, after in pairwise(times))
        positive = [step for step in steps if step > 0]
        most = {str(step): count for step, count in sorted(steps.most_common(24))}
        return {"least_ns": min(positive, default=0), "common_ns": _common(positive), "histogram": most}

    def record_cost(self) -> dict[str, float]:
        """What a timed and an untimed record add between two kernels and between two copies, and cost the host."""
        timed, plain = self._holdings.event(), self._holdings.event(timed=False)
        found: dict[str, float] = {}
        for what, work in (("kernel", self._kernel()), ("copy", self._copy())):
            bare = self._row(work, None)
            for kind, event in (("timed", timed), ("untimed", plain)):
                found[f"{kind}_between_two_{what}s_ns"] = self._row(work, event) - bare
        for kind, event in (("timed", timed), ("untimed", plain)):
            began = time.perf_counter_ns()
            for _ in range(_RECORDS):
                self._driver.call("cuEventRecord", event, self._stream)
            found[f"{kind}_host_ns"] = (time.perf_counter_ns() - began) / _RECORDS
            self._driver.call("cuStreamSynchronize", self._stream)
        return found

    def timer_ticks(self) -> dict[str, Any]:
        """Least step of ``%globaltimer``, from the stamps of thousands of blocks, and the SMs that wrote them."""
        pointer = self._holdings.device_memory(16 * _BLOCKS, "stamps")
        self._launch("timestamp", (ctypes.c_void_p(int(pointer)),), _BLOCKS)()
        stamps = np.zeros((_BLOCKS, 2), np.uint64)
        self._driver.call("cuStreamSynchronize", self._stream)
        self._driver.call("cuMemcpyDtoH", int(stamps.ctypes.data), pointer, stamps.nbytes)
        times = np.unique(stamps[:, 0].astype(np.int64))
        steps = np.diff(times)
        return {
            "least_ns": int(steps.min()) if len(steps) else 0,
            "common_ns": _common(steps.tolist()),
            "multiprocessors": len(np.unique(stamps[:, 1])),
        }

    def handshake(self) -> dict[str, float]:
        """Uncertainty of the clocks' offset, and their drift over two seconds."""
        sets = [[self._holdings.event() for _ in range(HANDSHAKES)] for _ in range(2)]
        first = shake_hands(self._driver, self._stream, sets[0])
        time.sleep(_DRIFT_S)
        for _ in range(3):  # a host that has slept is slow at first
            shake_hands(self._driver, self._stream, sets[1])
        last = shake_hands(self._driver, self._stream, sets[1])
        milliseconds: float = self._driver.call("cuEventElapsedTime", first.event, last.event)
        device = milliseconds * 1e6
        host = last.pair(0).host_ns - first.pair(0).host_ns
        uncertain = first.uncertainty_ns + last.uncertainty_ns
        return {
            "uncertainty_ns": float(max(first.uncertainty_ns, last.uncertainty_ns)),
            "drift_ppm": (device - host) / host * 1e6,
            "drift_uncertainty_ppm": uncertain / host * 1e6,
        }

    def _kernel(self) -> Issue:
        return self._launch("spin_for", (ctypes.c_ulonglong(0),), 1)

    def _copy(self) -> Issue:
        host = self._holdings.pinned(_COPY_BYTES)
        pointer = self._holdings.device_memory(_COPY_BYTES)
        return lambda: self._driver.call("cuMemcpyHtoDAsync", pointer, host, 4, self._stream)

    def _launch(self, entry: str, values: Sequence[Any], blocks: int) -> Issue:
        function = self._functions.get(Bound(entry, tuple(values)))
        parameters = self._functions.parameters(values)
        arguments = (function, blocks, 1, 1, 32, 1, 1, 0, self._stream, parameters, 0)
        return lambda: self._driver.call("cuLaunchKernel", *arguments)

    def _row(self, work: Issue, event: Any) -> float:
        """Nanoseconds from one piece of work to the next, in a row behind a kernel that lets the host get ahead."""
        first, last = self._holdings.event(), self._holdings.event()
        ahead = self._launch("spin_for", (ctypes.c_ulonglong(3_000_000),), 1)
        found = []
        for _ in range(5):
            ahead()
            self._driver.call("cuEventRecord", first, self._stream)
            for _ in range(_RECORDS):
                work()
                if event is not None:
                    self._driver.call("cuEventRecord", event, self._stream)
            self._driver.call("cuEventRecord", last, self._stream)
            self._driver.call("cuStreamSynchronize", self._stream)
            milliseconds: float = self._driver.call("cuEventElapsedTime", first, last)
            found.append(milliseconds * 1e6 / _RECORDS)
        return float(np.median(found))


def _common(steps: Sequence[int]) -> int:
    """Greatest common divisor: the tick that all of them are multiples of."""
    return int(np.gcd.reduce(np.array(steps, np.int64))) if len(steps) else 0
