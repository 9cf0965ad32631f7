"""Kernels that only take a stated time, on a real GPU: they spin on its timer, and hold every SM meanwhile."""

from __future__ import annotations

import ctypes
from dataclasses import replace

from profiler.devices.cuda.compile import cubin
from profiler.devices.cuda.facts import GpuFacts
from profiler.devices.cuda.functions import Bound, KernelTable, Span
from profiler.devices.cuda.gpu_timer import TIMESTAMP
from profiler.devices.cuda.holdings import Bytes
from profiler.plan.model import Launch, Plan, Step

SPIN = "spin_for"
_SOURCE = "clocks.cu"
_BLOCK = 512


class WithTimedKernels:
    """A kernel table that also has what runs for ``KernelCall.duration_ns``. It is a `KernelTable` itself."""

    def __init__(self, table: KernelTable, gpu: GpuFacts) -> None:
        self._table = table
        self._blocks = gpu.sm_count * max(1, gpu.threads_per_sm // _BLOCK)

    def image(self, entry: str, capability: tuple[int, int]) -> bytes:
        """A cubin that holds the function ``entry``."""
        own = entry in (SPIN, TIMESTAMP)
        return cubin(_SOURCE, capability) if own else self._table.image(entry, capability)

    def resident_bytes(self, plan: Plan) -> int:
        """Device memory that all launches share."""
        return self._table.resident_bytes(plan)

    def resident(self, plan: Plan) -> Bytes | None:
        """Its content."""
        return self._table.resident(plan)

    def bind(self, plan: Plan, spans: dict[int, Span], resident: Span) -> dict[int, Bound]:
        """Function and arguments of every launch, by step number."""
        steps = [None if _is_timed(step) else step for step in plan.steps]
        # The places of the timed ones are kept by steps that do nothing, so that the numbers of the others stay.
        others = replace(plan, steps=tuple(Step() if step is None else step for step in steps))
        bound = self._table.bind(others, spans, resident)
        for index, step in enumerate(plan.steps):
            if isinstance(step, Launch) and _is_timed(step):
                duration = ctypes.c_ulonglong(step.kernel.duration_ns or 0)
                bound[index] = Bound(SPIN, (duration,), grid=(self._blocks, 1, 1), block=(_BLOCK, 1, 1))
        return bound


def _is_timed(step: Step) -> bool:
    return isinstance(step, Launch) and not step.kernel.entry and step.kernel.duration_ns is not None
