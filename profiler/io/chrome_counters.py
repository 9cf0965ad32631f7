"""Counter events of a Chrome trace as samples."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np

from profiler.io.decimals import finite_float
from profiler.io.json_events import Event
from profiler.trace.interning import Codes
from profiler.trace.schema import TrackKind
from profiler.trace.tables import Counters, Track


class CounterSamples:
    """One track for each process, counter and series."""

    def __init__(self) -> None:
        self._series: Codes[tuple[Any, str, str]] = Codes()
        self._ts, self._number, self._value = array("q"), array("i"), array("d")

    def __len__(self) -> int:
        return len(self._ts)

    def add(self, event: Event, ts: int) -> int:
        """Take one event; how many of its values are no finite numbers and are left out."""
        lost = 0
        for series, raw in (event.args or {}).items():
            value = finite_float(bytes(raw))
            if value is None:
                lost += 1
                continue
            self._ts.append(ts)
            self._number.append(self._series[(event.pid, event.name, series)])
            self._value.append(value)
        return lost

    def tracks(self) -> list[Track]:
        """A track for each series, in the order of their numbers."""
        return [
            Track(
                TrackKind.COUNTER, name if series in ("value", name, "") else f"{name} {series}".strip(), pid=_pid(pid)
            )
            for pid, name, series in self._series
        ]

    def samples(self, first_track: int) -> Counters:
        """The samples, their tracks numbered from ``first_track``."""
        number = np.array(self._number, np.int32) + np.int32(first_track)
        return Counters(np.array(self._ts, np.int64), number, np.array(self._value, np.float64))


def _pid(value: Any) -> int:
    return value if isinstance(value, int) and abs(value) < 2**31 else -1
