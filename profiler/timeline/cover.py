"""When anything of several rows runs: the union of their slices, for folded groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.buckets import STRETCH_SHIFT, Buckets, build_buckets, stretch_edges
from profiler.timeline.mipmap import NO_PAINT, Mipmap
from profiler.timeline.near import Spans, exact_pixels
from profiler.timeline.pyramid import PaintPyramid, joined_levels, paint_levels

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
UInt8 = npt.NDArray[np.uint8]

#: Slices in view up to which their union is made for each picture.
FEW = 40_000

_MOST_BUCKETS = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """The union of some rows as one row: its busy time, and the colour of the longest slice of each part."""

    buckets: Buckets
    pyramid: PaintPyramid

    def pixels(self, edges: Int64) -> tuple[Float32, UInt8]:
        """Busy share and paint of the pixels between ``edges``, each of shape (1, pixels)."""
        row = np.zeros(1, np.int64)
        share, busy = self.buckets.pixels(row, edges)
        share = np.where(busy, np.maximum(share, np.finfo(np.float32).tiny), 0).astype(np.float32)
        return share, self.pyramid.pixels(row, edges, busy)


@dataclass(frozen=True, slots=True, eq=False)
class _Slices:
    """Slices of several rows in order of their starts, and which of those begun so far ends last.

    ``reach`` is when that one ends, and ``carried`` its colour.
    """

    starts: Int64
    lengths: Int64
    paints: UInt8
    reach: Int64
    carried: UInt8

    def over(self, times: Int64) -> tuple[Int64, Int64]:
        """Slices begun before each time, and how long any of them still runs."""
        begun = self.starts.searchsorted(times)
        if not len(self.starts):
            return begun, np.zeros_like(begun)
        left = self.reach[np.maximum(begun - 1, 0)] - times
        return begun, np.where(begun > 0, np.maximum(left, 0), 0)


def build_cover(mipmap: Mipmap, numbers: Sequence[int]) -> Cover:
    """The cover of rows of a mipmap; it takes a sort of all their slices."""
    slices = _slices(mipmap, numbers, [(0, len(mipmap.maps[number].rows)) for number in numbers])
    spans = _union(slices)
    # By the slices, not by what is left of them: a view with too few buckets must have few enough slices to unite.
    least, origin = min(len(slices.starts), _MOST_BUCKETS), mipmap.buckets.origin
    buckets, _ = build_buckets(origin, [(spans.starts, spans.lengths)], least=least)
    first, shift, count = int(buckets.first[0]), int(buckets.shift[0]), len(buckets.busy)
    begun, over = slices.over(origin + ((first + stretch_edges(first, count - 1)) << shift))
    levels = paint_levels(first >> STRETCH_SHIFT, begun, over, slices.lengths, slices.paints, slices.carried)
    return Cover(buckets, joined_levels(buckets, [levels]))


def cover_in_view(
    mipmap: Mipmap, numbers: Sequence[int], views: Sequence[tuple[int, int]], edges: Int64
) -> tuple[Float32, UInt8]:
    """Busy share and paint of the pixels from the slices in view themselves: exact."""
    slices = _slices(mipmap, numbers, views)
    share, _ = exact_pixels(_union(slices), edges, None)
    paint = np.where(share > 0, _fullest(slices, edges)[None, :], NO_PAINT)
    return share, paint.astype(np.uint8)


def _fullest(slices: _Slices, edges: Int64) -> UInt8:
    """In each pixel the colour of what runs on into it, or of the longest that starts in it, whichever is longer."""
    begun, over = slices.over(edges[:-1])
    best = np.full(len(edges) - 1, NO_PAINT, np.int64)
    if not len(slices.starts):
        return best.astype(np.uint8)
    running = np.flatnonzero(over > 0)
    inside = np.minimum(over[running], np.maximum(np.diff(edges)[running], 1))
    best[running] = (inside << 8) | slices.carried[begun[running] - 1]
    counts = np.diff(np.append(begun, slices.starts.searchsorted(edges[-1])))
    cells = np.flatnonzero(counts)
    if len(cells):
        pixel = np.repeat(cells, counts[cells])
        started = slice(int(begun[0]), int(begun[0]) + len(pixel))
        inside = np.minimum(slices.lengths[started], edges[1:][pixel] - slices.starts[started])
        key = (inside << 8) | slices.paints[started]
        longest = np.maximum.reduceat(key, np.cumsum(counts[cells]) - counts[cells])
        best[cells] = np.where(best[cells] == NO_PAINT, longest, np.maximum(best[cells], longest))
    return (best & 255).astype(np.uint8)


def _slices(mipmap: Mipmap, numbers: Sequence[int], views: Sequence[tuple[int, int]]) -> _Slices:
    spans, places = mipmap.spans(numbers, views)
    order = np.argsort(spans.starts, kind="stable")
    starts, lengths, paints = spans.starts[order], spans.lengths[order], mipmap.paint_of_rows(places[order])
    ends = starts + lengths
    reach = np.maximum.accumulate(ends)
    farthest = np.maximum.accumulate(np.where(ends == reach, np.arange(len(ends)), 0)) if len(ends) else reach
    return _Slices(starts, lengths, paints, reach, paints[farthest])


def _union(slices: _Slices) -> Spans:
    """Disjoint spans that cover the same time."""
    starts, reach = slices.starts, slices.reach
    if not len(starts):
        return Spans(starts, slices.lengths, np.zeros(2, np.int64))
    first = np.flatnonzero(np.concatenate(([True], starts[1:] > reach[:-1])))
    last = np.append(first[1:], len(starts)) - 1
    joined = starts[first]
    return Spans(joined, reach[last] - joined, np.array([0, len(first)], np.int64))
