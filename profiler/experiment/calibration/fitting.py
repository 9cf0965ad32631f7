"""Fits that a few disturbed measurements do not spoil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """Duration of a copy by its size: ``overhead_ns + size / bytes_per_ns``.

    Attributes
    ----------
    overhead_ns : float
    bytes_per_ns : float
        Which is 10^9 bytes a second.
    residual : float
        Median of the relative errors.
    """

    overhead_ns: float
    bytes_per_ns: float
    residual: float


def fit_line(sizes: Sequence[int], durations_ns: Sequence[float]) -> Line:
    """The line with the least squares of relative errors.

    Relative, because durations span six orders of magnitude: absolute errors of the largest copies would drown the
    overhead, which only the smallest show. An overhead below 0 is taken to be 0.
    """
    size, duration = np.array(sizes, np.float64), np.maximum(np.array(durations_ns, np.float64), 1.0)
    rows = np.stack([1 / duration, size / duration], axis=1)
    (overhead, slope), *_ = np.linalg.lstsq(rows, np.ones(len(size)), rcond=None)
    if overhead < 0:
        overhead, ratio = 0.0, size / duration
        slope = float(ratio.sum() / (ratio**2).sum())
    fitted = overhead + size * slope
    return Line(float(overhead), 1 / float(slope), float(np.median(np.abs(fitted / duration - 1))))


@dataclass(frozen=True)
class KernelSample:
    """One measured kernel.

    Attributes
    ----------
    kind : (str, str)
        Precision and efficiency class.
    run : int
        Number of the run it belongs to.
    compute_ns, memory_ns : float
        Its roofs when peaks are reached.
    measured_ns : float
        Duration, without what every kernel takes besides its work.
    """

    kind: tuple[str, str]
    run: int
    compute_ns: float
    memory_ns: float
    measured_ns: float


@dataclass(frozen=True)
class Shares:
    """Shares of peak that kernels reach.

    Attributes
    ----------
    memory : float
        Like the others, above 1 where the peak that was assumed is too low.
    compute : dict
        By precision and class.
    bound : dict
        By precision and class: how many kernels its share decides; where none, the share is only a lower limit.
    loss : float
        Mean relative error of the runs' totals, plus that of their kernels.
    """

    memory: float
    compute: dict[tuple[str, str], float]
    bound: dict[tuple[str, str], int]
    loss: float


def fit_shares(samples: Sequence[KernelSample], rounds: int = 12) -> Shares:
    """The shares that explain the samples best: one for memory, one for each kind.

    The loss is the mean over runs of the relative error of their total and of the sum of their kernels' absolute
    errors, both in units of the run: totals are what predictions are made of, and absolute errors keep a kernel that
    the model cannot describe from pulling the others. With the others held, the best share is one at which some kernel
    is met exactly, so these are tried, and steps of a percent around the best so far.
    """
    return _Search(samples).run(rounds)


class _Search:
    def __init__(self, samples: Sequence[KernelSample]) -> None:
        self._kinds = sorted({sample.kind for sample in samples})
        self._kind = np.array([self._kinds.index(sample.kind) for sample in samples])
        self._run = np.array([sample.run for sample in samples])
        self._compute = np.array([sample.compute_ns for sample in samples])
        self._memory = np.array([sample.memory_ns for sample in samples])
        self._measured = np.maximum(np.array([sample.measured_ns for sample in samples]), 1.0)
        self._runs = int(self._run.max()) + 1
        self._totals = np.bincount(self._run, self._measured, self._runs)

    def run(self, rounds: int) -> Shares:
        memory_seen = self._memory / self._measured
        compute_seen = self._compute / self._measured
        # No kernel of exact data shows more than its share, and one that its roof bounds shows all of it.
        best = min(
            (
                self._descend(self._start(compute_seen, q), float(np.quantile(memory_seen, q)), rounds)
                for q in (1.0, 0.9)
            ),
            key=lambda found: found[0],
        )
        loss, shares, memory = best
        compute_roof = self._compute / shares[self._kind]
        decided = compute_roof >= self._memory / memory
        bound = {kind: int(np.sum(decided & (self._kind == number))) for number, kind in enumerate(self._kinds)}
        return Shares(memory, dict(zip(self._kinds, shares.tolist(), strict=True)), bound, loss)

    def _start(self, seen: Float, quantile: float) -> Float:
        found = [float(np.quantile(seen[self._kind == number], quantile)) for number in range(len(self._kinds))]
        started: Float = np.maximum(np.array(found), 1e-6)
        return started

    def _descend(self, shares: Float, memory: float, rounds: int) -> tuple[float, Float, float]:
        best = self._loss(shares, memory)
        for _ in range(rounds):
            before = best
            for number in range(len(self._kinds)):
                mine = self._kind == number
                for share in self._tries(self._compute[mine] / self._measured[mine], shares[number]):
                    tried = shares.copy()
                    tried[number] = share
                    if (loss := self._loss(tried, memory)) < best:
                        best, shares = loss, tried
            for share in self._tries(self._memory / self._measured, memory):
                if (loss := self._loss(shares, share)) < best:
                    best, memory = loss, share
            if before - best < 1e-6:
                break
        return best, shares, memory

    @staticmethod
    def _tries(seen: Float, now: float) -> list[float]:
        met = np.quantile(seen, np.linspace(0, 1, min(len(seen), 64)), method="nearest")
        around = now * np.array([0.9, 0.95, 0.98, 0.99, 1.01, 1.02, 1.05, 1.1])
        tried = np.unique(np.concatenate([met, around]))
        return [float(share) for share in tried if share > 1e-6]

    def _loss(self, shares: Float, memory: float) -> float:
        roof = np.maximum(self._compute / shares[self._kind], self._memory / memory)
        errors = roof - self._measured
        total = np.abs(np.bincount(self._run, errors, self._runs))
        each = np.bincount(self._run, np.abs(errors), self._runs)
        return float(np.mean((total + each) / self._totals))
