"""Times of recorded events, exact although the driver gives them as 32-bit floats of milliseconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from profiler.devices.cuda.driver import Driver
from profiler.devices.cuda.failures import INVALID_HANDLE, NOT_READY, DriverError

#: Longest hop between two events whose difference is asked for. At 2^17 ns a float of milliseconds has steps of 7.6 ns.
LONGEST_HOP_NS = 100_000_000


def read_events(
    driver: Driver, base: Any, events: Sequence[Any], *, where: Callable[[int], str] = lambda number: ""
) -> list[int]:
    """Nanoseconds from ``base`` to each event, all of them over.

    An event further away than `LONGEST_HOP_NS` is measured from the last one before it, so that rounding costs less
    than 4 ns a hop. Only an operation that itself takes longer than a hop is measured more coarsely, to 6 parts
    in 10^8.

    Raises
    ------
    DriverError
        An event was not recorded, is not over, or its time is lost with the context. ``where`` names the place of an
        event by its number.
    """
    coarse = []
    for number, event in enumerate(events):
        try:
            coarse.append(_elapsed_ns(driver, base, event))
        except DriverError as error:
            raise _explained(error, where(number)) from None
    return rebased(coarse, events, base, driver)


def rebased(coarse: list[int], events: Sequence[Any], base: Any, driver: Driver) -> list[int]:
    """The times in ``coarse`` with those beyond a hop asked for again, from nearer by."""
    exact = list(coarse)
    anchor, anchor_ns, near, near_ns = base, 0, base, 0
    for index in sorted(range(len(coarse)), key=coarse.__getitem__):
        if abs(coarse[index]) > LONGEST_HOP_NS:
            if coarse[index] - anchor_ns > LONGEST_HOP_NS:
                anchor, anchor_ns = near, near_ns
            exact[index] = anchor_ns + _elapsed_ns(driver, anchor, events[index])
        near, near_ns = events[index], exact[index]
    return exact


def tick_ns(times: Sequence[int]) -> int:
    """The clock's step as far as these times show it: the greatest common divisor of their distances; 0 for none."""
    return math.gcd(*(time - times[0] for time in times)) if times else 0


def _explained(error: DriverError, where: str) -> DriverError:
    """What the driver's answer means of an event whose time was asked for."""
    meanings = {INVALID_HANDLE: "its event was never recorded", NOT_READY: "its event is recorded, but not over"}
    meaning = meanings.get(error.answer.code)
    if meaning is None:
        return error.at(where) if where else error
    remedy = "The host did not wait for all it enqueued: a defect of the plan's strategy, or of Lanescope."
    return DriverError(error.answer, where=where or None, doing=f"{error.doing}: {meaning}", remedy=remedy)


def _elapsed_ns(driver: Driver, first: Any, second: Any) -> int:
    milliseconds: float = driver.call("cuEventElapsedTime", first, second, doing="reading times")
    return round(milliseconds * 1_000_000)
