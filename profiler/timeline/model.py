"""A trace made ready to be drawn: everything that does not depend on the zoom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from profiler.timeline.counters import CounterKind, CounterRow, counter_row
from profiler.timeline.cover import Cover, build_cover
from profiler.timeline.keys import LaneKind
from profiler.timeline.lanes import Lane, build_lanes
from profiler.timeline.mipmap import Mipmap
from profiler.timeline.paint import Paint
from profiler.timeline.pieces import Pieces, PieceTable, build_pieces
from profiler.timeline.recent import Recent
from profiler.timeline.spans import Spans, complement, intersect
from profiler.timeline.unfinished import STAT, Unfinished, find_unfinished
from profiler.trace.tables import Trace

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]

#: First and last piece of each of several rows.
Views = Sequence[tuple[int, int]]

#: Slices up to which a union or a counter is made where it is asked for.
_COVERED_AT_ONCE = 15_000


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
    exposed, hidden : PieceTable
        The parts of copies that no kernel covers, and those that kernels hide, of each row of ``mipmap``.
    """

    def __init__(self, trace: Trace, exposed: Mapping[int, Spans] | None = None) -> None:
        lanes = build_lanes(trace)
        mipmap = Mipmap.build(trace, [row for lane in lanes for row in lane.rows])
        extent = mipmap.extent_ns()
        tables = _copy_tables(trace, lanes, mipmap, extent, exposed or {})
        self._set(trace, lanes, mipmap, extent, tables)

    @classmethod
    def restored(
        cls,
        trace: Trace,
        lanes: Sequence[Lane],
        mipmap: Mipmap,
        extent: tuple[int, int],
        exposed: PieceTable,
        hidden: PieceTable,
    ) -> Timeline:
        """A timeline whose parts were made before: nothing is computed."""
        timeline = cls.__new__(cls)
        timeline._set(trace, tuple(lanes), mipmap, extent, (exposed, hidden))
        return timeline

    def with_exposed(self, exposed: Mapping[int, Spans]) -> Timeline:
        """The same timeline once it is known what is exposed; everything else is shared."""
        extent = self.start_ns, self.end_ns
        tables = _copy_tables(self.trace, self.lanes, self.mipmap, extent, exposed)
        return Timeline.restored(self.trace, self.lanes, self.mipmap, extent, *tables)

    def _set(
        self,
        trace: Trace,
        lanes: tuple[Lane, ...],
        mipmap: Mipmap,
        extent: tuple[int, int],
        tables: tuple[PieceTable, PieceTable],
    ) -> None:
        self.trace, self.lanes, self.mipmap = trace, lanes, mipmap
        self.start_ns, self.end_ns = extent
        self.exposed, self.hidden = tables
        self._copies: Recent[tuple[Float32, Float32]] = Recent()
        self._covers: dict[tuple[int, ...], Cover] = {}
        self._counters: dict[CounterKind, CounterRow] = {}
        self._unfinished: Unfinished | None = None
        counts = [len(lane.rows) for lane in lanes]
        self.first_row = tuple(np.concatenate(([0], np.cumsum(counts)))[:-1].astype(int).tolist())

    def copy_pixels(
        self, numbers: Sequence[int], edges: Int64, exposed: Views, hidden: Views
    ) -> tuple[Float32, Float32]:
        """How much of every pixel between ``edges`` exposed and hidden copies fill, in some mipmap rows.

        ``exposed`` and ``hidden`` are the pieces of each row between the first and the last edge. Neither result is to
        be written to.
        """

        def compute(part: Int64) -> tuple[Float32, Float32]:
            whole = part is edges
            return (
                self.exposed.pixels(numbers, part, exposed if whole else None),
                self.hidden.pixels(numbers, part, hidden if whole else None),
            )

        return self._copies.pixels(tuple(numbers), edges, compute)

    def cover_of(self, numbers: tuple[int, ...]) -> Cover | None:
        """The union of some mipmap rows, where it was added; made at once where that takes no time worth a thread."""
        known = self._covers.get(numbers)
        if known is None and sum(len(self.mipmap.maps[number].rows) for number in numbers) <= _COVERED_AT_ONCE:
            self.add_cover(numbers)
            known = self._covers[numbers]
        return known

    def add_cover(self, numbers: tuple[int, ...]) -> None:
        """Make the union of some mipmap rows; may be called in another thread than the one that draws."""
        self._covers[numbers] = build_cover(self.mipmap, numbers)

    def counter_of(self, kind: CounterKind) -> CounterRow | None:
        """The values of a counter, where they were added; made at once where that takes no time worth a thread."""
        known = self._counters.get(kind)
        samples = sum(len(self.lanes[lane]) for lane in kind.lanes) or len(self.trace.counters)
        if known is None and samples <= _COVERED_AT_ONCE:
            self.add_counter(kind)
            known = self._counters[kind]
        return known

    def add_counter(self, kind: CounterKind) -> None:
        """Make the values of a counter; may be called in another thread than the one that draws."""
        self._counters[kind] = counter_row(self, kind)

    @property
    def unfinished(self) -> Unfinished | None:
        """Slices that never ended, where they were added; none where the import counted none."""
        if self._unfinished is None and not self.trace.stats.count(STAT):
            none = np.empty(0, np.int64)
            self._unfinished = Unfinished(none, none, none)
        elif self._unfinished is None and len(self.trace) <= _COVERED_AT_ONCE:
            self.add_unfinished()
        return self._unfinished

    def add_unfinished(self) -> None:
        """Look for slices that never ended; may be called in another thread than the one that draws."""
        self._unfinished = find_unfinished(self.trace, self.lanes)

    def numbers_of(self, row: int) -> Iterator[int]:
        """The mipmap rows that hold a row of the trace, in their order; none for a record without a place in time.

        A slice that ran on a device stands in the lane of its engine and in the lane of its stream.
        """
        for number in range(len(self.mipmap.maps)):
            if self.place_in(number, row) is not None:
                yield number

    def place_in(self, number: int, row: int) -> int | None:
        """The place of a row of the trace in a mipmap row, None where it is not in it."""
        tables, start = self.mipmap.maps[number], int(self.trace.ts[row])
        place = int(tables.starts.searchsorted(start))
        while place < len(tables.rows) and int(tables.starts[place]) == start:
            if int(tables.rows[place]) == row:
                return place
            place += 1
        return None

    def exposed_ns_of(self, row: int) -> int | None:
        """Exposed time of a copy; None where it is not known what is exposed."""
        number = next(self.numbers_of(row), None)
        if number is None:
            return None
        start, end = int(self.trace.ts[row]), int(self.trace.ts[row] + self.trace.dur[row])
        sums = []
        for table in (self.exposed, self.hidden):
            pieces, (first, last) = table.of_row(number), table.visible(number, start, end)
            sums.append(int((pieces.ends[first:last] - pieces.starts[first:last])[pieces.row[first:last] == row].sum()))
        return sums[0] if sum(sums) else None

    def rows_of(self, lane: int) -> range:
        """Numbers of a lane's rows in ``mipmap``."""
        first = self.first_row[lane]
        return range(first, first + len(self.lanes[lane].rows))


def _copy_tables(
    trace: Trace, lanes: Sequence[Lane], mipmap: Mipmap, extent: tuple[int, int], exposed: Mapping[int, Spans]
) -> tuple[PieceTable, PieceTable]:
    found: tuple[dict[int, Pieces], dict[int, Pieces]] = ({}, {})
    covered = {device: complement(spans, *extent) for device, spans in exposed.items()}
    number = -1
    for lane in lanes:
        for rows in lane.rows:
            number += 1
            if lane.kind > LaneKind.STREAM or lane.device not in exposed:
                continue
            paint = mipmap.paint_of_rows(rows)
            copies = rows[(paint == Paint.HTOD) | (paint == Paint.DTOH)]
            if len(copies):
                starts = trace.ts[copies]
                spans = (starts, starts + trace.dur[copies])
                for table, others in zip(found, (exposed[lane.device], covered[lane.device]), strict=True):
                    first, last, owner = intersect(spans, others)
                    table[number] = Pieces(first, last, copies[owner])
    bare, hidden = (build_pieces(extent[0], len(mipmap.maps), table) for table in found)
    return bare, hidden
