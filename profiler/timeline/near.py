"""Busy share and colour of pixels read from the slices themselves: exact, for views that are close in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from profiler.timeline.buckets import running_sums
from profiler.timeline.fullest import Parts, colours_in, strongest, times_of
from profiler.timeline.longest import spread

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """The spans of several rows that touch a view, one row behind the other.

    Attributes
    ----------
    starts, lengths : int64 arrays
        Sorted and disjoint within a row.
    offset : int64 array, shape (rows + 1,)
        Where each row begins.
    """

    starts: Int64
    lengths: Int64
    offset: Int64

    def __len__(self) -> int:
        return len(self.offset) - 1

    def by_row(self, values: Int64) -> Int64:
        """One value a row, repeated for each of its spans."""
        return np.repeat(values, np.diff(self.offset))


def exact_pixels(spans: Spans, edges: Int64, paints: UInt8 | None) -> tuple[Float32, UInt8 | None]:
    """Busy share of every pixel, and the paint that fills most of it; of any where there are ties.

    Closer in than a nanosecond a pixel, columns repeat: each then shows the nanosecond it lies in.
    """
    if edges[-1] - edges[0] < len(edges) - 1:
        share, paint = exact_pixels(spans, np.arange(int(edges[0]), int(edges[-1]) + 2, dtype=np.int64), paints)
        column = edges[:-1] - edges[0]
        return share[:, column], None if paint is None else paint[:, column]
    rows, width = len(spans), len(edges) - 1
    if not len(spans.starts):
        return np.zeros((rows, width), np.float32), None if paints is None else np.zeros((rows, width), np.uint8)
    begun = begun_before(spans, edges)
    last = begun - 1
    over = spans.starts.take(last, mode="wrap")
    over += spans.lengths.take(last, mode="wrap")
    over -= edges
    np.maximum(over, 0, out=over)
    over[begun == spans.offset[:-1, None]] = 0
    busy = running_sums(spans.lengths).take(begun)
    busy -= over
    inside = np.diff(busy, axis=1)
    share = (inside * (1.0 / np.diff(edges))).astype(np.float32)
    return share, None if paints is None else _paints(spans, begun, over, inside, paints)


def sparse_shares(spans: Spans, edges: Int64) -> Float32:
    """The busy shares of `exact_pixels`, from the pixels of each span: quicker where spans are few for the pixels."""
    rows, width = len(spans), len(edges) - 1
    starts = np.maximum(spans.starts, edges[0])
    ends = np.minimum(spans.starts + spans.lengths, edges[-1])
    owner, pixel = spread(edges.searchsorted(starts, side="right") - 1, edges.searchsorted(ends))
    inside = np.minimum(ends[owner], edges[1:][pixel]) - np.maximum(starts[owner], edges[pixel])
    cell = spans.by_row(np.arange(rows) * width)[owner] + pixel
    filled = np.bincount(cell, weights=inside, minlength=rows * width).reshape(rows, width)
    return (filled * (1.0 / np.diff(edges))).astype(np.float32)


def begun_before(spans: Spans, edges: Int64) -> Int64:
    """How many spans start before each edge, those of the rows before included; shape (rows, edges)."""
    rows, width = len(spans), len(edges) - 1
    x = (spans.starts - edges[0]) * (width / float(edges[-1] - edges[0]))
    x += 1
    cell = x.astype(np.int64)
    # One cell a row more than there are edges: a span may start with the last of them.
    stride, cuts = width + 2, spans.offset.tolist()
    for row, (first, end) in enumerate(pairwise(cuts)):
        if first < end:
            if x[first] < 1:
                cell[first] = 0
            cell[first:end] += row * stride
    count = np.bincount(cell, minlength=rows * stride).reshape(rows, stride)
    begun = count[:, :-1].cumsum(axis=1)
    begun += spans.offset[:-1, None]
    return _corrected(begun, spans, edges)


def _corrected(begun: Int64, spans: Spans, edges: Int64) -> Int64:
    """Edges are rounded to whole nanoseconds, so spans that start next to one may have been counted beside it."""
    starts = spans.starts
    while True:
        late = starts.take(begun - 1, mode="wrap") >= edges
        late &= begun > spans.offset[:-1, None]
        soon = starts.take(begun, mode="clip") < edges
        soon &= begun < spans.offset[1:, None]
        if not (late.any() or soon.any()):
            return begun
        begun -= late
        begun += soon


def _paints(spans: Spans, begun: Int64, over: Int64, busy: Int64, paints: UInt8) -> UInt8:
    """The paint of what fills most of each pixel; in rows of one paint that is known without looking at pixels."""
    found = np.zeros(len(spans), np.uint8)
    some = np.flatnonzero(np.diff(spans.offset))
    heads = spans.offset[some]
    found[some] = paints[heads]
    mixed = some[np.minimum.reduceat(paints, heads) != np.maximum.reduceat(paints, heads)]
    pixels = np.repeat(found[:, None], busy.shape[1], axis=1)
    if len(mixed):
        rows = slice(int(mixed[0]), int(mixed[-1]) + 1)
        first, last = int(spans.offset[rows.start]), int(spans.offset[rows.stop])
        part = Spans(
            spans.starts[first:last], spans.lengths[first:last], spans.offset[rows.start : rows.stop + 1] - first
        )
        pixels[rows] = _fullest_paint(part, begun[rows] - first, over[rows], busy[rows], paints[first:last])
    return pixels


def _fullest_paint(spans: Spans, begun: Int64, over: Int64, busy: Int64, paints: UInt8) -> UInt8:
    """The paint that fills most of each pixel, of any where there are ties."""
    lengths, first, last = spans.lengths.copy(), begun[:, 0], begun[:, -1]
    # What started before the view or starts behind it lies in no pixel, but beside those that do.
    lengths[spans.offset[:-1][first > spans.offset[:-1]]] = 0
    lengths[last[last < spans.offset[1:]]] = 0
    colours = colours_in(paints)
    found = strongest(colours, times_of(colours, Parts.between(begun, over, busy), lengths, paints))
    return found.reshape(busy.shape)
