"""What the tests let a process do that has the fake driver instead of a real one. Everything here runs there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from profiler.devices.cuda import issue, replay
from profiler.devices.cuda.driver import Driver
from profiler.devices.cuda.memory import PlanMemory
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.runner import Measured, Runner
from profiler.devices.cuda.timing import Row
from profiler.errors import LanescopeError
from profiler.plan.model import (
    Buffer,
    CopyKind,
    HostSync,
    Launch,
    Memcpy,
    Memory,
    Plan,
    RecordEvent,
    Step,
    StreamConfig,
    StreamSpec,
    StreamWait,
)
from profiler.plan.registry import make_plan
from profiler.workload.model import KernelCall
from tests.helpers.fake_driver.build import Fake
from tests.helpers.fake_driver.toys import CLEARED_WEIGHTS, WEIGHTS, ToyKernels, mixed, toy

_FAKE: list[Fake] = []


def load(library: Path) -> None:
    """Put the fake in this process, before anything calls the driver."""
    _FAKE.append(Fake(library))


def fake() -> Fake:
    return _FAKE[0]


def toy_plan(strategy: str, batch: int = 8, *, weight_bytes: int = 0, **knobs: Any) -> Plan:
    return make_plan(strategy, toy(weight_bytes), batch, StreamConfig(**knobs))


def without(plan: Plan, *dropped: int) -> Plan:
    """The plan with some steps gone; only for plans without graphs."""
    return replace(plan, steps=tuple(step for index, step in enumerate(plan.steps) if index not in dropped))


@dataclass
class Ran:
    """What became of a run."""

    rows: list[Row] = field(default_factory=list)
    measured: Measured | None = None
    right: bool = False
    error: str = ""
    kind: str = ""
    code: int = 0
    leaks: dict[str, int] = field(default_factory=dict)
    misuse: str = ""
    served: list[tuple[int, int, int, int]] = field(default_factory=list)


def run(
    plan: Plan,
    options: CudaOptions | None = None,
    *,
    repeats: int = 1,
    warmup: int = 0,
    fail: tuple[str, int, int] | None = None,
    defer: tuple[int, int] = (0, -1),
    **settings: int,
) -> Ran:
    """Open the device, run the plan, close the device; errors become part of the answer.

    ``settings`` of the fake are written without their ``FAKE_CUDA_``.
    """
    ran = Ran()
    names = {f"FAKE_CUDA_{name}": str(value) for name, value in settings.items()}
    os.environ.update(names)
    if fail is not None:
        fake().fail(*fail)
    fake().forget_served()
    try:
        _run(ran, plan, options or CudaOptions(isolate=False, alone=False), repeats, warmup, defer)
    except LanescopeError as error:
        ran.error, ran.kind, ran.code = str(error), type(error).__name__, error.exit_code
    for name in names:
        del os.environ[name]
    fake().fail("", 0, 0)
    fake().defer(0)
    ran.leaks, ran.misuse, ran.served = fake().leaks(), fake().misuse(), fake().served()
    fake().forget_leaks()
    return ran


def _run(ran: Ran, plan: Plan, options: CudaOptions, repeats: int, warmup: int, defer: tuple[int, int]) -> None:
    def inspect(memory: PlanMemory) -> None:
        ran.right = is_right(plan, memory)

    with closing(Runner(0, ToyKernels(), options)) as runner:
        fake().defer(*defer)
        rows = runner.run(plan, repeats=repeats, warmup=warmup, inspect=inspect)
        with closing(rows):
            for row, measured in rows:
                if row is not None:
                    ran.rows.append(row)
                ran.measured = measured


def first_failure(call: str, code: int, nth: int = 1) -> Ran:
    """The first of the plans that together make every call there is to fail when one of them does."""
    for plan, options in everything():
        ran = run(plan, options, fail=(call, nth, code))
        if ran.error:
            return ran
    return ran


def everything() -> list[tuple[Plan, CudaOptions]]:
    """Plans that together make every call."""
    here = CudaOptions(isolate=False, alone=False)
    return [
        (toy_plan("serial", 2), here),
        (by_hand(), replace(here, alone=True)),
        (toy_plan("graph", 4), here),
        (toy_plan("graph", 4), replace(here, timing="gputimer")),
        (toy_plan("zero-copy", 2), replace(here, gate=True)),
        (toy_plan("serial", 2, weight_bytes=WEIGHTS), here),
        (toy_plan("serial", 2, weight_bytes=CLEARED_WEIGHTS), here),
    ]


def by_hand() -> Plan:
    """What no strategy makes: a copy on the device, an event the host waits for, a kernel with much shared memory."""
    kernel = KernelCall("large", (4, 1, 1), (64, 1, 1), shared_bytes=60_000, entry="mix")
    steps = (
        Memcpy(kind=CopyKind.HTOD, src=0, dst=1, size_bytes=4096, stream=0),
        Memcpy(kind=CopyKind.DTOD, src=1, dst=2, size_bytes=4096, stream=0),
        RecordEvent(stream=0, event=0),
        StreamWait(stream=1, event=0),
        Launch(kernel=kernel, reads=(2,), writes=(3,), stream=1),
        Memcpy(kind=CopyKind.DTOH, src=3, dst=4, size_bytes=4096, stream=1),
        RecordEvent(stream=1, event=1),
        HostSync(event=1),
        HostSync(),
    )
    memories = (Memory.PINNED, Memory.DEVICE, Memory.DEVICE, Memory.DEVICE, Memory.PAGEABLE)
    buffers = tuple(Buffer(f"buffer {n}", memory, 4096) for n, memory in enumerate(memories))
    streams = (StreamSpec("one"), StreamSpec("two", priority=-3))
    return Plan("by hand", StreamConfig(requests=1), toy(), 1, steps, streams, buffers)


def is_right(plan: Plan, memory: PlanMemory) -> bool:
    """Whether every result on the host is what its input makes it. Chunks must be of one size."""
    return all(
        np.array_equal(memory.view(output), _expected(plan, memory, kernels, source))
        for source, output, kernels in _pipelines(plan)
    )


def _pipelines(plan: Plan) -> list[tuple[int, int, list[Launch]]]:
    """Host input, host output and kernels of every chunk."""
    found: dict[tuple[int, int], list[Step]] = {}
    for step in plan.steps:
        if isinstance(step, Memcpy | Launch):
            found.setdefault((step.request, step.chunk), []).append(step)
    pipelines = []
    for steps in found.values():
        kernels = [step for step in steps if isinstance(step, Launch)]
        copies = {step.kind: step for step in steps if isinstance(step, Memcpy)}
        source = copies[CopyKind.HTOD].src if CopyKind.HTOD in copies else kernels[0].reads[0]
        output = copies[CopyKind.DTOH].dst if CopyKind.DTOH in copies else kernels[-1].writes[0]
        pipelines.append((source, output, kernels))
    return pipelines


def _expected(plan: Plan, memory: PlanMemory, kernels: Sequence[Launch], source: int) -> np.ndarray:
    data = memory.view(source)
    for kernel in kernels:
        data = mixed(data, plan.buffers[kernel.writes[0]].size_bytes)
    return data


def missing_entry_point() -> str:
    """What is said of one that the driver does not have; the fake has few."""
    driver = Driver()
    try:
        driver.call("cuProfilerStart")
    except LanescopeError as error:
        return str(error)
    return ""


def with_a_stamp_left_out(plan: Plan) -> str:
    """What is said where the record behind the first kernel is skipped, as if the driver had lost it."""
    real = replay.replay

    def skipping(calls: Any, ok: Any, stamps: list[int]) -> None:
        place = next(n for n, call in enumerate(calls) if call[0].__name__ == "cuLaunchKernel") + 1
        assert calls[place][0].__name__ == "cuEventRecord"
        real([*calls[:place], (lambda *_: (ok,), ()), *calls[place + 1 :]], ok, stamps)

    issue.replay = skipping
    try:
        return run(plan).error
    finally:
        issue.replay = real


def inputs(plan: Plan) -> np.ndarray:
    """All host memory of a plan before anything runs."""
    found: list[np.ndarray] = []
    with closing(Runner(0, ToyKernels(), CudaOptions(isolate=False, alone=False))) as runner:
        rows = runner.run(plan, repeats=0, warmup=0, inspect=lambda m: found.extend(m.view(n).copy() for n in m.host))
        with closing(rows):
            assert not list(rows)
    fake().forget_leaks()
    return np.concatenate(found)
