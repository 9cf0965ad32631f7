"""Noise on durations: seeded, and never shorter than without, so bounds computed from priced durations still hold."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from profiler.devices.sim.columns import Columns

_BITS = 32


def with_jitter(columns: Columns, percent: float, *, seed: int, repeat: int) -> Columns:
    """The columns with each duration longer by a part of it, drawn evenly from 0 to ``percent`` percent.

    Host calls, the parts of copies and the blocks of kernels become longer; latencies and gaps stay. The same ``seed``
    and ``repeat`` give the same durations on every machine: bits come from PCG64, and the arithmetic is in whole
    numbers, rounded down.
    """
    share = Fraction(percent) / 100
    bits = np.random.PCG64(np.random.SeedSequence((seed, repeat)))
    top, bottom = share.numerator, share.denominator << _BITS

    def longer(durations: list[int]) -> list[int]:
        draws = (bits.random_raw(len(durations)) >> np.uint64(64 - _BITS)).tolist()
        return [ns + ns * top * draw // bottom for ns, draw in zip(durations, draws, strict=True)]

    return replace(
        columns,
        call_ns=longer(columns.call_ns),
        fixed_ns=longer(columns.fixed_ns),
        transfer_ns=longer(columns.transfer_ns),
        block_ns=longer(columns.block_ns),
    )
