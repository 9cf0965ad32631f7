"""The stand-in for a GPU itself: it must notice what a test of a kernel relies on it to notice."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from profiler import kernel_sources
from tests.helpers.cushim.build import kernel_names
from tests.helpers.cushim.loader import CpuKernels, Guarded

FAULTY = r"""
#include "platform.cuh"

extern "C" __global__ void some_threads_wait(int* out) {
    if (threadIdx.x < 5) __syncthreads();
    out[0] = __shfl_xor_sync(WHOLE_WARP, 1, 0);
}

// Reverses the block's numbers through shared memory; `careless` leaves out the barrier.
template <bool CARELESS>
__device__ void reverse(int* out) {
    __shared__ int numbers[64];
    numbers[threadIdx.x] = threadIdx.x + 1;
    if (!CARELESS) __syncthreads();
    out[threadIdx.x] = numbers[63 - threadIdx.x];
    __syncthreads();
    numbers[threadIdx.x] = 0;
}
extern "C" __global__ void careful(int* out) { reverse<false>(out); }
extern "C" __global__ void __launch_bounds__(64) careless(int* out) { reverse<true>(out); }

extern "C" __global__ void past_the_end(int* out) { out[64 + threadIdx.x] = 1; }
extern "C" __global__ void before_the_start(int* out) { out[-1 - static_cast<int>(threadIdx.x)] = 1; }

extern "C" __global__ void warp_totals(int* out) {
    int value = threadIdx.x;
    for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(WHOLE_WARP, value, distance);
    out[threadIdx.x] = value;
}
"""


@pytest.fixture
def faulty(kernel_builds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CpuKernels]:
    """Kernels with known faults, in place of the project's."""
    shutil.copytree(kernel_sources.kernels_folder() / "include", tmp_path / "include")
    (tmp_path / "faulty.cu").write_text(FAULTY, encoding="utf-8")
    kernel_sources.content_hash.cache_clear()
    monkeypatch.setattr(kernel_sources, "_CANDIDATES", (tmp_path,))
    yield CpuKernels(kernel_builds)
    kernel_sources.content_hash.cache_clear()


def _launch(kernels: CpuKernels, name: str, *, reverse: bool = False) -> Guarded:
    out = Guarded(np.zeros(64, np.int32))
    kernels.launch("faulty.cu", name, (1, 1, 1), (64, 1, 1), (ctypes.c_void_p(out.address),), reverse=reverse)
    return out


def test_all_kernels_of_a_file_are_found(faulty: CpuKernels) -> None:
    names = ("some_threads_wait", "careful", "careless", "past_the_end", "before_the_start", "warp_totals")
    assert kernel_names("faulty.cu") == names


def test_a_barrier_that_some_threads_never_reach_is_found(faulty: CpuKernels) -> None:
    with pytest.raises(AssertionError, match="wait at a barrier"):
        _launch(faulty, "some_threads_wait")
    assert (_launch(faulty, "careful").array == np.arange(64, 0, -1)).all(), "the next launch is sound"


def test_a_missing_barrier_changes_the_result(faulty: CpuKernels) -> None:
    expected = np.arange(64, 0, -1)
    assert (_launch(faulty, "careful").array == expected).all()
    assert (_launch(faulty, "careful", reverse=True).array == expected).all()
    forward, backward = _launch(faulty, "careless"), _launch(faulty, "careless", reverse=True)
    assert (forward.array != backward.array).any()


@pytest.mark.parametrize(("name", "where"), [("past_the_end", "behind"), ("before_the_start", "before")])
def test_writing_outside_an_array_is_found(faulty: CpuKernels, name: str, where: str) -> None:
    out = _launch(faulty, name)
    with pytest.raises(AssertionError, match=where):
        out.check()


def test_wrong_arguments_are_found(faulty: CpuKernels) -> None:
    with pytest.raises(AssertionError, match="arguments of careful"):
        faulty.launch("faulty.cu", "careful", (1, 1, 1), (1, 1, 1), (ctypes.c_int(1),))


def test_a_warp_is_32_threads(faulty: CpuKernels) -> None:
    totals = _launch(faulty, "warp_totals").array
    assert (totals[:32] == sum(range(32))).all()
    assert (totals[32:] == sum(range(32, 64))).all()
