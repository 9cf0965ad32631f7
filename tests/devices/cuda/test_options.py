"""What the options do: a gate, durations alone, priorities, timed kernels."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from profiler.devices.base import NO_TIME, Source
from profiler.devices.cuda.facts import GpuFacts, hardware_queues
from profiler.devices.cuda.flag import Flag
from profiler.devices.cuda.functions import Bound, Span
from profiler.devices.cuda.gate import MOST_PENDING
from profiler.devices.cuda.nvtx_ranges import pop_range, push_range
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.replay import CallFailed, replay
from profiler.devices.cuda.timed_kernels import SPIN, WithTimedKernels
from profiler.plan.model import Launch, Memcpy, Plan
from profiler.plan.registry import make_plan
from profiler.workload.model import KernelCall, Workload
from tests.devices.cuda import cases
from tests.helpers.fake_driver.toys import ToyKernels

HERE = CudaOptions(isolate=False, alone=False)


@pytest.mark.parametrize("strategy", ["depth-first", "three-stream", "graph", "zero-copy"])
def test_a_gate_changes_no_result(strategy: str, over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.run, cases.toy_plan(strategy), replace(HERE, gate=True), repeats=2)
    assert (ran.error, ran.right, ran.leaks, ran.misuse) == ("", True, {}, "")


def test_a_plan_that_waits_in_between_cannot_be_gated(over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.run, cases.toy_plan("in-flight", 2, streams=2, requests=5), replace(HERE, gate=True))
    assert ran.kind == "PlanRefused"
    assert "wait before all is enqueued" in ran.error
    assert ran.leaks == {}


def test_a_plan_with_more_than_a_stream_takes_cannot_be_gated(over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan("depth-first", MOST_PENDING, chunks=MOST_PENDING // 4, streams=1)
    ran = over_fake(cases.run, plan, replace(HERE, gate=True))
    assert f"a gate takes {MOST_PENDING}" in ran.error


def test_threads_cannot_be_gated(over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.run, cases.toy_plan("three-stream", issue_threads=2), replace(HERE, gate=True))
    assert "single issue thread" in ran.error


def test_alone_is_known_for_copies_and_kernels_only(over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan("depth-first")
    ran = over_fake(cases.run, plan, CudaOptions(isolate=False), KERNEL_NS=40_000, COPY_NS=30_000)
    alone, work = ran.measured.alone.alone_ns, ran.measured.alone.work_ns
    assert ran.right
    for index, step in enumerate(plan.steps):
        known = isinstance(step, Memcpy | Launch)
        assert (alone[index] > 0) == known
        if isinstance(step, Memcpy):
            assert 30_000 <= alone[index] == work[index]
        elif isinstance(step, Launch):
            assert alone[index] >= 40_000
            slots = 132 * 32
            assert work[index] == alone[index] * step.kernel.blocks // slots


def test_a_kernel_of_one_and_a_half_waves_fills_three_quarters(over_fake: Callable[..., Any]) -> None:
    plan = cases.by_hand()
    slots = 132 * 32
    steps = [
        replace(step, kernel=replace(step.kernel, grid=(slots * 3 // 2, 1, 1))) if isinstance(step, Launch) else step
        for step in plan.steps
    ]
    ran = over_fake(cases.run, replace(plan, steps=tuple(steps)), CudaOptions(isolate=False))
    (index,) = (index for index, step in enumerate(steps) if isinstance(step, Launch))
    assert ran.measured.alone.work_ns[index] == ran.measured.alone.alone_ns[index] * 3 // 4


@pytest.mark.parametrize("strategy", ["serial", "three-stream", "graph"])
def test_the_gpu_s_timer_narrows_kernels_within_their_stamps(strategy: str, over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan(strategy)
    ran = over_fake(cases.run, plan, replace(HERE, timing="gputimer"), repeats=2, KERNEL_NS=50_000)
    assert (ran.error, ran.right, ran.leaks, ran.misuse) == ("", True, {}, "")
    kernels = [index for index, step in enumerate(plan.steps) if isinstance(step, Launch)]
    row = ran.rows[-1]
    assert {Source(value) for value in ran.measured.source[kernels].tolist()} == {Source.GPUTIMER}
    assert (row.queued <= row.start)[kernels].all()
    assert ((row.end - row.start)[kernels] >= 50_000).all()
    assert (row.start > row.queued)[kernels].any()


def test_without_stamps_only_the_host_is_timed(over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan("three-stream")
    ran = over_fake(cases.run, plan, replace(HERE, detail="none"), repeats=2)
    assert (ran.error, ran.right) == ("", True)
    work = [index for index, step in enumerate(plan.steps) if isinstance(step, Launch | Memcpy)]
    assert (ran.rows[0].start[work] == NO_TIME).all()
    assert (ran.rows[0].host_end[work] >= ran.rows[0].host_start[work]).all()


@pytest.mark.parametrize(("variable", "queues"), [("", 8), ("32", 32), ("1", 1), ("0", 8), ("33", 8), ("many", 8)])
def test_hardware_queues_are_as_many_as_the_environment_says(variable: str, queues: int) -> None:
    assert hardware_queues(variable) == queues


GPU = GpuFacts(0, "gpu", "", (9, 0), 132, 2048, 2, 1 << 33, 13000, 0, True, True)


def test_a_kernel_of_a_stated_duration_spins_on_every_sm() -> None:
    kernels = (KernelCall("stage", (1, 1, 1), (32, 1, 1), duration_ns=12_500), KernelCall("mix", (2, 1, 1), (64, 1, 1)))
    plan: Plan = make_plan("serial", Workload("timed", "fp32", 8, 8, lambda samples: kernels), 1)
    launches = [index for index, step in enumerate(plan.steps) if isinstance(step, Launch)]
    spans = {number: Span(4096 * number, buffer.size_bytes) for number, buffer in enumerate(plan.buffers)}
    bound: dict[int, Bound] = WithTimedKernels(ToyKernels(), GPU).bind(plan, spans, Span(0, 0))
    assert sorted(bound) == launches
    spin = bound[launches[0]]
    assert (spin.entry, spin.values[0].value) == (SPIN, 12_500)
    assert spin.grid is not None
    assert spin.block is not None
    assert spin.grid[0] * spin.block[0] == 132 * 2048
    assert bound[launches[1]].entry == "mix"


def test_replay_stamps_every_call_and_stops_at_the_first_failure() -> None:
    called = []

    def answer(code: int) -> tuple[int]:
        called.append(code)
        return (code,)

    stamps: list[int] = []
    replay([(answer, (0,)), (answer, (0,))], 0, stamps)
    assert len(stamps) == 3
    assert stamps == sorted(stamps)
    with pytest.raises(CallFailed) as caught:
        replay([(answer, (0,)), (answer, (7,)), (answer, (0,))], 0, [])
    assert (caught.value.place, caught.value.code) == (1, 7)
    assert called == [0, 0, 0, 7]


def test_a_flag_holds_another_thread_until_it_is_set_or_the_run_is_over() -> None:
    flag = Flag("success")
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(flag.wait()))
    thread.start()
    time.sleep(0.01)
    assert answers == []
    assert flag.set() == ("success",)
    thread.join()
    assert answers == [("success",)]
    flag.reset()
    flag.abort()
    assert flag.wait() == (None,)


def test_ranges_answer_as_a_driver_call_does() -> None:
    assert push_range("request 0", "success") == ("success",)
    assert pop_range("success") == ("success",)


def test_the_input_of_a_run_is_the_same_every_time(over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan("serial", 2)
    assert np.array_equal(over_fake(cases.inputs, plan), over_fake(cases.inputs, plan))
