"""Kernels that spend or tell time: they end, and say how."""

from __future__ import annotations

import ctypes
from time import monotonic_ns

import numpy as np
import pytest

from tests.helpers.cushim.loader import CpuKernels, Guarded

ONE = (1, 1, 1)


def test_timestamps_follow_each_other(cpu: CpuKernels) -> None:
    stamps = Guarded(np.zeros((5, 2), np.uint64))
    cpu.launch("clocks.cu", "timestamp", (5, 1, 1), (32, 1, 1), (ctypes.c_void_p(stamps.address),))
    stamps.check()
    assert (np.diff(stamps.array[:, 0].astype(np.int64)) >= 0).all()
    assert stamps.array[0, 0] > 0
    assert (stamps.array[:, 1] == np.arange(5)).all(), "the shim names a multiprocessor after its block"


def test_spinning_takes_as_long_as_it_is_told(cpu: CpuKernels) -> None:
    before = monotonic_ns()
    cpu.launch("clocks.cu", "spin_for", ONE, ONE, (ctypes.c_ulonglong(2_000_000),))
    assert monotonic_ns() - before >= 2_000_000


@pytest.mark.parametrize(("flag", "limit_ns", "timed_out"), [(1, 10**12, 0), (0, 1000, 1)])
def test_a_gate_opens_by_its_flag_or_its_limit(cpu: CpuKernels, flag: int, limit_ns: int, timed_out: int) -> None:
    word, answer = Guarded(np.array([flag], np.uint32)), Guarded(np.array([9], np.uint32))
    values = (ctypes.c_void_p(word.address), ctypes.c_void_p(answer.address), ctypes.c_ulonglong(limit_ns))
    cpu.launch("clocks.cu", "spin_until", ONE, ONE, values)
    assert answer.array[0] == timed_out
