"""What this GPU computes, under every strategy, is what numpy does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from profiler.devices.cuda.kernel_args import TRIAD_FACTOR
from profiler.devices.cuda.kernel_table import ProjectKernels
from profiler.devices.cuda.memory import PlanMemory
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.runner import Runner
from profiler.plan.model import Memory, Plan, StreamConfig
from profiler.plan.registry import STRATEGIES, make_plan
from profiler.workload.micro import array_sum, gemm, triad
from profiler.workload.model import Workload
from profiler.workload.networks import network

pytestmark = pytest.mark.gpu

Array = npt.NDArray[Any]

BATCH, CHUNKS = 8, 4
HERE = CudaOptions(isolate=False, alone=False)

#: Every slot of a ring holds one chunk, so that all results are there in the end; a whole batch where a request is one.
PLANS = {
    name: StreamConfig(requests=2 if name == "in-flight" else None)
    if name in ("serial", "in-flight")
    else StreamConfig(chunks=CHUNKS, buffers=None if name == "zero-copy" else CHUNKS)
    for name in STRATEGIES
}


@pytest.fixture(scope="module")
def runner(ordinal: int) -> Iterator[Runner]:
    with closing(Runner(ordinal, ProjectKernels(), HERE)) as opened:
        yield opened


def host_buffers(plan: Plan, word: str) -> list[int]:
    """Buffers of the host's side of the inputs, or the outputs, in the order of chunks."""
    reached = (Memory.PINNED, Memory.MAPPED, Memory.PAGEABLE)
    return [n for n, one in enumerate(plan.buffers) if one.memory in reached and word in one.name.split()]


def computed(runner: Runner, workload: Workload, strategy: str, given: Array) -> Array:
    """The bytes that come out for a batch of inputs; a request is given the same as every other."""
    plan = make_plan(strategy, workload, BATCH, PLANS[strategy])
    into, out = host_buffers(plan, "in"), host_buffers(plan, "out")
    found: list[Array] = []

    def fill(memory: PlanMemory) -> None:
        pieces = np.resize(given.reshape(-1).view(np.uint8), sum(memory.view(n).size for n in into))
        place = 0
        for number in into:
            view = memory.view(number)
            view[:] = pieces[place : place + view.size]
            place += view.size

    def inspect(memory: PlanMemory) -> None:
        found.extend(memory.view(number).copy() for number in out)

    for _ in runner.run(plan, repeats=2, warmup=0, fill=fill, inspect=inspect):
        pass
    return np.concatenate(found)[: BATCH * workload.output_bytes]


@pytest.mark.parametrize("strategy", PLANS)
@pytest.mark.parametrize("element", ["int32", "int8"])
def test_integer_sums_are_exact(strategy: str, element: str, runner: Runner) -> None:
    limits = np.iinfo(element)
    given = np.random.default_rng(1).integers(limits.min, limits.max, (BATCH, 5001), dtype=element, endpoint=True)
    made = computed(runner, array_sum(element, size=5001), strategy, given).view(np.int32)
    assert (made == given.sum(axis=1, dtype=np.int64).astype(np.int32)).all()


@pytest.mark.parametrize("strategy", PLANS)
def test_a_triad_is_within_a_rounding(strategy: str, runner: Runner) -> None:
    given = np.random.default_rng(2).standard_normal((BATCH, 2, 1000), np.float32)
    made = computed(runner, triad(size=1000), strategy, given).view(np.float32).reshape(BATCH, 1000)
    exact = given[:, 0].astype(np.float64) + TRIAD_FACTOR * given[:, 1].astype(np.float64)
    size = np.abs(given[:, 0]) + TRIAD_FACTOR * np.abs(given[:, 1])
    assert (np.abs(made - exact) <= 2 * np.finfo(np.float32).eps * size).all()


@pytest.mark.parametrize("side", [64, 100])
def test_products_of_bytes_are_exact(side: int, runner: Runner) -> None:
    given = np.random.default_rng(3).integers(-128, 128, (BATCH, 2, side, side), np.int8)
    made = computed(runner, gemm(precision="int8", size=side), "serial", given).view(np.int32)
    exact = np.matmul(given[:, 0].astype(np.int64), given[:, 1].astype(np.int64))
    assert (made.reshape(exact.shape) == exact).all()


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_network_computes_the_same_under_every_strategy(precision: str, runner: Runner) -> None:
    workload = network("googlenet", precision)
    given = np.random.default_rng(4).standard_normal((BATCH, workload.input_bytes // 4), np.float32)
    serial = computed(runner, workload, "serial", given).view(np.float32)
    assert np.isfinite(serial).all()
    assert len(np.unique(serial)) > BATCH
    for strategy in PLANS:
        # Tiles follow the size of a chunk, and with them the order in which floats are added.
        other = computed(runner, workload, strategy, given).view(np.float32)
        assert np.abs(other - serial).max() <= 1e-3 * np.abs(serial).max(), strategy
