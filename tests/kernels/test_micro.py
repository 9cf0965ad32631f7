"""The small workloads, whole, against numpy."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from profiler.devices.cuda.kernel_args import TRIAD_FACTOR
from profiler.workload.micro import array_sum, gemm, triad
from tests.helpers import references
from tests.helpers.cushim.loader import CpuKernels, Guarded
from tests.helpers.launching import run_plain

Array = npt.NDArray[Any]

SIZES = [1, 2, 31, 33, 1000, 5001]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("element", ["int32", "int8"])
def test_integer_sums_are_exact(cpu: CpuKernels, element: str, size: int) -> None:
    limits = np.iinfo(element)
    given = np.random.default_rng(1).integers(limits.min, limits.max, (5, size), dtype=element, endpoint=True)
    workload = array_sum(element, size=size)
    actual = run_plain(cpu, workload, given, np.zeros(5, np.int32), 5)
    assert (actual == given.sum(axis=1, dtype=np.int64).astype(np.int32)).all(), "sums wrap around at 32 bits"


@pytest.mark.parametrize("size", [1, 33, 1001])
def test_bytes_are_added_alike_without_dp4a(cpu_plain: CpuKernels, size: int) -> None:
    given = np.random.default_rng(1).integers(-128, 128, (5, size), dtype=np.int8)
    actual = run_plain(cpu_plain, array_sum("int8", size=size), given, np.zeros(5, np.int32), 5)
    assert (actual == given.sum(axis=1, dtype=np.int64)).all()


@pytest.mark.parametrize("size", [1, 3, 65])
def test_bytes_are_multiplied_alike_without_dp4a(cpu_plain: CpuKernels, size: int) -> None:
    given = np.random.default_rng(5).integers(-128, 128, (2, 2, size, size), dtype=np.int8)
    actual = run_plain(cpu_plain, gemm(precision="int8", size=size), given, np.zeros((2, size, size), np.int32), 2)
    assert (actual == given[:, 0].astype(np.int64) @ given[:, 1].astype(np.int64)).all()


@pytest.mark.parametrize("entry", ["sum_loop_s8", "sum_reduce_s8"])
@pytest.mark.parametrize("offset", [0, 1, 2, 3])
def test_bytes_may_start_anywhere(cpu: CpuKernels, entry: str, offset: int) -> None:
    array = np.random.default_rng(2).integers(-128, 128, 37, dtype=np.int8)
    given, made = Guarded(array, offset), Guarded(np.zeros(1, np.int32))
    values = (ctypes.c_void_p(given.address), ctypes.c_void_p(made.address), ctypes.c_longlong(37))
    cpu.launch("sums.cu", entry, (1, 1, 1), (64 if "reduce" in entry else 1, 1, 1), values)
    made.check()
    assert made.array[0] == array.sum()


@pytest.mark.parametrize("size", SIZES)
def test_float_sums(cpu: CpuKernels, size: int) -> None:
    given = np.random.default_rng(3).standard_normal((3, size), np.float32)
    actual = run_plain(cpu, array_sum("float32", size=size), given, np.zeros(3, np.float32), 3)
    error = size * references.UNIT * 1.01 * np.abs(given.astype(np.float64)).sum(axis=1)
    assert (np.abs(actual - given.sum(axis=1, dtype=np.float64)) <= error).all()


def test_the_loop_adds_one_after_the_other(cpu: CpuKernels) -> None:
    """Ten thousand times 0.1 in that order: the error is that of the loop in the article, to the bit."""
    given, made = Guarded(np.full(10_000, 0.1, np.float32)), Guarded(np.zeros(1, np.float32))
    total = np.float32(0)
    for value in given.array:
        total += value
    values = (ctypes.c_void_p(given.address), ctypes.c_void_p(made.address), ctypes.c_longlong(10_000))
    cpu.launch("sums.cu", "sum_loop_f32", (1, 1, 1), (1, 1, 1), values)
    assert made.array[0] == total
    assert total != np.float32(1000)


@pytest.mark.parametrize(("samples", "size"), [(1, 1), (3, 255), (2, 256), (4, 513)])
def test_triad(cpu: CpuKernels, samples: int, size: int) -> None:
    given = np.random.default_rng(4).standard_normal((samples, 2, size), np.float32)
    actual = run_plain(cpu, triad(size=size), given, np.full((samples, size), np.nan, np.float32), samples)
    b, c = given[:, 0].astype(np.float64), given[:, 1].astype(np.float64)
    assert (actual == (b + TRIAD_FACTOR * c).astype(np.float32)).all(), "one rounding: the product is not rounded"


@pytest.mark.parametrize(("samples", "size"), [(1, 1), (2, 3), (1, 64), (2, 65), (1, 130)])
def test_gemm_int8_is_exact(cpu_int8: CpuKernels, samples: int, size: int) -> None:
    given = np.random.default_rng(5).integers(-128, 128, (samples, 2, size, size), dtype=np.int8)
    out = np.full((samples, size, size), 99, np.int32)
    actual = run_plain(cpu_int8, gemm(precision="int8", size=size), given, out, samples)
    assert (actual == given[:, 0].astype(np.int64) @ given[:, 1].astype(np.int64)).all()


@pytest.mark.parametrize(("samples", "size"), [(1, 1), (2, 3), (1, 64), (2, 65), (1, 130)])
def test_gemm_fp32(cpu: CpuKernels, samples: int, size: int) -> None:
    given = np.random.default_rng(6).standard_normal((samples, 2, size, size), np.float32)
    out = np.full((samples, size, size), np.nan, np.float32)
    actual = run_plain(cpu, gemm(size=size), given, out, samples)
    wide = given.astype(np.float64)
    error = size * references.UNIT * 1.01 * (np.abs(wide[:, 0]) @ np.abs(wide[:, 1]))
    assert (np.abs(actual - wide[:, 0] @ wide[:, 1]) <= error).all()
