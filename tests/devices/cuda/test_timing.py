"""What follows from stamps: copies exactly, kernels as far as stamps can tell."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from random import Random
from typing import Any

import numpy as np
import pytest

from profiler.devices.base import NO_TIME, Engine, Source
from profiler.devices.cuda.clock import ClockMap
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.program import Program, ThreadCalls
from profiler.devices.cuda.stamps import place_stamps
from profiler.devices.cuda.timing import row_of, step_engines
from profiler.devices.sim.device import SimDevice
from profiler.plan.model import GraphLaunch, Launch, Memcpy, Plan, StreamConfig
from profiler.plan.registry import make_plan
from profiler.workload.model import KernelCall, Workload
from tests.devices.cuda import cases
from tests.helpers.fake_driver.device import open_fake
from tests.helpers.gpus import toy_gpu


def pipeline(copy_bytes: int, kernel_ns: int) -> Workload:
    return Workload("pipeline", "fp32", copy_bytes, copy_bytes, Recipe(kernel_ns))


class Recipe:
    def __init__(self, ns: int) -> None:
        self.ns = ns

    def __call__(self, samples: int) -> tuple[KernelCall, ...]:
        return (KernelCall("k", (1, 1, 1), (32, 1, 1), duration_ns=self.ns),)


def stamped(plan: Plan) -> tuple[Program, Any, list[int], dict[int, list[int]]]:
    """A program of a simulated run: its truth, the stamps a driver would record, and the host's."""
    truth = SimDevice(toy_gpu()).execute(plan)
    stamps = place_stamps(plan)
    made: Any = None
    program = Program(plan, stamps, made, order=list(range(len(plan.steps))))
    host: dict[int, list[int]] = {}
    for index, step in enumerate(plan.steps):
        if step.graph < 0:
            calls = program.threads.setdefault(step.thread, ThreadCalls())
            calls.main[index] = len(host.setdefault(step.thread, []))
            host[step.thread] += [int(truth.host_start[0, index]), int(truth.host_end[0, index])]
    device = [0] * stamps.count
    for index, stamp in stamps.before.items():
        device[stamp] = int(truth.queued[0, index])
    for index, stamp in stamps.end.items():
        device[stamp] = int(truth.end[0, index])
    return program, truth, device, host


@pytest.mark.parametrize("strategy", ["serial", "depth-first", "breadth-first", "three-stream", "in-flight"])
@pytest.mark.parametrize("seed", range(6))
def test_copies_are_recovered_exactly_however_contended(strategy: str, seed: int) -> None:
    random = Random(seed)
    workload = pipeline(random.choice((500, 1000, 3000)), random.choice((300, 700, 2500)))
    plan = make_plan(strategy, workload, 16, StreamConfig(requests=2))
    program, truth, device, host = stamped(plan)
    row = row_of(program, host, device, ClockMap(0), step_engines(plan, 2))
    copies = [index for index, step in enumerate(plan.steps) if isinstance(step, Memcpy)]
    assert row.start[copies].tolist() == truth.start[0, copies].tolist()
    assert row.end[copies].tolist() == truth.end[0, copies].tolist()
    kernels = [index for index, step in enumerate(plan.steps) if isinstance(step, Launch)]
    assert (row.start[kernels] <= truth.start[0, kernels]).all()
    assert row.end[kernels].tolist() == truth.end[0, kernels].tolist()


def test_a_pair_of_stamps_would_have_been_wrong() -> None:
    """The waiting of contended copies, which event pairs count as execution, is told apart."""
    plan = make_plan("depth-first", pipeline(1000, 700), 64, StreamConfig(streams=4, chunks=64, buffers=4))
    program, _, device, host = stamped(plan)
    row = row_of(program, host, device, ClockMap(0), step_engines(plan, 2))
    copies = [index for index, engine in enumerate(step_engines(plan, 2)) if engine == Engine.HTOD]
    assert (row.end - row.queued)[copies].mean() > 1.5 * (row.end - row.start)[copies].mean()


