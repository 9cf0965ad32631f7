"""The answer of a scheduler: when each step was called, reached, started and ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from profiler.devices.base import NO_TIME, Int64


@dataclass(slots=True)
class Times:
    """Nanoseconds by step, `profiler.devices.base.NO_TIME` where a step has no such time; see `StepTimings`."""

    host_start: Int64
    host_end: Int64
    queued: Int64
    start: Int64
    end: Int64


@dataclass(slots=True)
class TimeLists:
    """The same while they are being found out."""

    host_start: list[int]
    host_end: list[int]
    queued: list[int]
    start: list[int]
    end: list[int]

    @classmethod
    def unknown(cls, steps: int) -> TimeLists:
        """Times of so many steps, none of them known."""
        return cls(*([NO_TIME] * steps for _ in range(5)))

    def arrays(self) -> Times:
        """The times as arrays."""
        lists = (self.host_start, self.host_end, self.queued, self.start, self.end)
        return Times(*(np.array(values, np.int64) for values in lists))
