"""Makespans that can be worked out on paper, and bounds that no run can beat."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.devices.base import NO_TIME, Engine, StepTimings
from profiler.devices.sim.device import SimDevice
from profiler.devices.sim.model import load_gpu
from profiler.plan.dependencies import dependencies
from profiler.plan.model import Plan, StreamConfig
from profiler.plan.registry import STRATEGIES, make_plan
from profiler.workload.model import KernelCall, Workload
from tests.helpers.gpus import toy_gpu
from tests.helpers.plans import Steps, timed
from tests.helpers.simulate import run

stage = st.integers(1, 50)


def stages(into: int, compute: int, out: int) -> Workload:
    """A sample copies in, computes and copies out for so many nanoseconds each on the ideal GPU."""
    return Workload("stages", "fp32", into, out, lambda samples: (timed(compute * samples),))


def makespan(plan: Plan, **gpu: object) -> int:
    timings = SimDevice(toy_gpu(**gpu)).execute(plan)
    return int(timings.host_end.max())


@given(stage, stage, stage, st.integers(1, 12))
def test_three_streams_with_buffers_enough_are_a_perfect_pipeline(a: int, b: int, c: int, chunks: int) -> None:
    plan = make_plan("three-stream", stages(a, b, c), chunks, StreamConfig(chunks=chunks, buffers=chunks))
    assert makespan(plan) == a + b + c + (chunks - 1) * max(a, b, c)


@given(stage, stage, stage, st.integers(1, 12))
def test_serial_adds_everything_up(a: int, b: int, c: int, requests: int) -> None:
    plan = make_plan("serial", stages(a, b, c), 1, StreamConfig(requests=requests))
    assert makespan(plan) == requests * (a + b + c)


@given(stage, stage, stage, st.integers(2, 12))
def test_one_buffer_is_no_pipeline(a: int, b: int, c: int, chunks: int) -> None:
    plan = make_plan("three-stream", stages(a, b, c), chunks, StreamConfig(chunks=chunks, buffers=1))
    # The next copy in waits for the kernel that reads the input, the next kernel for the copy of the output.
    into, kernel, out = a, a + b, a + b + c
    for _ in range(chunks - 1):
        into = max(into, kernel) + a
        kernel = max(into, kernel, out) + b
        out = max(kernel, out) + c
    assert makespan(plan) == out


@given(stage, stage, stage, st.integers(2, 12))
def test_one_copy_engine_is_the_bottleneck_where_kernels_are_short(a: int, b: int, c: int, chunks: int) -> None:
    b = min(a, b, c)
    plan = make_plan("three-stream", stages(a, b, c), chunks, StreamConfig(chunks=chunks, buffers=chunks))
    # While the second copy in runs the first kernel ends, so from then on a copy waits whenever another one ends;
    # the last kernel runs under the copy out before the last. The engine works without a pause.
    assert makespan(plan, copy_engines=1) == chunks * (a + c)


@given(stage, stage, stage, st.integers(2, 12))
def test_one_copy_engine_otherwise(a: int, b: int, c: int, chunks: int) -> None:
    plan = make_plan("three-stream", stages(a, b, c), chunks, StreamConfig(chunks=chunks, buffers=chunks))
    least = max(chunks * (a + c), a + chunks * b + c)
    assert least <= makespan(plan, copy_engines=1) <= chunks * (a + b + c)


def issue(order: str, streams: int, chunks: int, ns: int) -> Steps:
    """Chunks over streams, one after another or stage by stage in rounds of one chunk a stream."""
    steps = Steps()
    stages_of = (steps.htod, steps.kernel, steps.dtoh)
    if order == "depth":
        for chunk in range(chunks):
            for put in stages_of:
                put(chunk % streams, ns)
    else:
        for first in range(0, chunks, streams):
            for put in stages_of:
                for chunk in range(first, first + streams):
                    put(chunk % streams, ns)
    steps.sync()
    return steps


@pytest.mark.parametrize(
    ("gpu", "depth", "breadth"),
    [
        pytest.param({"copy_engines": 1, "engine_queue": "issue"}, 24, 16, id="one engine, issue order"),
        pytest.param({"engine_queue": "issue", "late_kernel_signal": True}, 10, 15, id="late kernel signal"),
        pytest.param({"engine_queue": "issue"}, 10, 10, id="two engines, issue order"),
        pytest.param({"hardware_queues": 1}, 17, 19, id="one hardware queue"),
        pytest.param({"hardware_queues": 4}, 10, 10, id="four hardware queues"),
        pytest.param({"hardware_queues": 4, "copy_engines": 1}, 16, 16, id="four hardware queues, one engine"),
    ],
)
def test_issue_order_matters_as_it_did_on_each_generation(gpu: dict[str, object], depth: int, breadth: int) -> None:
    # Eight chunks of three equal stages on four streams. The pattern is the one of M. Harris, "How to Overlap Data
    # Transfers in CUDA C/C++" (2012): depth first fails on one engine, breadth first where kernels signal late, and
    # with several hardware queues the order does not matter.
    assert run(issue("depth", 4, 8, 1000), 4, **gpu).makespan == depth * 1000
    assert run(issue("breadth", 4, 8, 1000), 4, **gpu).makespan == breadth * 1000


def longest_chain(plan: Plan, alone: list[int]) -> int:
    finish: dict[int, int] = defaultdict(int)
    before: dict[int, list[int]] = defaultdict(list)
    for source, target, _ in dependencies(plan):
        before[target].append(source)
    for step, ns in enumerate(alone):
        finish[step] = ns + max((finish[source] for source in before[step]), default=0)
    return max(finish.values())


def assert_bounds_hold(plan: Plan, timings: StepTimings) -> None:
    assert timings.alone_ns is not None
    assert timings.work_ns is not None
    on_device = timings.start[0] != NO_TIME
    for row in range(timings.repeats):
        start, end = timings.start[row], timings.end[row]
        last = int(timings.host_end[row].max())
        for engine in set(timings.engine.tolist()) - {int(Engine.NONE)}:
            served = timings.engine == engine
            assert int(end[served].max() - start[served].min()) >= int(timings.work_ns[served].sum())
        assert (end - start >= timings.alone_ns)[on_device].all()
        assert last >= longest_chain(plan, timings.alone_ns.tolist())


def uneven(samples: int) -> tuple[KernelCall, ...]:
    """Kernels that fill the GPU in part, in one wave and in several."""
    return tuple(
        KernelCall(f"k{number}", (blocks * samples, 1, 1), (threads, 1, 1), flops=flops * samples)
        for number, (blocks, threads, flops) in enumerate(((7, 1024, 70_000), (3, 256, 900), (31, 512, 400_000)))
    )


PINNED_ONLY = ("graph", "zero-copy")
KINDS = [(s, "pinned") for s in STRATEGIES] + [(s, "pageable") for s in STRATEGIES if s not in PINNED_ONLY]


@pytest.mark.parametrize(("strategy", "memory"), KINDS)
@settings(max_examples=50)
@given(
    chunks=st.integers(1, 9),
    streams=st.integers(1, 5),
    requests=st.integers(2, 4),
    threads=st.integers(1, 2),
    jitter=st.sampled_from((0.0, 20.0)),
    queues=st.sampled_from((1, 2, 32)),
    duplex=st.sampled_from((1.0, 0.7)),
    gap=st.sampled_from((0, 1.5)),
)
def test_no_run_beats_its_engines_or_its_longest_chain(
    strategy: str,
    memory: str,
    chunks: int,
    streams: int,
    requests: int,
    threads: int,
    jitter: float,
    queues: int,
    duplex: float,
    gap: float,
) -> None:
    workload = Workload("uneven", "fp32", 900, 400, uneven, workspace_bytes=1)
    config = StreamConfig(chunks=chunks, streams=streams, requests=requests, issue_threads=threads, memory=memory)
    plan = make_plan(strategy, workload, chunks, config)
    gpu = toy_gpu(
        hardware_queues=queues, duplex_factor=duplex, kernel_gap_us=gap, blocks_per_sm=2, pageable_async_max_bytes=0
    )
    device = SimDevice(gpu, jitter_percent=jitter)
    assert_bounds_hold(plan, device.execute(plan, repeats=2))


@pytest.mark.parametrize("name", ["h100-sxm", "t4"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_bounds_hold_on_shipped_gpus(name: str, strategy: str) -> None:
    workload = Workload("uneven", "fp32", 602_112, 4_000, uneven, workspace_bytes=1)
    plan = make_plan(strategy, workload, 32, StreamConfig(requests=3))
    timings = SimDevice(load_gpu(name)).execute(plan)
    assert_bounds_hold(plan, timings)
    assert np.array_equal(timings.start, SimDevice(load_gpu(name)).execute(plan).start)
