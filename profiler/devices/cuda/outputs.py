"""What a plan computes on a GPU: inputs of one's own in, one output out. Times are not looked at."""

from __future__ import annotations

from collections.abc import Mapping

from profiler.devices.cuda.holdings import Bytes
from profiler.devices.cuda.kernel_table import ProjectKernels
from profiler.devices.cuda.memory import PlanMemory
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.runner import Runner
from profiler.errors import UsageError
from profiler.plan.model import Plan
from profiler.plan.proof import prove


def run_once(ordinal: int, plan: Plan, inputs: Mapping[str, Bytes], output: str) -> Bytes:
    """The bytes of the host buffer called ``output`` after one run of the plan, in this process.

    Parameters
    ----------
    ordinal : int
        As in ``cuda:0``.
    plan : Plan
    inputs : mapping of str to uint8
        Content of host buffers, by their names.
    output : str

    Raises
    ------
    UsageError
        The plan has no such buffer, or an input does not fill its own.
    DeviceError
        The GPU cannot be used, or failed.
    """
    prove(plan)
    numbers = {buffer.name: number for number, buffer in enumerate(plan.buffers)}
    _check(plan, numbers, inputs, output)
    found: list[Bytes] = []

    def fill(memory: PlanMemory) -> None:
        for name, content in inputs.items():
            memory.view(numbers[name])[:] = content

    def inspect(memory: PlanMemory) -> None:
        found.append(memory.view(numbers[output]).copy())

    runner = Runner(ordinal, ProjectKernels(), CudaOptions(isolate=False, alone=False))
    try:
        for _ in runner.run(plan, repeats=1, warmup=0, fill=fill, inspect=inspect):
            pass
    finally:
        runner.close()
    return found[0]


def _check(plan: Plan, numbers: Mapping[str, int], inputs: Mapping[str, Bytes], output: str) -> None:
    for name in (*inputs, output):
        if name not in numbers:
            raise UsageError(f"the plan has no buffer {name!r}", remedy=f"It has: {', '.join(numbers)}.")
    for name, content in inputs.items():
        size = plan.buffers[numbers[name]].size_bytes
        if content.nbytes != size:
            raise UsageError(f"{name!r} has {size} bytes, and {content.nbytes} are given", remedy="Fill it exactly.")
