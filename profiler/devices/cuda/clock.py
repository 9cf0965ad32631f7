"""The device's clock against the host's.

Two things bind them. A handshake (an event recorded into an idle stream and awaited) says: the event's device time lies
between these two host times. And causality says: nothing happened before the host called it, nothing that a
synchronization waited for happened after the host knew. Together they leave an interval of offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

from profiler.devices.base import ClockPair
from profiler.devices.cuda.driver import Driver
from profiler.devices.cuda.failures import NOT_READY

#: Clocks of GPUs were seen to drift by 24 ppm against the host; ten times that is taken to be an error.
MOST_DRIFT_PPM = 250

HANDSHAKES = 24


@dataclass(frozen=True, slots=True)
class Handshake:
    """An event whose device time lies between two host times."""

    event: Any
    before_ns: int
    after_ns: int

    @property
    def uncertainty_ns(self) -> int:
        """Half the width, rounded up."""
        return -(-(self.after_ns - self.before_ns) // 2)

    def pair(self, device_ns: int) -> ClockPair:
        """The middle of the handshake, at a device time."""
        return ClockPair(self.before_ns + self.uncertainty_ns, device_ns, self.uncertainty_ns)


def shake_hands(driver: Driver, stream: Any, events: Sequence[Any]) -> Handshake:
    """The narrowest of as many handshakes as there are events. ``stream`` must be idle.

    Raises
    ------
    DriverError
        A record or a query failed.
    """
    found = []
    for event in events:
        before = perf_counter_ns()
        driver.call("cuEventRecord", event, stream, doing="comparing the clocks")
        while code := driver.attempt("cuEventQuery", event):
            if code != NOT_READY:
                raise driver.failure("cuEventQuery", code, doing="comparing the clocks")
        found.append(Handshake(event, before, perf_counter_ns()))
    return min(found, key=lambda shake: shake.uncertainty_ns)


@dataclass(frozen=True, slots=True)
class Bound:
    """Device time ``device_ns`` is host time ``host_ns`` or later (``lower``), or that or earlier."""

    device_ns: int
    host_ns: int
    lower: bool


@dataclass(frozen=True, slots=True)
class ClockMap:
    """Host time of a device time: ``device_ns + offset_ns``, and ``drift_ppb`` parts in 10^9 more since ``origin_ns``.

    Attributes
    ----------
    uncertainty_ns : int
        Half the interval of offsets that nothing rules out.
    contradiction_ns : int
        By how much the bounds contradict each other; 0 on sound clocks.
    """

    offset_ns: int
    drift_ppb: int = 0
    origin_ns: int = 0
    uncertainty_ns: int = 0
    contradiction_ns: int = 0

    def to_host(self, device_ns: int) -> int:
        """Host time of a device time, in integer arithmetic."""
        return device_ns + self.offset_ns + (device_ns - self.origin_ns) * self.drift_ppb // 1_000_000_000


def map_clocks(pairs: Sequence[ClockPair], bounds: Sequence[Bound] = ()) -> ClockMap:
    """The map that fits the pairs, and the bounds where these are tighter.

    Drift is taken from the first and the last pair, and only where they disagree by more than their uncertainties: over
    a few milliseconds it cannot be told from them, and cannot matter.
    """
    first, last = pairs[0], pairs[-1]
    drift = _drift_ppb(first, last)
    straight = ClockMap(0, drift, first.device_ns)

    def offset(host_ns: int, device_ns: int) -> int:
        return host_ns - straight.to_host(device_ns)

    low = max(offset(pair.host_ns - pair.uncertainty_ns, pair.device_ns) for pair in pairs)
    high = min(offset(pair.host_ns + pair.uncertainty_ns, pair.device_ns) for pair in pairs)
    low = max([low, *(offset(bound.host_ns, bound.device_ns) for bound in bounds if bound.lower)])
    high = min([high, *(offset(bound.host_ns, bound.device_ns) for bound in bounds if not bound.lower)])
    # Where rounding or an unsteady clock leaves nothing between them, an effect must still not come before its cause.
    chosen = low if high < low else low + (high - low) // 2
    return ClockMap(chosen, drift, first.device_ns, max(0, -(-(high - low) // 2)), max(0, low - high))


def _drift_ppb(first: ClockPair, last: ClockPair) -> int:
    device = last.device_ns - first.device_ns
    difference = last.host_ns - first.host_ns - device
    slack = first.uncertainty_ns + last.uncertainty_ns
    if device <= 0 or abs(difference) <= slack:
        return 0
    drift = difference * 1_000_000_000 // device
    most = MOST_DRIFT_PPM * 1000
    return max(-most, min(most, drift))