def test_one_copy_engine_serves_both_directions() -> None:
    plan = make_plan("depth-first", pipeline(1000, 700), 8, StreamConfig())
    engines = step_engines(plan, 1)
    assert {int(engines[i]) for i, step in enumerate(plan.steps) if isinstance(step, Memcpy)} == {Engine.COPY}


def durations(ran: cases.Ran, plan: Plan, engine: int) -> list[int]:
    row = ran.rows[-1]
    assert ran.measured is not None
    mine = np.flatnonzero(ran.measured.engine == engine)
    return sorted((row.end - row.start)[mine].tolist())


def test_over_the_fake_driver_copies_last_as_long_as_its_engines_took(over_fake: Callable[..., Any]) -> None:
    """Where the host keeps ahead, that is: a stamp can be recorded only after its call."""
    plan = cases.toy_plan("breadth-first", 64, streams=2, chunks=64, buffers=64)
    ran = over_fake(cases.run, plan, COPY_NS=100_000)
    served = [end - start for engine, _, start, end in ran.served if engine == 0]
    found = durations(ran, plan, Engine.HTOD)
    assert len(found) == len(served) == 64
    close = sum(abs(ours - theirs) <= 16 for ours, theirs in zip(found, sorted(served), strict=True))
    assert close >= 32


def test_sources_say_how_each_time_is_known(over_fake: Callable[..., Any]) -> None:
    plan = cases.by_hand()
    ran = over_fake(cases.run, plan)
    names = [Source(value).name for value in ran.measured.source.tolist()]
    assert names == ["FIFO", "EVENT", "EVENT", "EVENT", "EVENT", "FIFO", "EVENT", "NONE", "NONE"]


def test_phases_give_one_interval_for_a_run_of_kernels(over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan("depth-first", 8)
    ran = over_fake(cases.run, plan, CudaOptions(isolate=False, detail="phase", alone=False))
    kernels = [index for index, step in enumerate(plan.steps) if isinstance(step, Launch)]
    row, source = ran.rows[0], ran.measured.source
    known = [index for index in kernels if row.start[index] != NO_TIME]
    assert len(known) * 3 == len(kernels)
    assert all((source[index] != Source.NONE) == (index in known) for index in kernels)


def test_a_graph_s_nodes_have_times_of_their_own_inside_the_launch(over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan("graph", 8, requests=2)
    ran = over_fake(cases.run, plan)
    row = ran.rows[0]
    for index, step in enumerate(plan.steps):
        if isinstance(step, Memcpy | Launch):
            assert row.start[step.graph] <= row.queued[index] <= row.start[index] <= row.end[index]
            assert row.end[index] <= row.end[step.graph]
            assert isinstance(plan.steps[step.graph], GraphLaunch)


def test_clocks_are_told_with_their_bound(over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.run, cases.toy_plan("serial", 4), repeats=2)
    first, last = ran.measured.clocks
    assert first.host_ns < last.host_ns
    assert ran.measured.extra["clock_contradiction_ns"] == 0
    assert 0 < ran.measured.extra["clock_uncertainty_ns"] < 10**6


@pytest.mark.parametrize("ppm", [-200, 0, 200])
@pytest.mark.parametrize("offset", [-(10**12), 10**15])
def test_cause_comes_before_effect_whatever_the_device_s_clock_does(ppm: int, offset: int) -> None:
    plan = cases.toy_plan("three-stream", 8, requests=3)
    with closing(open_fake(CudaOptions(alone=False), PPM=ppm, OFFSET_NS=offset, COPY_NS=50_000)) as device:
        timings = device.execute(plan, repeats=3)
    for repeat in range(3):
        start, end, called = (getattr(timings, name)[repeat] for name in ("start", "end", "host_start"))
        known = (start != NO_TIME) & (called != NO_TIME)
        assert (called <= start)[known].all()
        assert end.max() <= timings.host_end[repeat].max()
