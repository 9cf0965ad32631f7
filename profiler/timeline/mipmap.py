"""How busy every pixel of a row is, and in which colour, at any zoom and without touching every slice.

Zoomed out, the busy share of a pixel is two look-ups in the busy time cumulated at the edges of equal buckets (one to
two a slice), with interpolation inside a bucket; colours come from a pyramid of stretches that double. Close in,
where a bucket is no longer small against a pixel, both come from the slices themselves and are exact. All tables are
flat arrays, row behind row, so that many rows are looked up by one array operation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.timeline.buckets import Buckets, build_buckets, joined_offsets
from profiler.timeline.fullest import NO_PAINT
from profiler.timeline.longest import Longest, build_longest
from profiler.timeline.near import Spans, exact_pixels
from profiler.timeline.paint import UInt8, paint_of
from profiler.timeline.parallel import side_by_side
from profiler.timeline.pyramid import PaintPyramid, build_pyramid
from profiler.timeline.recent import Recent
from profiler.trace.tables import Trace

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]
Float32 = npt.NDArray[np.float32]

#: Slices in view up to which the long ones are found by looking at all starts.
_FEW_SLICES = 200_000

__all__ = ["Mipmap", "RowMap"]


@dataclass(frozen=True, slots=True, eq=False)
class RowMap:
    """One row of disjoint slices.

    Attributes
    ----------
    rows : int32 array
        Rows of the trace, sorted by start.
    starts : int64 array
    width : int
        Length of the row's buckets, ns.
    """

    rows: Int32
    starts: Int64
    width: int


class Mipmap:
    """Busy share and colour of any pixel of any row of a trace's lanes.

    Parameters
    ----------
    trace : Trace
    offset : int64 array, shape (rows + 1,)
        Where each row begins in ``rows`` and ``starts``.
    rows : int32 array
        Rows of the trace, sorted by start within a row.
    starts : int64 array
        Their starts.
    paints : uint8 array
        `Paint` of every row of the trace.
    buckets : Buckets
    pyramid : PaintPyramid
    longest : Longest
    """

    def __init__(
        self,
        trace: Trace,
        *,
        offset: Int64,
        rows: Int32,
        starts: Int64,
        paints: UInt8,
        buckets: Buckets,
        pyramid: PaintPyramid,
        longest: Longest,
    ) -> None:
        self.trace = trace
        self.offset, self.rows, self.starts, self.paint = offset, rows, starts, paints
        self.buckets, self.pyramid, self.longest = buckets, pyramid, longest
        self._recent: Recent[tuple[Float32, UInt8]] = Recent()
        ends, widths = offset.tolist(), (np.int64(1) << buckets.shift).tolist()
        self.maps = tuple(
            RowMap(rows[first:last], starts[first:last], width)
            for first, last, width in zip(ends[:-1], ends[1:], widths, strict=True)
        )

    @classmethod
    def build(cls, trace: Trace, rows: Sequence[Int32]) -> Mipmap:
        """Tables of rows of slices, each sorted by start and free of overlap, as `build_lanes` makes them."""
        offset = joined_offsets([len(row) for row in rows])
        joined = np.concatenate(rows) if len(rows) else np.empty(0, np.int32)
        gather: list[Callable[[], npt.NDArray[Any]]] = [
            lambda: paint_of(trace),
            lambda: trace.ts[joined],
            lambda: np.maximum(trace.dur[joined], 1),
        ]
        paints, starts, lengths = side_by_side(gather, len(joined))
        origin = int(starts.min(initial=np.iinfo(np.int64).max)) if len(starts) else 0
        cuts = list(zip(offset[:-1].tolist(), offset[1:].tolist(), strict=True))
        buckets, more = build_buckets(origin, ((starts[a:b], lengths[a:b]) for a, b in cuts))
        return cls(
            trace,
            offset=offset,
            rows=joined,
            starts=starts,
            paints=paints,
            buckets=buckets,
            pyramid=build_pyramid(buckets, cuts, more, lengths, paints[joined]),
            longest=build_longest(offset, lengths),
        )

    @property
    def nbytes(self) -> int:
        """Memory of all tables."""
        own = self.offset.nbytes + self.rows.nbytes + self.starts.nbytes + self.paint.nbytes
        return own + self.buckets.nbytes + self.pyramid.nbytes + self.longest.nbytes

    def extent_ns(self) -> tuple[int, int]:
        """First start and last end of all rows; (0, 0) without slices."""
        used = [(number, tables) for number, tables in enumerate(self.maps) if len(tables.rows)]
        if not used:
            return 0, 0
        # Slices of a row do not overlap: the last to start is the last to end.
        last = [int(tables.starts[-1] + self.lengths(number, -1, None)[0]) for number, tables in used]
        return min(int(tables.starts[0]) for _, tables in used), max(last)

    def lengths(self, row: int, first: int, last: int | None) -> Int64:
        """Drawn lengths of slices ``first`` to ``last`` of a row; 1 ns for those of no length."""
        return np.maximum(self.trace.dur[self.maps[row].rows[first:last]], 1)

    def paints(self, row: int, first: int, last: int) -> UInt8:
        """Colours of slices ``first`` to ``last`` of a row."""
        return self.paint_of_rows(self.maps[row].rows[first:last])

    def paint_of_rows(self, rows: npt.NDArray[np.integer]) -> UInt8:
        """Colours of rows of the trace."""
        return np.asarray(self.paint[rows], np.uint8)

    def visible(self, row: int, start_ns: int, end_ns: int) -> tuple[int, int]:
        """Slices ``[first, last)`` of a row that touch ``[start_ns, end_ns)``."""
        return self.all_visible([row], start_ns, end_ns)[0]

    def all_visible(self, rows: Sequence[int], start_ns: int, end_ns: int) -> list[tuple[int, int]]:
        """Slices ``[first, last)`` of each of several rows that touch ``[start_ns, end_ns)``."""
        # Integer keys: a float would convert the whole column on every call.
        keys = np.array((start_ns, max(int(end_ns), int(start_ns)) - 1), np.int64)
        begun = np.array([self.maps[row].starts.searchsorted(keys, "right") for row in rows], np.int64).reshape(-1, 2)
        last, offset = begun[:, 1], self.offset[:-1][np.asarray(rows, np.int64)]
        # The one that began before the view is seen where it runs into it.
        first = np.maximum(begun[:, 0] - 1, 0)
        before = np.flatnonzero(begun[:, 0] > 0)
        place = offset[before] + first[before]
        ends = self.starts[place] + np.maximum(self.trace.dur[self.rows[place]], 1)
        first[before] += ends <= start_ns
        return list(zip(first.tolist(), np.maximum(last, first).tolist(), strict=True))

    def longer_than(self, row: int, first: int, last: int, least_ns: int) -> Int64:
        """Places in a row, within ``[first, last)``, of the slices of at least ``least_ns``."""
        return self.all_longer_than([row], [(first, last)], least_ns)[1] - int(self.offset[row])

    def all_longer_than(
        self, rows: Sequence[int], views: Sequence[tuple[int, int]], least_ns: int
    ) -> tuple[Int64, Int64]:
        """Slices of at least ``least_ns`` of several rows, each within its ``[first, last)``.

        Returns
        -------
        owner : int64 array
            Which of ``rows`` each belongs to.
        place : int64 array
            Its place in ``self.rows``.
        """
        if sum(last - first for first, last in views) <= _FEW_SLICES:
            owner, place = self._far_apart(rows, views, least_ns)
        else:
            owner, place = self.longest.candidates(np.asarray(rows, np.int64), views, least_ns)
            place += self.offset[:-1][np.asarray(rows, np.int64)][owner]
        keep = np.maximum(self.trace.dur[self.rows[place]], 1) >= least_ns
        return owner[keep], place[keep]

    def _far_apart(self, rows: Sequence[int], views: Sequence[tuple[int, int]], least_ns: int) -> tuple[Int64, Int64]:
        """Owners and places of all that may be as long: what follows them starts no sooner, for slices are disjoint."""
        owners, places = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for owner, (row, (first, last)) in enumerate(zip(rows, views, strict=True)):
            starts = self.starts[self.offset[row] : self.offset[row + 1]][first : last + 1]
            found = np.flatnonzero(starts[1:] - starts[:-1] >= least_ns)
            if 0 < len(starts) == last - first:
                found = np.append(found, last - first - 1)  # nothing follows the last of a row
            owners.append(np.full(len(found), owner))
            places.append(found + (self.offset[row] + first))
        return np.concatenate(owners), np.concatenate(places)

    def spans(self, rows: Sequence[int], views: Sequence[tuple[int, int]]) -> tuple[Spans, Int64]:
        """The slices ``[first, last)`` of several rows, and the row of the trace of each."""
        offset = self.offset[:-1][np.asarray(rows, np.int64)].tolist()
        cuts = [slice(at + first, at + last) for at, (first, last) in zip(offset, views, strict=True)]
        places = np.concatenate([np.empty(0, np.int64), *(self.rows[cut] for cut in cuts)], dtype=np.int64)
        starts = np.concatenate([np.empty(0, np.int64), *(self.starts[cut] for cut in cuts)])
        lengths = self.trace.dur.take(places)
        np.maximum(lengths, 1, out=lengths)
        return Spans(starts, lengths, joined_offsets([last - first for first, last in views])), places

    def pixels(
        self, rows: Sequence[int], edges: Int64, views: Sequence[tuple[int, int]] | None = None
    ) -> tuple[Float32, UInt8]:
        """Busy share (0 to 1) and `Paint` of the pixels between ``edges``.

        Parameters
        ----------
        rows : sequence of int
            Numbers of rows.
        edges : int64 array, shape (pixels + 1,)
            Ascending, ns, all pixels of one width up to rounding; see `Viewport.grid`.
        views : sequence of (int, int), optional
            The slices of each row between the first and the last edge, where they are known.

        Returns
        -------
        share : float32 array, shape (len(rows), pixels)
            Above 0 wherever anything runs, however short.
        paint : uint8 array of the same shape
            `NO_PAINT` where the share is 0. Neither array is to be written to.
        """
        return self._recent.pixels(
            tuple(rows), edges, lambda part: self._pixels(rows, part, views if part is edges else None)
        )

    def _pixels(
        self, rows: Sequence[int], edges: Int64, views: Sequence[tuple[int, int]] | None
    ) -> tuple[Float32, UInt8]:
        numbers = np.asarray(rows, np.int64)
        far = self.buckets.are_fine(numbers, (int(edges[-1]) - int(edges[0])) / (len(edges) - 1))
        if far.all():
            return self._far(numbers, edges)
        if views is None:
            views = self.all_visible(rows, int(edges[0]), int(edges[-1]) + 1)
        if not far.any():
            return self._near(rows, edges, views)
        share = np.empty((len(rows), len(edges) - 1), np.float32)
        paint = np.empty(share.shape, np.uint8)
        share[far], paint[far] = self._far(numbers[far], edges)
        near = np.flatnonzero(~far).tolist()
        share[near], paint[near] = self._near([rows[place] for place in near], edges, [views[place] for place in near])
        return share, paint

    def _far(self, rows: Int64, edges: Int64) -> tuple[Float32, UInt8]:
        share, busy = self.buckets.pixels(rows, edges)
        np.maximum(share, np.finfo(np.float32).tiny, out=share)
        share *= busy
        return share, self.pyramid.pixels(rows, edges, busy)

    def _near(self, rows: Sequence[int], edges: Int64, views: Sequence[tuple[int, int]]) -> tuple[Float32, UInt8]:
        spans, places = self.spans(rows, views)
        share, paint = exact_pixels(spans, edges, self.paint.take(places))
        if paint is None:
            paint = np.empty(share.shape, np.uint8)
        paint[share <= 0] = NO_PAINT
        return share, paint
