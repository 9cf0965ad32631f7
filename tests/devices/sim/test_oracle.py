"""Both schedulers give, on every random plan, exactly the times that an instant-by-instant account gives."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest

from profiler.devices.sim.columns import Columns
from profiler.devices.sim.compile import compile_plan
from profiler.devices.sim.cosim import cosimulate
from profiler.devices.sim.fold import fold, runs_free
from profiler.devices.sim.gpu import GpuModel
from profiler.devices.sim.heads import run_heads
from profiler.devices.sim.times import Times
from profiler.plan.model import Plan
from tests.devices.sim.oracle import Oracle
from tests.helpers.gpus import toy_gpu
from tests.helpers.plans import Wishes, random_plan

PLANS = 1000
PARTS = 10
NAMES = ("host_start", "host_end", "queued", "start", "end")


def random_wishes(random: Random, plain: bool) -> Wishes:
    shape = Wishes(
        size=random.choice((10, 20, 35)), streams=random.choice((1, 2, 4, 6)), threads=random.choice((1, 1, 2, 3))
    )
    shape.whole_gpu_kernels = random.random() < 0.3
    if not plain:
        for wish in ("syncs", "graphs", "pageable", "mapped", "priorities", "default_stream"):
            setattr(shape, wish, random.random() < 0.4)
    return shape


def random_gpu(random: Random, plain: bool) -> GpuModel:
    """Times of a few nanoseconds, so that much happens at one instant."""

    def some(*values: float) -> float:
        return random.choice(values)

    call_us = {name: some(0, 0, 0.001, 0.002) for name in ("launch", "memcpy", "record", "wait", "sync")}
    keys = {
        "copy_engines": some(1, 2, 2),
        "kernel_gap_us": some(0, 0.001, 0.003),
        "launch_latency_us": some(0, 0, 0.002, 0.006),
        "copy_latency_us": some(0, 0.003),
        "copy_overhead_us": some(0, 0.001),
        "sync_return_us": some(0, 0.002),
        "graph_launch_us": some(0, 0.004),
        "blocks_per_sm": some(1, 2),
        "sm_count": some(2, 10),
        "fp32_tflops": some(0.1, 1.0),
        "duplex_factor": some(1.0, 0.5, 0.7),
    }
    if plain:
        return toy_gpu(call_us=call_us, **keys, pending_ops=some(6, 1024))
    return toy_gpu(
        call_us=call_us,
        **keys,
        pending_ops=some(1, 2, 3, 1024),
        pageable_async_max_bytes=some(0, 3),
        staging_bytes=some(0, 2, 5),
        hardware_queues=some(1, 2, 32),
        engine_queue=random.choice(("request", "request", "issue")),
        late_kernel_signal=random.choice((False, False, True)),
    )


def assert_same(expected: Times, found: Times, plan: Plan, what: str) -> None:
    for name in NAMES:
        left, right = getattr(expected, name), getattr(found, name)
        wrong = np.flatnonzero(left != right)
        if len(wrong):
            step = int(wrong[0])
            pytest.fail(f"{what}: {name} of step {step}, {plan.steps[step]}: {right[step]}, not {left[step]}")


def check(plan: Plan, columns: Columns, met: Counter[str]) -> None:
    expected = Oracle(columns).run()
    assert_same(expected, cosimulate(columns), plan, "co-simulation")
    if runs_free(columns):
        fast = run_heads(columns, fold(columns))
        met["full" if fast is None else "fast"] += 1
        if fast is not None:
            assert_same(expected, fast, plan, "fast scheduler")


@pytest.mark.parametrize("part", range(PARTS))
def test_equal_to_the_oracle(part: int) -> None:
    met: Counter[str] = Counter()
    for seed in range(part * PLANS // PARTS, (part + 1) * PLANS // PARTS):
        random = Random(seed)
        plain = random.random() < 0.4
        plan = random_plan(random, random_wishes(random, plain))
        gpu = random_gpu(random, plain)
        met["co-simulated"] += 1
        check(plan, compile_plan(plan, gpu), met)
    # Enough of them took the fast way, and some had to leave it.
    assert met["fast"] > 0.1 * met["co-simulated"]
    assert met["full"] > 0
