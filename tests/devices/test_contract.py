"""What every device promises, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest

from profiler.devices.base import NO_TIME, Device, Engine, Source, StepTimings
from profiler.devices.registry import open_device
from profiler.devices.sim.device import SimDevice
from profiler.errors import PlanError
from profiler.plan.model import (
    CopyKind,
    GraphLaunch,
    HostSync,
    Launch,
    Memcpy,
    Plan,
    RangePop,
    RangePush,
    RecordEvent,
    StreamConfig,
    StreamStep,
    StreamWait,
)
from profiler.plan.registry import STRATEGIES, make_plan
from profiler.workload.model import KernelCall, Workload
from tests.helpers.fake_driver.device import open_fake
from tests.helpers.gpus import toy_gpu
from tests.helpers.plans import Steps

#: Name to a function that opens the device.
SIMULATED: dict[str, Callable[[], Device]] = {
    "ideal": lambda: SimDevice(toy_gpu()),
    "h100": lambda: open_device("sim:h100-sxm"),
    "t4 with noise": lambda: open_device("sim:t4", seed=3, jitter_percent=5),
    "one copy engine": lambda: SimDevice(toy_gpu(copy_engines=1, hardware_queues=2, kernel_gap_us=1)),
}
DEVICES: dict[str, Callable[[], Device]] = {**SIMULATED, "cuda over a fake driver": open_fake}

#: What only a simulated device can promise: on a GPU a duration alone is an estimate, and nothing is twice the same.
only_simulated = pytest.mark.parametrize("device", SIMULATED, indirect=True, scope="module")
REPEATS = 3
BOTH = (RangePush, RangePop, HostSync)


def kernels(samples: int) -> tuple[KernelCall, ...]:
    return tuple(
        KernelCall(
            f"k{number}", (blocks * samples, 1, 1), (256, 1, 1), flops=100_000 * samples, read_bytes=64 * samples
        )
        for number, blocks in enumerate((3, 50, 400))
    )


WORKLOAD = Workload("three kernels", "fp32", 60_000, 4_000, kernels, workspace_bytes=1_000)


@pytest.fixture(scope="module", params=DEVICES)
def device(request: pytest.FixtureRequest) -> Iterator[Device]:
    opened = DEVICES[request.param]()
    yield opened
    opened.close()
    opened.close()


@pytest.fixture(scope="module", params=[*STRATEGIES, "two threads", "pageable"])
def plan(request: pytest.FixtureRequest) -> Plan:
    if request.param == "two threads":
        return make_plan("three-stream", WORKLOAD, 8, StreamConfig(issue_threads=2, requests=2))
    if request.param == "pageable":
        return make_plan("depth-first", WORKLOAD, 8, StreamConfig(memory="pageable"))
    return make_plan(request.param, WORKLOAD, 8, StreamConfig(requests=4, streams=3))


@pytest.fixture(scope="module")
def timings(device: Device, plan: Plan) -> StepTimings:
    return device.execute(plan, repeats=REPEATS, warmup=1)


def rows(timings: StepTimings) -> Iterator[tuple[list[int], ...]]:
    """Host start, host end, queued, start and end of every repeat."""
    names = ("host_start", "host_end", "queued", "start", "end")
    for repeat in range(timings.repeats):
        yield tuple(getattr(timings, name)[repeat].tolist() for name in names)


def test_shapes_and_types(plan: Plan, timings: StepTimings) -> None:
    steps = len(plan.steps)
    for name in ("host_start", "host_end", "queued", "start", "end"):
        array = getattr(timings, name)
        assert (array.shape, array.dtype) == ((REPEATS, steps), np.int64)
    assert (timings.source.shape, timings.source.dtype) == ((steps,), np.uint8)
    assert (timings.engine.shape, timings.engine.dtype) == ((steps,), np.int8)
    for optional in (timings.alone_ns, timings.work_ns):
        assert optional is None or (optional.shape, optional.dtype) == ((steps,), np.int64)
    assert timings.resolution_ns >= 1
    assert timings.repeats == REPEATS


def test_every_step_has_the_times_it_should(plan: Plan, timings: StepTimings) -> None:
    for host_start, host_end, queued, start, end in rows(timings):
        for index, step in enumerate(plan.steps):
            assert (host_start[index] != NO_TIME) == (host_end[index] != NO_TIME) == (step.graph < 0)
            on_device = not isinstance(step, BOTH)
            known = timings.source[index] != Source.NONE
            assert known <= on_device
            assert (start[index] != NO_TIME) == (end[index] != NO_TIME) == (queued[index] != NO_TIME) == known
            if isinstance(step, Memcpy | Launch):
                assert known


def test_the_engine_is_the_one_that_can(plan: Plan, device: Device, timings: StepTimings) -> None:
    one = device.info.copy_engines == 1
    for step, engine in zip(plan.steps, timings.engine.tolist(), strict=True):
        match step:
            case Launch():
                assert engine == Engine.COMPUTE
            case Memcpy(kind=CopyKind.HTOD):
                assert engine == (Engine.COPY if one else Engine.HTOD)
            case Memcpy(kind=CopyKind.DTOH):
                assert engine == (Engine.COPY if one else Engine.DTOH)
            case _:
                assert engine == Engine.NONE


def test_no_effect_comes_before_its_cause(plan: Plan, timings: StepTimings) -> None:
    for host_start, host_end, queued, start, end in rows(timings):
        for index, step in enumerate(plan.steps):
            if step.graph < 0:
                assert 0 <= host_start[index] <= host_end[index]
            if start[index] == NO_TIME:
                continue
            called = host_start[index] if step.graph < 0 else start[step.graph]
            assert called <= queued[index] <= start[index] <= end[index]
            if step.graph >= 0:
                assert end[index] <= end[step.graph]


def test_records_and_waits_take_no_time(plan: Plan, timings: StepTimings) -> None:
    for _, _, _, start, end in rows(timings):
        for index, step in enumerate(plan.steps):
            if isinstance(step, RecordEvent | StreamWait):
                assert start[index] == end[index]


def test_calls_of_a_thread_follow_each_other(plan: Plan, timings: StepTimings) -> None:
    for host_start, host_end, *_ in rows(timings):
        free: dict[int, int] = {}
        for index, step in enumerate(plan.steps):
            if step.graph < 0:
                assert host_start[index] >= free.get(step.thread, 0)
                free[step.thread] = host_end[index]


def test_streams_are_in_order(plan: Plan, timings: StepTimings) -> None:
    for _, _, queued, start, end in rows(timings):
        last: dict[tuple[int, int], int] = {}
        for index, step in enumerate(plan.steps):
            if isinstance(step, StreamStep) and start[index] != NO_TIME:
                chain = (step.graph, step.stream)
                assert min(queued[index], start[index]) >= last.get(chain, 0)
                last[chain] = end[index]


def test_waits_are_honoured(plan: Plan, timings: StepTimings) -> None:
    records = {step.event: index for index, step in enumerate(plan.steps) if isinstance(step, RecordEvent)}
    waits = [(index, records[step.event]) for index, step in enumerate(plan.steps) if isinstance(step, StreamWait)]
    for _, _, _, start, end in rows(timings):
        for wait, record in waits:
            assert start[wait] == NO_TIME or start[wait] >= end[record]


def test_a_copy_engine_serves_one_copy_at_a_time(plan: Plan, timings: StepTimings) -> None:
    copies = [index for index, step in enumerate(plan.steps) if isinstance(step, Memcpy)]
    for _, _, _, start, end in rows(timings):
        for engine in (Engine.HTOD, Engine.DTOH, Engine.COPY):
            served = sorted((start[i], end[i]) for i in copies if timings.engine[i] == engine)
            assert all(before[1] <= after[0] for before, after in pairwise(served))


def test_the_host_knows_the_end_only_after_it(plan: Plan, timings: StepTimings) -> None:
    issued: list[int] = []
    for host_start, host_end, _, _, end in rows(timings):
        issued.clear()
        for index, step in enumerate(plan.steps):
            if isinstance(step, HostSync) and step.event is None:
                mine = [i for i in issued if plan.steps[i].thread == step.thread]
                awaited = [i for i in mine if step.stream in (None, plan.steps[i].stream)]
                assert host_end[index] >= max((end[i] for i in awaited), default=0)
            elif isinstance(step, StreamStep) and step.graph < 0 and end[index] != NO_TIME:
                issued.append(index)
        assert max(host_end) >= max(end)
        assert min(t for t in host_start if t != NO_TIME) >= 0


def test_a_graph_covers_its_nodes(plan: Plan, timings: StepTimings) -> None:
    for _, _, _, start, end in rows(timings):
        for launch, step in enumerate(plan.steps):
            if isinstance(step, GraphLaunch) and start[launch] != NO_TIME:
                nodes = [i for i, node in enumerate(plan.steps) if node.graph == launch and start[i] != NO_TIME]
                assert min(start[i] for i in nodes) >= start[launch]
                assert max(end[i] for i in nodes) == end[launch]


@only_simulated
def test_alone_is_the_least_a_step_takes(timings: StepTimings) -> None:
    assert timings.alone_ns is not None
    assert timings.work_ns is not None
    known = timings.start != NO_TIME
    assert ((timings.end - timings.start)[known] >= np.broadcast_to(timings.alone_ns, known.shape)[known]).all()
    assert (timings.work_ns <= timings.alone_ns).all()


@only_simulated
def test_a_simulated_device_gives_the_same_again(device: Device, plan: Plan, timings: StepTimings) -> None:
    again = device.execute(plan, repeats=REPEATS, warmup=1)
    assert np.array_equal(again.host_end, timings.host_end)
    assert np.array_equal(again.end, timings.end)


def test_a_plan_that_races_is_refused(device: Device) -> None:
    steps = Steps()
    steps.htod(0, 64)
    steps.kernel(1, 1_000, reads=(1,))
    steps.sync()
    with pytest.raises(PlanError):
        device.execute(steps.plan(2))


def test_progress_is_told_up_to_the_end(device: Device, plan: Plan) -> None:
    told: list[tuple[int, int]] = []
    device.execute(plan, repeats=2, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (2, 2)
