"""The simulated device: repeats, noise, memory, and what it says of itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from profiler.devices.base import NO_TIME, Source, StepTimings
from profiler.devices.sim.compile import compile_plan
from profiler.devices.sim.device import SimDevice
from profiler.devices.sim.jitter import with_jitter
from profiler.devices.sim.model import parse_gpu
from profiler.errors import Cancelled, PlanError, UsageError
from profiler.plan.model import HostSync, Plan, RangePush, StreamConfig
from profiler.plan.registry import make_plan
from profiler.workload.model import KernelCall, Workload
from tests.helpers.gpus import gpu_text, toy_gpu
from tests.helpers.plans import Steps, timed

WORKLOAD = Workload("toy", "fp32", 1000, 100, lambda n: (timed(300 * n),), weight_bytes=500)
NAMES = ("host_start", "host_end", "queued", "start", "end")


def plan(batch: int = 8, strategy: str = "depth-first", **knobs: int) -> Plan:
    return make_plan(strategy, WORKLOAD, batch, StreamConfig(**knobs))


def same(left: StepTimings, right: StepTimings) -> bool:
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in NAMES)


def test_without_jitter_all_repeats_are_one() -> None:
    timings = SimDevice(toy_gpu()).execute(plan(), repeats=4, warmup=3)
    assert timings.repeats == 4
    assert timings.start.shape == (4, len(plan().steps))
    assert (timings.start == timings.start[0]).all()
    assert same(timings, SimDevice(toy_gpu(), seed=7).execute(plan(), repeats=4))


def test_jitter_follows_the_seed_and_differs_by_repeat() -> None:
    def noisy(seed: int) -> StepTimings:
        return SimDevice(toy_gpu(), seed=seed, jitter_percent=5).execute(plan(), repeats=3)

    assert same(noisy(1), noisy(1))
    assert not same(noisy(1), noisy(2))
    ends = {int(end) for end in noisy(1).end.max(axis=1)}
    assert len(ends) == 3


def test_jitter_adds_up_to_its_percentage_and_never_takes_away() -> None:
    gpu = toy_gpu(call_us={"launch": 5.0, "memcpy": 5.0}, copy_overhead_us=1.0)
    columns = compile_plan(plan(64, chunks=64, requests=20), gpu)
    noisy = with_jitter(columns, 10, seed=3, repeat=0)
    for name in ("call_ns", "fixed_ns", "transfer_ns", "block_ns"):
        before, after = np.array(getattr(columns, name)), np.array(getattr(noisy, name))
        assert (after >= before).all()
        assert (after * 10 <= before * 11).all()
        grown = after.sum() / before.sum() - 1
        assert 0.045 < grown < 0.055
    assert noisy.alone_ns == columns.alone_ns
    assert with_jitter(columns, 0, seed=3, repeat=0).call_ns == columns.call_ns


def test_what_the_arrays_say() -> None:
    made = plan(2)
    timings = SimDevice(toy_gpu()).execute(made)
    for index, step in enumerate(made.steps):
        on_host_only = isinstance(step, HostSync | RangePush) or type(step).__name__ == "RangePop"
        assert timings.source[index] == (Source.NONE if on_host_only else Source.SIM)
        assert (timings.start[0][index] == NO_TIME) == on_host_only
    assert timings.resolution_ns == 1
    assert [(pair.host_ns, pair.device_ns, pair.uncertainty_ns) for pair in timings.clocks] == [(0, 0, 0)]


def test_priced_alone_and_the_share_taken_from_others() -> None:
    # 25 blocks on ten slots: three waves of 10 ns, and five sixths of them filled.
    kernel = KernelCall("k", (25, 1, 1), (1024, 1, 1), flops=25_000)
    steps = Steps()
    steps.htod(0, 7)
    steps.launch(0, kernel, reads=(1,), writes=(2,))
    steps.record(0, 0)
    steps.sync()
    timings = SimDevice(toy_gpu(copy_overhead_us=0.002)).execute(steps.plan(1))
    assert timings.alone_ns is not None
    assert timings.work_ns is not None
    assert timings.alone_ns.tolist() == [9, 30, 0, 0]
    assert timings.work_ns.tolist() == [9, 25, 0, 0]


def test_a_plan_is_proved_before_it_runs() -> None:
    steps = Steps()
    steps.htod(0, 7)
    steps.kernel(1, 5, reads=(1,))
    steps.sync()
    with pytest.raises(PlanError, match="nothing orders"):
        SimDevice(toy_gpu()).execute(steps.plan(2))


def test_progress_is_told_and_may_cancel() -> None:
    told: list[tuple[int, int]] = []
    SimDevice(toy_gpu(), jitter_percent=1).execute(plan(), repeats=3, progress=lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(Cancelled, match="after 2 of 5") as caught:
        SimDevice(toy_gpu(), jitter_percent=1).execute(plan(), repeats=5, progress=lambda done, total: done < 2)
    assert caught.value.exit_code == 130


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"jitter_percent": -1}, {"jitter_percent": float("nan")}])
def test_wrong_numbers_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        SimDevice(toy_gpu(), **wrong)


@pytest.mark.parametrize("wrong", [{"repeats": 0}, {"warmup": -1}])
def test_nothing_runs_fewer_than_once(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        SimDevice(toy_gpu()).execute(plan(), **wrong)


def test_a_plan_that_needs_too_much_memory_is_told_what_would_fit() -> None:
    # 1100 bytes a sample in one slot, 500 bytes of weights, a memory of 1 MiB.
    gpu = toy_gpu(memory_gib=2**-10)
    assert SimDevice(gpu).execute(plan(952, "serial")).repeats == 1
    with pytest.raises(UsageError, match="batch of 952 would fit") as caught:
        SimDevice(gpu).execute(plan(954, "serial"))
    assert caught.value.exit_code == 2
    heavy = replace(plan(1, "serial"), workload=replace(WORKLOAD, weight_bytes=1 << 30))
    with pytest.raises(UsageError, match="Weights alone"):
        SimDevice(gpu).execute(heavy)


def test_memory_is_unlimited_where_the_file_is_silent() -> None:
    assert SimDevice(toy_gpu()).execute(plan(1_000_000, "serial")).repeats == 1


def test_times_beyond_int64_are_refused() -> None:
    gpu = toy_gpu(htod_gb_per_s=1e-25)
    with pytest.raises(UsageError, match="centuries"):
        SimDevice(gpu).execute(plan())


def test_what_it_says_of_itself() -> None:
    gpu = toy_gpu(kernel_gap_us=2.5, copy_engines=3, hardware_queues=8)
    info = SimDevice(gpu).info
    assert (info.spec, info.name, info.simulated) == ("sim:ideal", "ideal", True)
    assert (info.copy_engines, info.sm_count, info.kernel_gap_ns, info.hardware_queues) == (3, 10, 2500, 8)
    assert info.notes == ("simulated; the GPU file names no sources",)


def test_its_notes_count_what_is_assumed() -> None:
    sources = "[source]\nname = 'x'\nhtod_gb_per_s = 'a page'\ndtoh_gb_per_s = 'Assumed: as the other'"
    info = SimDevice(parse_gpu(gpu_text() + sources, "x")).info
    assert info.notes == ("simulated; 1 of 2 numbers of the GPU file are assumed, the others have a source",)
    info = SimDevice(parse_gpu(gpu_text() + sources.replace("a page", "assumed"), "x")).info
    assert info.notes == ("simulated; the GPU file says of 2 numbers where they are from, and all are assumed",)


def test_it_can_be_closed_twice() -> None:
    device = SimDevice(toy_gpu())
    device.close()
    device.close()
