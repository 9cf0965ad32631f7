"""Kernels that misbehave, for a worker process to load by name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from profiler.devices.cuda.functions import Bound, Span
from profiler.plan.model import Launch, Plan

SOURCE = b"""
extern "C" __global__ void does_nothing() {}
extern "C" __global__ void reaches_nowhere() { *reinterpret_cast<volatile int*>(threadIdx.x * 4 + 16) = 1; }
extern "C" __global__ void never_ends() { for (volatile int turning = 1; turning;) {} }
"""


class BadKernels:
    """A `KernelTable` of kernels without arguments."""

    def image(self, entry: str, capability: tuple[int, int]) -> bytes:
        return b"this is no code" if entry == "no_image" else compiled(capability)

    def resident_bytes(self, plan: Plan) -> int:
        return 0

    def resident(self, plan: Plan) -> None:
        return None

    def bind(self, plan: Plan, spans: dict[int, Span], resident: Span) -> dict[int, Bound]:
        steps = enumerate(plan.steps)
        return {index: Bound(step.kernel.entry, ()) for index, step in steps if isinstance(step, Launch)}


def bad_kernels(seed: int) -> BadKernels:
    """What a worker process loads by name; nothing of it is random."""
    return BadKernels()


@lru_cache
def compiled(capability: tuple[int, int]) -> bytes:
    """Machine code of `SOURCE`."""
    from cuda.bindings import nvrtc

    def done(answer: tuple[Any, ...]) -> Any:
        assert int(answer[0]) == 0, answer
        return answer[1] if len(answer) > 1 else None

    program = done(nvrtc.nvrtcCreateProgram(SOURCE, b"bad.cu", 0, [], []))
    option = f"--gpu-architecture=sm_{capability[0]}{capability[1]}".encode()
    done(nvrtc.nvrtcCompileProgram(program, 1, [option]))
    code = bytes(done(nvrtc.nvrtcGetCUBINSize(program)))
    done(nvrtc.nvrtcGetCUBIN(program, code))
    return code
