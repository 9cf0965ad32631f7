"""Times of a priced plan: by the fast scheduler where the plan allows it, else by co-simulation."""

from __future__ import annotations

from profiler.devices.sim.columns import Columns
from profiler.devices.sim.cosim import cosimulate
from profiler.devices.sim.fold import Folded, fold, runs_free
from profiler.devices.sim.heads import run_heads
from profiler.devices.sim.times import Times


class Scheduler:
    """Schedules one plan, any number of times: the order is worked out once, durations may differ (see jitter).

    Parameters
    ----------
    columns : Columns
        The plan, priced.
    """

    def __init__(self, columns: Columns) -> None:
        self._folded: Folded | None = fold(columns) if runs_free(columns) else None

    def times(self, columns: Columns) -> Times:
        """Times of every step; ``columns`` differ from those given at first in durations only."""
        if self._folded is not None:
            times = run_heads(columns, self._folded)
            if times is not None:
                return times
        return cosimulate(columns)
