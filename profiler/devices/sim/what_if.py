"""The same GPU with a faster link, faster compute or cheaper calls: what a person asks "what if" about."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from fractions import Fraction
from math import isfinite

from profiler.devices.sim.gpu import GpuModel
from profiler.errors import UsageError

#: Factors are rounded to this many parts: the arithmetic of the simulator is exact, and long fractions are slow.
_PARTS = 1000

_LINK = ("htod_gb_per_s", "dtoh_gb_per_s", "pageable_htod_gb_per_s", "pageable_dtoh_gb_per_s")
_COMPUTE = ("fp32_tflops", "int8_tops", "memory_gb_per_s")
_LAUNCH = ("launch_latency_us", "graph_launch_us", "sync_return_us")


@dataclass(frozen=True, slots=True)
class Factors:
    """What is multiplied; 1 leaves it as it is.

    Attributes
    ----------
    bandwidth : float
        Rates of the link in both directions, pinned and pageable.
    compute : float
        Peaks of the SMs and the rate of the device's memory, so that every kernel without fixed parts scales alike.
    launch : float
        Host time of every call, the way of a launch to the device, and the way of a result back to the host. 0 is a
        host that costs nothing.
    """

    bandwidth: float = 1.0
    compute: float = 1.0
    launch: float = 1.0

    @property
    def change_nothing(self) -> bool:
        """Whether all are 1."""
        return self == Factors()


def scaled(gpu: GpuModel, factors: Factors) -> GpuModel:
    """The GPU with what ``factors`` name multiplied; everything else, the copy engines' overheads included, stays.

    Raises
    ------
    UsageError
        A factor is not a number, negative, or 0 where something would never end.
    """
    bandwidth, compute = (_factor(factors, name, above_zero=True) for name in ("bandwidth", "compute"))
    launch = _factor(factors, "launch", above_zero=False)
    values = {
        name: getattr(gpu, name) * factor
        for names, factor in ((_LINK, bandwidth), (_COMPUTE, compute), (_LAUNCH, launch))
        for name in names
    }
    calls = {field.name: getattr(gpu.call_us, field.name) * launch for field in fields(gpu.call_us)}
    return replace(gpu, **values, call_us=replace(gpu.call_us, **calls))


def _factor(factors: Factors, name: str, *, above_zero: bool) -> Fraction:
    value = getattr(factors, name)
    if not isfinite(value) or value < 0 or (above_zero and round(value * _PARTS) == 0):
        raise UsageError(f"{value} times the {name} makes no sense", remedy="Give a number above 0, such as 0.5 or 2.")
    return Fraction(round(value * _PARTS), _PARTS)
