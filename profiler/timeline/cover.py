"""When anything of several rows runs: the union of their slices, for folded groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.buckets import Buckets, build_buckets
from profiler.timeline.mipmap import NO_PAINT, Mipmap
from profiler.timeline.near import Spans, exact_pixels
from profiler.timeline.pyramid import PaintPyramid, build_pyramid

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
        return share, np.where(busy, self.pyramid.pixels(row, edges), NO_PAINT).astype(np.uint8)


def build_cover(mipmap: Mipmap, numbers: Sequence[int]) -> Cover:
    """The cover of rows of a mipmap; it takes a sort of all their slices."""
    starts, lengths, colours = _slices(mipmap, numbers, [(0, len(mipmap.maps[number].rows)) for number in numbers])
    spans, paints = _union(starts, lengths, colours)
    # By the slices, not by what is left of them: a view with too few buckets must have few enough slices to unite.
    least = min(len(starts), _MOST_BUCKETS)
    buckets, more = build_buckets(mipmap.buckets.origin, [(spans.starts, spans.lengths)], least=least)
    return Cover(buckets, build_pyramid(buckets, [(0, len(spans.starts))], more, spans.lengths, paints))


def cover_in_view(
    mipmap: Mipmap, numbers: Sequence[int], views: Sequence[tuple[int, int]], edges: Int64
) -> tuple[Float32, UInt8]:
    """Busy share and paint of the pixels from the slices in view themselves: exact."""
    spans, paints = _union(*_slices(mipmap, numbers, views))
    share, paint = exact_pixels(spans, edges, paints)
    if paint is None:
        paint = np.empty(share.shape, np.uint8)
    paint[share <= 0] = NO_PAINT
    return share, paint


def _slices(mipmap: Mipmap, numbers: Sequence[int], views: Sequence[tuple[int, int]]) -> tuple[Int64, Int64, UInt8]:
    spans, places = mipmap.spans(numbers, views)
    order = np.argsort(spans.starts, kind="stable")
    return spans.starts[order], spans.lengths[order], mipmap.paint_of_rows(places[order])


def _union(starts: Int64, lengths: Int64, paints: UInt8) -> tuple[Spans, UInt8]:
    """Disjoint spans that cover the same time, each with the paint of its longest slice; ``starts`` ascend."""
    if not len(starts):
        return Spans(starts, lengths, np.zeros(2, np.int64)), paints
    reach = np.maximum.accumulate(starts + lengths)
    first = np.flatnonzero(np.concatenate(([True], starts[1:] > reach[:-1])))
    last = np.append(first[1:], len(starts)) - 1
    longest = np.maximum.reduceat((np.minimum(lengths, 1 << 54) << 8) | paints, first)
    joined = starts[first]
    spans = Spans(joined, reach[last] - joined, np.array([0, len(first)], np.int64))
    return spans, (longest & 255).astype(np.uint8)
