"""When anything of several rows runs: the union of their slices, for folded groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.buckets import STRETCH_SHIFT, Buckets, build_buckets, running_sums, stretch_edges
from profiler.timeline.fullest import colours_in, strongest
from profiler.timeline.mipmap import Mipmap
from profiler.timeline.near import Spans, exact_pixels
from profiler.timeline.pyramid import PaintPyramid, joined_levels, levels_of

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
UInt8 = npt.NDArray[np.uint8]

#: Slices in view up to which their union is made for each picture.
FEW = 40_000

_MOST_BUCKETS = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """The union of some rows as one row: its busy time, and the colour that runs longest in each part."""

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
    """Slices of several rows in order of their starts; ``reach`` is when the last to end of those begun so far ends."""

    starts: Int64
    lengths: Int64
    paints: UInt8
    reach: Int64


def build_cover(mipmap: Mipmap, numbers: Sequence[int]) -> Cover:
    """The cover of rows of a mipmap; it takes a sort of all their slices."""
    slices = _slices(mipmap, numbers, [(0, len(mipmap.maps[number].rows)) for number in numbers])
    spans = _union(slices)
    # By the slices, not by what is left of them: a view with too few buckets must have few enough slices to unite.
    least, origin = min(len(slices.starts), _MOST_BUCKETS), mipmap.buckets.origin
    buckets, _ = build_buckets(origin, [(spans.starts, spans.lengths)], least=least)
    first, shift, count = int(buckets.first[0]), int(buckets.shift[0]), len(buckets.busy)
    edges = origin + ((first + stretch_edges(first, count - 1)) << shift)
    levels = levels_of(first >> STRETCH_SHIFT, *_times(slices, edges))
    return Cover(buckets, joined_levels(buckets, [levels]))


def cover_in_view(
    mipmap: Mipmap, numbers: Sequence[int], views: Sequence[tuple[int, int]], edges: Int64
) -> tuple[Float32, UInt8]:
    """Busy share and paint of the pixels from the slices in view themselves: exact."""
    slices = _slices(mipmap, numbers, views)
    share, _ = exact_pixels(_union(slices), edges, None)
    return share, _fullest(slices, edges)[None, :]


def _fullest(slices: _Slices, edges: Int64) -> UInt8:
    """In each pixel the colour whose slices run longest in it together."""
    if edges[-1] - edges[0] < len(edges) - 1:
        # Closer in than a nanosecond a pixel, columns repeat, as in `exact_pixels`.
        whole = np.arange(int(edges[0]), int(edges[-1]) + 2, dtype=np.int64)
        return np.asarray(_fullest(slices, whole)[edges[:-1] - edges[0]], np.uint8)
    return strongest(*_times(slices, edges))


def _times(slices: _Slices, edges: Int64) -> tuple[list[int], Int64]:
    """The colours that occur, and how long slices of each run between edges; those that overlap all count.

    Before an edge a slice has run since its start, less what lies behind its end if it has ended: sums of starts and of
    ends tell that of all slices at once. The sums may wrap around; their difference is small again.
    """
    colours = colours_in(slices.paints)
    times = np.empty((len(colours), len(edges) - 1), np.int64)
    origin = edges[0]
    since = edges - origin
    for number, colour in enumerate(colours):
        mine = slices.paints == colour
        starts = slices.starts[mine] - origin
        ends = np.sort(starts + slices.lengths[mine])
        begun, over = starts.searchsorted(since), ends.searchsorted(since)
        times[number] = np.diff(
            since * (begun - over) - running_sums(starts).take(begun) + running_sums(ends).take(over)
        )
    return colours, times


def _slices(mipmap: Mipmap, numbers: Sequence[int], views: Sequence[tuple[int, int]]) -> _Slices:
    spans, places = mipmap.spans(numbers, views)
    order = np.argsort(spans.starts, kind="stable")
    starts, lengths, paints = spans.starts[order], spans.lengths[order], mipmap.paint_of_rows(places[order])
    ends = starts + lengths
    reach = np.maximum.accumulate(ends)
    return _Slices(starts, lengths, paints, reach)


def _union(slices: _Slices) -> Spans:
    """Disjoint spans that cover the same time."""
    starts, reach = slices.starts, slices.reach
    if not len(starts):
        return Spans(starts, slices.lengths, np.zeros(2, np.int64))
    first = np.flatnonzero(np.concatenate(([True], starts[1:] > reach[:-1])))
    last = np.append(first[1:], len(starts)) - 1
    joined = starts[first]
    return Spans(joined, reach[last] - joined, np.array([0, len(first)], np.int64))
