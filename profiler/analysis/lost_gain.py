"""Where the gain of INT8 over FP32 goes at a small batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from profiler.errors import UsageError


@dataclass(frozen=True, slots=True)
class RequestParts:
    """Time of one serial request, in ns, and two parts of it that do not overlap.

    Attributes
    ----------
    total_ns : int
    compute_ns : int
        Union of its kernels.
    transfer_ns : int
        Copies not under kernels.
    """

    total_ns: int
    compute_ns: int
    transfer_ns: int

    @property
    def launch_ns(self) -> int:
        """The rest: launches, gaps and synchronization."""
        return self.total_ns - self.compute_ns - self.transfer_ns


@dataclass(frozen=True, slots=True)
class LostGain:
    """How much longer an INT8 request takes than the gain at the reference batch would let it.

    Attributes
    ----------
    gain, reference_gain : float
        Time of FP32 over time of INT8 at the small and at the reference batch.
    lost_ns : int
        ``T_int8(n) - T_fp32(n) / reference_gain``; negative where the small batch gains more.
    compute_ns, transfer_ns, launch_ns : int
        Its parts; they add up to ``lost_ns`` exactly.
    """

    gain: float
    reference_gain: float
    lost_ns: int
    compute_ns: int
    transfer_ns: int
    launch_ns: int

    def to_json(self) -> dict[str, float | int]:
        """All fields under their names."""
        return {name: getattr(self, name) for name in self.__slots__}


def lost_gain(
    fp32_small: RequestParts, int8_small: RequestParts, fp32_reference: RequestParts, int8_reference: RequestParts
) -> LostGain:
    """The lost INT8 gain of a network at a small batch against a reference batch.

    Parameters
    ----------
    fp32_small, int8_small : RequestParts
        One request of the small batch.
    fp32_reference, int8_reference : RequestParts
        One request of the reference batch.

    Raises
    ------
    UsageError
        A request took no time, so that there is no gain.

    Notes
    -----
    Exact rational arithmetic. ``lost_ns`` is the exact loss rounded to the nearest ns, half to even. The parts are
    rounded down and the missing nanoseconds given one each to those that lost most by that (ties in the order
    compute, transfer, launch), so that they add up.
    """
    for parts in (fp32_small, int8_small, fp32_reference, int8_reference):
        if parts.total_ns <= 0:
            raise UsageError("a request that took no time has no gain")
    gain = Fraction(fp32_reference.total_ns, int8_reference.total_ns)
    pairs = (
        (int8_small.compute_ns, fp32_small.compute_ns),
        (int8_small.transfer_ns, fp32_small.transfer_ns),
        (int8_small.launch_ns, fp32_small.launch_ns),
    )
    exact = [int8 - fp32 / gain for int8, fp32 in pairs]
    lost = round(sum(exact, Fraction()))
    compute, transfer, launch = _rounded_to(lost, exact)
    return LostGain(
        gain=fp32_small.total_ns / int8_small.total_ns,
        reference_gain=float(gain),
        lost_ns=lost,
        compute_ns=compute,
        transfer_ns=transfer,
        launch_ns=launch,
    )


def _rounded_to(total: int, exact: list[Fraction]) -> list[int]:
    """Whole numbers next to ``exact`` that add up to ``total``, the rounded sum of ``exact``."""
    rounded = [math.floor(part) for part in exact]
    by_rest = sorted(range(len(exact)), key=lambda i: rounded[i] - exact[i])
    for i in by_rest[: total - sum(rounded)]:
        rounded[i] += 1
    return rounded
