"""Ticks of a time axis: round steps, labels that are exact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.viewport import Viewport
from profiler.units import NS_PER_D, NS_PER_H, NS_PER_MIN, NS_PER_MS, NS_PER_S, NS_PER_US

Measure = Callable[[str], float]

_UNITS = ((NS_PER_S, "s"), (NS_PER_MS, "ms"), (NS_PER_US, "µs"), (1, "ns"))

#: Units of long times, for steps of at least half of one. Beyond so many of a unit a time is a date and no length.
_LONG_UNITS = ((NS_PER_D, "d"), (NS_PER_H, "h"), (NS_PER_MIN, "min"))
_MOST_OF_A_UNIT = 10_000

_DECIMAL = ((1, 5), (2, 4), (5, 5))

#: Steps up to 137 years, and the parts that minor ticks cut each of them into: 1, 2 or 5 times a power of ten up to
#: seconds and from days on, and parts of a minute, an hour and a day between.
_STEPS = [
    *((mantissa * 10**power, parts) for power in range(10) for mantissa, parts in _DECIMAL),
    *((seconds * NS_PER_S, parts) for seconds, parts in ((10, 5), (20, 4), (30, 3))),
    *((minutes * NS_PER_MIN, parts) for minutes, parts in ((1, 6), (2, 4), (5, 5), (10, 5), (20, 4), (30, 3))),
    *((hours * NS_PER_H, parts) for hours, parts in ((1, 6), (2, 4), (6, 6), (12, 6))),
    *((mantissa * 10**power * NS_PER_D, parts) for power in range(5) for mantissa, parts in ((1, 4), (2, 4), (5, 5))),
]


@dataclass(frozen=True, slots=True)
class Ruler:
    """Ticks in view.

    Attributes
    ----------
    step_ns : int
        Distance of major ticks.
    major, minor : int64 arrays
        Times of the ticks, ns on the trace's clock. No time is in both.
    labels : tuple of str
        One for each major tick: its distance from the origin, exact, all in one unit.
    """

    step_ns: int
    major: npt.NDArray[np.int64]
    minor: npt.NDArray[np.int64]
    labels: tuple[str, ...]


#: Free room between two labels.
GAP_PX = 28.0


def make_ruler(viewport: Viewport, measure: Measure, *, origin_ns: int = 0, gap_px: float = GAP_PX) -> Ruler:
    """The densest ruler whose labels keep ``gap_px`` between them.

    Parameters
    ----------
    viewport : Viewport
    measure : callable
        Width of a text in pixels.
    origin_ns : int
        The time that is labelled 0; ticks are whole steps away from it.
    gap_px : float
        Free room between two labels.
    """
    farthest = max(abs(viewport.start_ns - origin_ns), abs(viewport.end_ns - origin_ns))

    def labels_of(step: int) -> Iterator[str]:
        unit_ns, unit = unit_for(farthest, step)
        times = _multiples(viewport, origin_ns, step) - origin_ns
        return (tick_label(time, step, unit_ns, unit) for time in times.tolist())

    def fits(step: int) -> bool:
        room = step / viewport.ns_per_px - gap_px
        # One at a time: of a step that is too small, the first label shows it.
        return room >= 0 and all(measure(label) <= room for label in labels_of(step))

    step, parts = next((known for known in _STEPS if fits(known[0])), _STEPS[-1])
    major, minor = _multiples(viewport, origin_ns, step), _minor(viewport, origin_ns, step, parts)
    return Ruler(step, major, minor, tuple(labels_of(step)))


def unit_for(size_ns: int, step_ns: int) -> tuple[int, str]:
    """The largest unit not above ``size_ns`` that goes with a step: its length in ns, and its sign."""
    for unit_ns, sign in _LONG_UNITS:
        if size_ns >= unit_ns and step_ns % (unit_ns // 2) == 0 and size_ns < _MOST_OF_A_UNIT * unit_ns:
            return unit_ns, sign
    return next((unit for unit in _UNITS if size_ns >= unit[0]), _UNITS[-1])


def tick_label(time_ns: int, step_ns: int, unit_ns: int, unit: str) -> str:
    """``time_ns`` in a unit, with the decimals that ``step_ns`` needs and no more: ``1.5 ms``."""
    decimals = 0
    while (step_ns * 10**decimals) % unit_ns:
        decimals += 1
    digits = abs(time_ns) * 10**decimals // unit_ns
    text = f"{digits:0{decimals + 1}d}"
    if decimals:
        text = f"{text[:-decimals]}.{text[-decimals:]}"
    return f"{'−' if time_ns < 0 else ''}{text} {unit}"


def _minor(viewport: Viewport, origin_ns: int, step: int, parts: int) -> npt.NDArray[np.int64]:
    if step % parts:
        return np.empty(0, np.int64)
    ticks = _multiples(viewport, origin_ns, step // parts)
    return np.asarray(ticks[(ticks - origin_ns) % step != 0], np.int64)


def _multiples(viewport: Viewport, origin_ns: int, step: int) -> npt.NDArray[np.int64]:
    first = -((origin_ns - viewport.start_ns) // step)
    last = (viewport.end_ns - origin_ns) // step
    return origin_ns + step * np.arange(first, last + 1, dtype=np.int64)
