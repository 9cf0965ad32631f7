"""Times of several clocks in one file, brought to the clock of the trace."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

from profiler.io.perfetto_words import BOOTTIME, SEQUENCE_CLOCKS
from profiler.io.proto_wire import fields

#: A clock's number, and the sequence it belongs to, 0 for those of the whole trace.
ClockKey = tuple[int, int]

#: Of one snapshot; there are six clocks in the system and a few in a sequence.
_MOST_CLOCKS = 32


class Clocks:
    """What the clock snapshots of a file say. Times are converted by the last snapshot before them.

    Attributes
    ----------
    trace_clock : int
        The clock that all times are brought to.
    """

    def __init__(self) -> None:
        self.trace_clock = BOOTTIME
        self._pairs: dict[ClockKey, dict[ClockKey, tuple[list[int], list[int]]]] = {}
        self._units: dict[ClockKey, int] = {}
        self._last: dict[ClockKey, int] = {}
        self._seen = False
        self._assumed: ClockKey | None = None

    @property
    def trace_clock_is_plain(self) -> bool:
        """Whether a time of the trace's clock is what stands there: neither in other units nor a difference."""
        key = (self.trace_clock, 0)
        return self.trace_clock not in SEQUENCE_CLOCKS and self._units.get(key, 1) == 1 and key not in self._last

    def add_snapshot(self, data: bytes, sequence: int) -> None:
        """Take a ClockSnapshot."""
        found: dict[ClockKey, int] = {}
        for number, _, value in fields(data):
            if number == 1 and isinstance(value, bytes):
                self._add_clock(value, sequence, found)
            elif number == 2 and isinstance(value, int) and not self._seen and value:
                self.trace_clock = value
        self._seen = True
        for one, time in found.items():
            for other, there in found.items():
                if one != other:
                    times, offsets = self._pairs.setdefault(one, {}).setdefault(other, ([], []))
                    at = bisect_right(times, time)
                    times.insert(at, time)
                    offsets.insert(at, there - time)

    def trace_time(self, time: int, clock: int, sequence: int) -> int | None:
        """A packet's time in the clock of the trace, ns; None where nothing relates the two clocks."""
        key = _key(clock, sequence)
        time *= self._units.get(key, 1)
        if key in self._last:
            time = self._last[key] = self._last[key] + time
        if key == (self.trace_clock, 0):
            return time
        if not self._seen:
            # A file without any snapshot has one clock, whichever it is.
            self._assumed = self._assumed or key
            return time if key == self._assumed else None
        return self._converted(time, key)

    def _add_clock(self, data: bytes, sequence: int, found: dict[ClockKey, int]) -> None:
        clock = time = incremental = 0
        unit = 1
        for number, _, value in fields(data):
            if isinstance(value, int):
                clock = value if number == 1 else clock
                time = value if number == 2 else time
                incremental = value if number == 3 else incremental
                unit = value if number == 4 and value else unit
        key = _key(clock, sequence)
        if len(found) < _MOST_CLOCKS:
            found[key] = time * unit
            self._units[key] = unit
            if incremental:
                self._last[key] = time * unit

    def _converted(self, time: int, start: ClockKey) -> int | None:
        """Along the shortest chain of snapshots from one clock to that of the trace."""
        waiting, seen = deque([(start, time)]), {start}
        while waiting:
            key, now = waiting.popleft()
            if key == (self.trace_clock, 0):
                return now
            for other, (times, offsets) in self._pairs.get(key, {}).items():
                if other not in seen:
                    seen.add(other)
                    waiting.append((other, now + offsets[max(0, bisect_right(times, now) - 1)]))
        return None


def _key(clock: int, sequence: int) -> ClockKey:
    return clock, sequence if clock in SEQUENCE_CLOCKS else 0
