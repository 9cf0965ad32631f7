"""The micro workloads: what is copied, what is launched, what it costs, by hand arithmetic."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import UsageError
from profiler.workload.micro import MICRO, array_sum, gemm, triad
from profiler.workload.model import EFFICIENCY_CLASSES, PRECISIONS

#: Largest of each grid dimension, and of a block, for every compute capability since 3.0.
GRID_LIMITS = (2**31 - 1, 65535, 65535)
BLOCK_LIMIT = 1024


@pytest.mark.parametrize(
    ("element", "precision", "width", "suffix"),
    [("int32", "int32", 4, "i32"), ("float32", "fp32", 4, "f32"), ("int8", "int8", 1, "s8")],
)
def test_a_sum_copies_the_array_in_and_four_bytes_out(element: str, precision: str, width: int, suffix: str) -> None:
    workload = array_sum(element)
    loop, reduce = workload.kernels(3)

    assert (workload.name, workload.precision) == (f"sum-{element}", precision)
    assert (workload.input_bytes, workload.output_bytes) == (1000 * width, 4)
    assert (loop.name, loop.grid, loop.block, loop.entry) == ("loop", (3, 1, 1), (1, 1, 1), f"sum_loop_{suffix}")
    assert (reduce.name, reduce.grid, reduce.entry) == ("reduce", (3, 1, 1), f"sum_reduce_{suffix}")
    for kernel in (loop, reduce):
        assert (kernel.flops, kernel.read_bytes, kernel.write_bytes) == (3000, 3000 * width, 12)
        assert dict(kernel.params) == {"size": 1000}


def test_only_the_parallel_sum_of_bytes_is_priced_as_int8() -> None:
    priced = {name: [kernel.precision for kernel in MICRO[name]().kernels(1)] for name in MICRO if "sum" in name}

    assert priced == {"sum-int32": ["fp32", "fp32"], "sum-float32": ["fp32", "fp32"], "sum-int8": ["fp32", "int8"]}


@given(st.integers(1, 2**32))
def test_the_threads_that_share_an_array_are_whole_warps_with_a_partial_sum_each(size: int) -> None:
    reduce = array_sum("float32", size=size).kernels(1)[1]

    assert reduce.threads % 32 == 0
    assert 32 <= reduce.threads <= BLOCK_LIMIT
    assert reduce.threads == 1024 or reduce.threads * 4 >= size
    assert reduce.shared_bytes == reduce.threads // 32 * 4


def test_triad_moves_three_vectors_over_the_link_and_through_memory() -> None:
    workload = triad()
    (kernel,) = workload.kernels(2)

    assert (workload.input_bytes, workload.output_bytes) == (2 * 4 * 2**20, 4 * 2**20)
    assert kernel.flops == 2 * 2 * 2**20
    assert (kernel.read_bytes, kernel.write_bytes) == (2 * workload.input_bytes, 2 * workload.output_bytes)
    assert kernel.blocks * kernel.threads == 2 * 2**20


def test_a_last_block_that_is_not_full_is_launched() -> None:
    assert triad(size=257).kernels(1)[0].grid == (2, 1, 1)


@pytest.mark.parametrize(("precision", "width", "entry"), [("fp32", 4, "gemm_f32"), ("int8", 1, "gemm_s8")])
def test_gemm_costs_two_operations_for_each_product(precision: str, width: int, entry: str) -> None:
    workload = gemm(precision=precision, size=100)
    (kernel,) = workload.kernels(5)

    assert (workload.input_bytes, workload.output_bytes) == (2 * 100 * 100 * width, 100 * 100 * 4)
    assert kernel.flops == 2 * 100**3 * 5
    assert (kernel.read_bytes, kernel.write_bytes) == (5 * workload.input_bytes, 5 * workload.output_bytes)
    assert kernel.grid == (2, 2, 5)
    assert (kernel.precision, kernel.entry) == (precision, entry)


@given(st.sampled_from(sorted(MICRO)), st.integers(1, 65536), st.integers(1, 128))
def test_every_launch_fits_a_gpu_and_costs_as_many_samples_as_it_has(name: str, size: int, samples: int) -> None:
    workload = MICRO[name](size=size)
    for kernel, one in zip(workload.kernels(samples), workload.kernels(1), strict=True):
        assert all(1 <= side <= limit for side, limit in zip(kernel.grid, GRID_LIMITS, strict=True))
        assert 1 <= kernel.threads <= BLOCK_LIMIT
        assert kernel.flops == samples * one.flops
        assert kernel.read_bytes == samples * one.read_bytes
        assert kernel.write_bytes == samples * one.write_bytes
        assert kernel.efficiency_class in EFFICIENCY_CLASSES
        assert kernel.precision in PRECISIONS


@pytest.mark.parametrize("name", sorted(MICRO))
def test_a_workload_can_be_sent_to_another_process(name: str) -> None:
    workload = MICRO[name](size=64)

    assert pickle.loads(pickle.dumps(workload)).kernels(3) == workload.kernels(3)


@pytest.mark.parametrize(
    ("name", "precision"),
    [("sum-int32", "fp32"), ("sum-int32", "int8"), ("sum-float32", "int8"), ("sum-int8", "fp32"), ("triad", "int8")],
)
def test_a_precision_that_contradicts_the_name_is_refused(name: str, precision: str) -> None:
    with pytest.raises(UsageError, match=f"--precision: {name} cannot run in {precision}"):
        MICRO[name](precision=precision)


@pytest.mark.parametrize(("name", "precision"), [("sum-float32", "fp32"), ("sum-int8", "int8"), ("triad", "fp32")])
def test_a_precision_that_agrees_with_the_name_is_taken(name: str, precision: str) -> None:
    assert MICRO[name](precision=precision) == MICRO[name]()


@pytest.mark.parametrize("name", sorted(MICRO))
@pytest.mark.parametrize("size", [0, -1, 2**40])
def test_a_size_that_makes_no_sense_is_refused_with_the_range(name: str, size: int) -> None:
    with pytest.raises(UsageError, match=rf"--size: {name} cannot have size {size}\. Give 1 to "):
        MICRO[name](size=size)
