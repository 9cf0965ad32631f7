"""A kernel that exists in the fake, a workload of it, and what the workload must compute."""

from __future__ import annotations

import ctypes

import numpy as np

from profiler.devices.cuda.functions import Bound, Span
from profiler.plan.model import Launch, Plan
from profiler.workload.model import KernelCall, Workload

#: Bytes of weights that are copied to the device, and of weights that are only cleared.
WEIGHTS, CLEARED_WEIGHTS = 5000, 6000

IN_BYTES, OUT_BYTES, WORK_BYTES = 3000, 700, 2000


class ToyKernels:
    """The kernel ``mix``: every byte it writes depends on one it reads."""

    def image(self, entry: str, capability: tuple[int, int]) -> bytes:
        return b"any image will do"

    def resident_bytes(self, plan: Plan) -> int:
        return plan.workload.weight_bytes

    def resident(self, plan: Plan) -> np.ndarray | None:
        return np.ones(WEIGHTS, np.uint8) if plan.workload.weight_bytes == WEIGHTS else None

    def bind(self, plan: Plan, spans: dict[int, Span], resident: Span) -> dict[int, Bound]:
        return {index: self._bound(step, spans) for index, step in enumerate(plan.steps) if isinstance(step, Launch)}

    def _bound(self, step: Launch, spans: dict[int, Span]) -> Bound:
        read = spans[step.reads[0]] if step.reads else Span(0, 0)
        written = spans[step.writes[0]] if step.writes else Span(0, 0)
        numbers = (written.address, written.size_bytes, read.address, max(1, read.size_bytes))
        values = tuple(ctypes.c_uint64(number) for number in numbers)
        entry = "mix" if step.reads and step.writes else "idle"
        return Bound(entry, values, step.kernel.shared_bytes)


def toy_kernels(seed: int) -> ToyKernels:
    """What a worker process loads by name; nothing of it is random."""
    return ToyKernels()


def build_toy(samples: int) -> tuple[KernelCall, ...]:
    """Three kernels."""
    return tuple(KernelCall(f"mix {n}", (samples, 1, 1), (64, 1, 1), entry="mix") for n in range(3))


def toy(weight_bytes: int = 0) -> Workload:
    """A pipeline stage whose result depends on every byte of its input's head."""
    return Workload(
        "toy", "fp32", IN_BYTES, OUT_BYTES, build_toy, workspace_bytes=WORK_BYTES, weight_bytes=weight_bytes
    )


def mixed(source: np.ndarray, written: int) -> np.ndarray:
    """What ``mix`` writes."""
    place = np.arange(written, dtype=np.int64)
    read = source.size
    return ((source[place % read].astype(np.int64) * 31 + 7 + place // read) & 0xFF).astype(np.uint8)


def build_one(samples: int) -> tuple[KernelCall, ...]:
    """A single kernel."""
    return (KernelCall("mix", (samples, 1, 1), (64, 1, 1), entry="mix"),)


def one_kernel() -> Workload:
    """Copy in, one kernel, copy out."""
    return Workload("one kernel", "fp32", IN_BYTES, OUT_BYTES, build_one)
