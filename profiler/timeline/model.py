"""A trace made ready to be drawn: everything that does not depend on the zoom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.keys import LaneKind
from profiler.timeline.lanes import Lane, build_lanes, extent_ns
from profiler.timeline.mipmap import Mipmap
from profiler.timeline.paint import Paint
from profiler.timeline.spans import Spans, complement, intersect
from profiler.trace.tables import Trace

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Parts of the copies of a row: sorted, disjoint; ``row`` is the row of the trace each was cut from."""

    starts: Int64
    ends: Int64
    row: Int64


@dataclass(frozen=True, slots=True, eq=False)
class CopyPieces:
    """The parts of a row's copies that no kernel covers, and the parts that kernels hide."""

    exposed: Pieces
    hidden: Pieces


class Timeline:
    """Lanes of a trace with their look-up tables.

    Parameters
    ----------
    trace : Trace
    exposed : mapping of int to (starts, ends), optional
        For each device, the sorted disjoint times at which a copy runs and no kernel does. On a device that is not
        in it, copies are drawn neither exposed nor hidden.

    Attributes
    ----------
    lanes : tuple of Lane
    first_row : tuple of int
        Number of each lane's first row in ``mipmap``; its other rows follow.
    start_ns, end_ns : int
        First start and last end of what can be drawn.
    pieces : dict of int to CopyPieces
        By number of row in ``mipmap``.
    """

    def __init__(self, trace: Trace, exposed: Mapping[int, Spans] | None = None) -> None:
        self.trace = trace
        self.lanes = build_lanes(trace)
        self.start_ns, self.end_ns = extent_ns(trace)
        counts = [len(lane.rows) for lane in self.lanes]
        self.first_row = tuple(np.concatenate(([0], np.cumsum(counts)))[:-1].astype(int).tolist())
        self.mipmap = Mipmap.build(trace, [row for lane in self.lanes for row in lane.rows])
        self.pieces: dict[int, CopyPieces] = {}
        for lane, first in zip(self.lanes, self.first_row, strict=True):
            if lane.kind <= LaneKind.STREAM and exposed is not None and lane.device in exposed:
                self._cut(lane, first, exposed[lane.device])

    def _cut(self, lane: Lane, first: int, exposed: Spans) -> None:
        covered = complement(exposed, self.start_ns, self.end_ns)
        for number, rows in enumerate(lane.rows, first):
            paint = self.mipmap.paints(number, 0, len(rows))
            copies = rows[(paint == Paint.HTOD) | (paint == Paint.DTOH)]
            if len(copies):
                starts = self.trace.ts[copies]
                spans = (starts, starts + self.trace.dur[copies])
                parts = [Pieces(a, b, copies[owner].astype(np.int64)) for a, b, owner in _both(spans, exposed, covered)]
                self.pieces[number] = CopyPieces(*parts)


def _both(spans: Spans, exposed: Spans, covered: Spans) -> tuple[tuple[Int64, Int64, Int64], ...]:
    return intersect(spans, exposed), intersect(spans, covered)
