"""Slices that may overlap, cumulated over time: how many touch a window, and how long they are in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from profiler.analysis.grouped import codes
from profiler.analysis.intervals import Int64
from profiler.analysis.rows import ends
from profiler.trace.schema import MISSING
from profiler.trace.tables import Trace

#: Slices between two entries of the running sums: what is summed on the spot for each look-up.
_BLOCK = 512

_WORD = 1 << 64


@dataclass(frozen=True, eq=False)
class _Instants:
    """Sorted instants, and the sums of the first 0, `_BLOCK`, 2 `_BLOCK` ... of them.

    The sums may wrap around: differences that fit 64 bits are exact all the same.
    """

    times: Int64
    sums: Int64

    @classmethod
    def of(cls, times: Int64) -> _Instants:
        times = times if _rises(times) else np.sort(times, kind="stable")
        firsts = np.arange(0, len(times), _BLOCK)
        blocks = np.add.reduceat(times, firsts) if len(times) else np.empty(0, np.int64)
        return cls(times, np.concatenate((np.zeros(1, np.int64), np.cumsum(blocks))))

    def since(self, t: int) -> int:
        """Sum over the instants before ``t`` of the time since then, modulo 2^64."""
        count = int(np.searchsorted(self.times, np.int64(t), side="left"))
        whole = count // _BLOCK
        rest = self.times[whole * _BLOCK : count]
        return (count * t - int(self.sums[whole]) - int(rest.sum())) % _WORD


@dataclass(frozen=True, eq=False)
class Cumulated:
    """Slices ``[start, end)``, the order in which they were given forgotten.

    Attributes
    ----------
    starts, ends : _Instants
        Each sorted by itself.
    instants : int64 array
        Where slices of no length are, sorted.
    """

    starts: _Instants
    ends: _Instants
    instants: Int64

    @classmethod
    def of(cls, start: Int64, end: Int64) -> Cumulated:
        """Slices that may overlap and come in any order; none ends before it starts."""
        return cls(_Instants.of(start), _Instants.of(end), np.sort(start[start == end]))

    @classmethod
    def of_rows(cls, trace: Trace, rows: Int64) -> Cumulated:
        """Rows of a trace."""
        return cls.of(trace.ts[rows], ends(trace, rows))

    def count(self, first: int, last: int) -> int:
        """Slices that touch ``[first, last)``; one of no length does where it lies in it."""
        begun = int(np.searchsorted(self.starts.times, np.int64(last), side="left"))
        over = int(np.searchsorted(self.ends.times, np.int64(first), side="right"))
        at = np.searchsorted(self.instants, np.int64(first), side="right")
        at -= np.searchsorted(self.instants, np.int64(first), side="left")
        return begun - (over - int(at))

    def sum_ns(self, first: int, last: int) -> int:
        """Sum of the lengths of the slices inside ``[first, last)``."""
        total = (self._before(last) - self._before(first)) % _WORD
        return total if total < _WORD // 2 else total - _WORD

    def _before(self, t: int) -> int:
        """Sum of the parts before ``t``: of what has begun the time since, less that since what has ended."""
        return self.starts.since(t) - self.ends.since(t)


@dataclass(frozen=True, eq=False)
class Streamed:
    """Slices by the stream they ran on: which streams did anything in a window.

    Attributes
    ----------
    offset : int64 array, shape (streams + 1,)
        Where each stream begins in the others.
    start : int64 array
        Starts, rising within a stream.
    reach : int64 array
        Latest end so far in the stream.
    """

    offset: Int64
    start: Int64
    reach: Int64

    @classmethod
    def of_rows(cls, trace: Trace, rows: Int64) -> Streamed:
        """Rows by (process, device, context, stream); those of an unknown stream are left out."""
        rows = rows[trace["stream"][rows] != MISSING]
        code, _ = codes(*(trace[name][rows] for name in ("pid", "device", "context", "stream")))
        order = np.argsort(code.astype(np.uint16) if len(rows) and code.max() < 1 << 16 else code, kind="stable")
        start, end = trace.ts[rows[order]], ends(trace, rows[order])
        offset = np.concatenate(([0], np.cumsum(np.bincount(code)))) if len(rows) else np.zeros(1, np.int64)
        for first, last in zip(offset[:-1].tolist(), offset[1:].tolist(), strict=True):
            if not _rises(start[first:last]):
                by_start = first + np.argsort(start[first:last], kind="stable")
                start[first:last], end[first:last] = start[by_start], end[by_start]
            np.maximum.accumulate(end[first:last], out=end[first:last])
        return cls(offset, start, end)

    def count(self, first: int, last: int) -> int:
        """Streams with a slice that touches ``[first, last)``."""
        found = 0
        for begin, stop in zip(self.offset[:-1].tolist(), self.offset[1:].tolist(), strict=True):
            starts = self.start[begin:stop]
            begun = int(np.searchsorted(starts, np.int64(last), side="left"))
            # A slice that starts in the window touches it, also one of no length; else one must reach into it.
            found += begun > 0 and (int(starts[begun - 1]) >= first or int(self.reach[begin + begun - 1]) > first)
        return found


def _rises(values: Int64) -> bool:
    return bool((values[1:] >= values[:-1]).all())
