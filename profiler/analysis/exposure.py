"""Exposed copy time as pieces of a timeline, each with the one cause it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from profiler.analysis.intervals import NONE, Int64


class Cause(IntEnum):
    """Why copy time is exposed, in the order in which the causes are asked: the first that holds is given.

    ``docs/definitions.md`` defines each.
    """

    PAGEABLE = 0
    DEFAULT_STREAM = 1
    KERNEL_GAP = 2
    HOST_SYNC = 3
    LATE_ENQUEUE = 4
    SAME_DIRECTION_QUEUE = 5
    BUFFER = 6
    NO_OTHER_WORK = 7
    FILL_OR_DRAIN = 8
    LINK_BOUND = 9
    DEPENDENCY = 10
    UNKNOWN = 11

    @property
    def label(self) -> str:
        """The name in results: ``same-direction-queue``."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, eq=False)
class Exposure:
    """The exposed copy time of a device.

    Attributes
    ----------
    start, end : int64 arrays
        Pieces in rising order that do not overlap; touching pieces differ in cause.
    cause : uint8 array
        `Cause` of each piece.
    """

    start: Int64
    end: Int64
    cause: npt.NDArray[np.uint8]

    @classmethod
    def empty(cls) -> Exposure:
        """Nothing is exposed."""
        return cls(NONE, NONE, np.empty(0, np.uint8))

    @classmethod
    def of(cls, start: Int64, end: Int64, cause: npt.NDArray[np.uint8]) -> Exposure:
        """Pieces in rising order, touching ones of one cause joined."""
        if not len(start):
            return cls.empty()
        joins = (start[1:] == end[:-1]) & (cause[1:] == cause[:-1])
        first = np.flatnonzero(np.concatenate(([True], ~joins)))
        last = np.append(first[1:], len(start)) - 1
        return cls(start[first], end[last], cause[first])

    def sums_ns(self, start: int | None = None, end: int | None = None) -> Mapping[str, int]:
        """Nanoseconds by cause inside ``[start, end)``, in the order of the causes; those without any are left out."""
        begins = self.start if start is None else np.maximum(self.start, start)
        ends = self.end if end is None else np.minimum(self.end, end)
        length = np.maximum(ends - begins, 0)
        sums = {cause.label: int(length[self.cause == cause].sum()) for cause in Cause}
        return {name: ns for name, ns in sums.items() if ns}

    def between(self, start: int, end: int) -> Mapping[str, int]:
        """What `sums_ns` gives for ``[start, end)``, looking only at the pieces in it."""
        first = int(np.searchsorted(self.end, start, side="right"))
        last = max(int(np.searchsorted(self.start, end, side="left")), first)
        return Exposure(self.start[first:last], self.end[first:last], self.cause[first:last]).sums_ns(start, end)
