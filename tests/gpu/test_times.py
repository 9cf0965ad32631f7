"""Times of this GPU hold together: known durations, both timings, the gate, and nothing kept after a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import numpy as np
import pytest

from profiler.devices.base import INSTRUMENTATION, Source
from profiler.devices.cuda.device import CudaDevice
from profiler.devices.cuda.kernel_table import ProjectKernels
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.runner import Runner
from profiler.plan.model import Launch, Memcpy, Plan, StreamConfig
from profiler.plan.registry import make_plan
from profiler.workload.model import KernelCall, Workload

pytestmark = pytest.mark.gpu

#: Of the kernel: long beside what a launch, a stamp and a step of the GPU's timer take.
SPIN_NS = 500_000

#: What launching, stamping and the timer's step may add to it.
SLACK_NS = 50_000

Open = Callable[..., CudaDevice]


def spinning(strategy: str = "depth-first", chunks: int = 4, input_bytes: int = 1 << 20) -> Plan:
    kernel = KernelCall("spin", (1, 1, 1), (32, 1, 1), duration_ns=SPIN_NS)
    workload = Workload("spins", "fp32", input_bytes, 4096, lambda samples: (kernel,))
    return make_plan(strategy, workload, chunks, StreamConfig(chunks=None if strategy == "serial" else chunks))


@pytest.mark.parametrize(("timing", "source"), [("events", Source.EVENT), ("gputimer", Source.GPUTIMER)])
def test_a_kernel_lasts_as_long_as_it_spins(timing: str, source: Source, opened: Open) -> None:
    plan = spinning("serial")
    timings = opened(CudaOptions(alone=False, timing=timing)).execute(plan, repeats=5, warmup=2)
    (kernel,) = (index for index, step in enumerate(plan.steps) if isinstance(step, Launch))
    lasted = np.median(timings.end[:, kernel] - timings.start[:, kernel])
    assert SPIN_NS - 2_000 <= lasted <= SPIN_NS + SLACK_NS
    assert timings.source[kernel] == source


def test_kernels_that_hold_the_gpu_take_turns(opened: Open) -> None:
    plan = spinning()
    timings = opened().execute(plan, repeats=3, warmup=1)
    kernels = [index for index, step in enumerate(plan.steps) if isinstance(step, Launch)]
    span = timings.end[:, kernels].max(axis=1) - timings.start[:, kernels].min(axis=1)
    assert (span >= len(kernels) * (SPIN_NS - 2_000)).all()


def test_a_copy_alone_is_no_faster_than_any_link(opened: Open) -> None:
    plan = spinning("serial", input_bytes=64 << 20)
    timings = opened(CudaOptions()).execute(plan, repeats=3, warmup=1)
    copies = [index for index, step in enumerate(plan.steps) if isinstance(step, Memcpy)]
    assert timings.alone_ns is not None
    assert (timings.alone_ns[copies] > 0).all()
    # 1 TB/s is beyond every PCIe and NVLink that joins a host to one GPU.
    rate = 4 * (64 << 20) / (timings.end[:, copies[0]] - timings.start[:, copies[0]])
    assert (rate < 1000).all()


def test_a_gate_holds_everything_until_it_is_enqueued(opened: Open) -> None:
    plan = spinning(chunks=4)
    timings = opened(CudaOptions(alone=False, gate=True)).execute(plan, repeats=3)
    work = [index for index, step in enumerate(plan.steps) if isinstance(step, Launch | Memcpy)]
    clock = int(timings.extra["clock_uncertainty_ns"])
    assert (timings.end[:, work].min(axis=1) >= timings.host_start[:, work].max(axis=1) - clock).all()


def test_clocks_are_joined_without_contradiction(opened: Open) -> None:
    timings = opened(CudaOptions(alone=False, factor_runs=2)).execute(spinning(), repeats=3, warmup=1)
    assert timings.extra["clock_contradiction_ns"] <= 1_000
    assert timings.extra["clock_uncertainty_ns"] <= 50_000
    assert 0.5 < timings.extra[INSTRUMENTATION] < 3


@pytest.mark.parametrize("strategy", ["serial", "depth-first", "graph", "zero-copy"])
def test_nothing_is_kept_after_a_run(strategy: str, ordinal: int) -> None:
    options = CudaOptions(isolate=False, alone=False)
    with closing(Runner(ordinal, ProjectKernels(), options)) as runner:

        def once() -> int:
            for _ in runner.run(spinning(strategy, input_bytes=16 << 20), repeats=1, warmup=0):
                pass
            return int(runner.driver.call("cuMemGetInfo")[0])

        once()
        before = once()
        assert [once() for _ in range(3)] == [before] * 3
