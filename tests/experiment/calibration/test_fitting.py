"""The fits against made-up data whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.experiment.calibration.copies import SIZES
from profiler.experiment.calibration.fitting import KernelSample, fit_line, fit_shares

PW, EL = ("fp32", "pointwise"), ("fp32", "elementwise")


@given(st.floats(1, 50_000), st.floats(0.5, 200))
def test_a_line_is_found_again(overhead: float, rate: float) -> None:
    line = fit_line(SIZES, [overhead + size / rate for size in SIZES])
    assert line.bytes_per_ns == pytest.approx(rate, rel=1e-3)
    assert line.overhead_ns == pytest.approx(overhead, rel=1e-3, abs=2)


def test_noise_of_large_copies_leaves_the_overhead_alone() -> None:
    random = np.random.default_rng(3)
    durations = [(1300 + size / 25) * (1 + 0.01 * random.standard_normal()) for size in SIZES]
    line = fit_line(SIZES, durations)
    assert line.overhead_ns == pytest.approx(1300, rel=0.03)
    assert line.bytes_per_ns == pytest.approx(25, rel=0.03)


def test_an_overhead_is_never_negative() -> None:
    line = fit_line((1000, 2000, 4000), (90, 195, 400))
    assert line.overhead_ns == 0
    assert line.bytes_per_ns == pytest.approx(10.3, abs=0.2)


def _samples(share: float, memory: float, noise: float = 0.0, *, seed: int = 0) -> list[KernelSample]:
    """Kernels of two kinds over two runs: some bound by operations, some by bytes; one kind by bytes only."""
    random = np.random.default_rng(seed)
    made = []
    for run in range(2):
        for number in range(60):
            compute, moved = float(random.uniform(1e3, 1e5)), float(random.uniform(1e3, 1e5))
            kind = PW if number % 2 else EL
            own = share if kind == PW else 1.0
            compute = compute if kind == PW else moved / 100
            took = max(compute / own, moved / memory) * (1 + noise * float(random.standard_normal()))
            made.append(KernelSample(kind, run, compute, moved, took))
    return made


@given(st.floats(0.05, 1.0), st.floats(0.2, 1.0))
def test_shares_are_found_again(share: float, memory: float) -> None:
    found = fit_shares(_samples(share, memory))
    assert found.memory == pytest.approx(memory, rel=1e-6)
    assert found.compute[PW] == pytest.approx(share, rel=1e-6)
    assert found.bound[PW] > 0
    assert found.loss == pytest.approx(0, abs=1e-6)


def test_a_kind_that_bytes_bound_has_only_a_lower_limit() -> None:
    found = fit_shares(_samples(0.5, 0.8))
    # At this share operations would take just as long as bytes do; at any larger one, bytes still decide.
    assert found.compute[EL] == pytest.approx(0.8 / 100, rel=1e-6)


def test_a_few_kernels_that_nothing_explains_do_not_pull_the_shares() -> None:
    samples = _samples(0.5, 0.8, 0.02, seed=4)
    strange = [KernelSample(PW, 0, one.compute_ns, one.memory_ns, 3 * one.measured_ns) for one in samples[1:6:2]]
    found = fit_shares([*samples, *strange])
    assert found.compute[PW] == pytest.approx(0.5, rel=0.15)
    assert found.memory == pytest.approx(0.8, rel=0.15)


def test_more_than_the_peak_is_told_and_not_cut() -> None:
    assert fit_shares(_samples(1.6, 0.8)).compute[PW] == pytest.approx(1.6, rel=1e-6)
