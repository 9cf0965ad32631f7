"""Busy share and colour of pixels read from the slices themselves: exact, for views that are close in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
    """Busy share of every pixel, and the paint of the span that fills most of it; of any where there are ties.

    Closer in than a nanosecond a pixel, columns repeat: each then shows the nanosecond it lies in.
    """
    if edges[-1] - edges[0] < len(edges) - 1:
        share, paint = exact_pixels(spans, np.arange(int(edges[0]), int(edges[-1]) + 2, dtype=np.int64), paints)
        column = edges[:-1] - edges[0]
        return share[:, column], None if paint is None else paint[:, column]
    rows, width = len(spans), len(edges) - 1
    if not len(spans.starts):
        return np.zeros((rows, width), np.float32), None if paints is None else np.zeros((rows, width), np.uint8)
    slot = slots(spans.starts, edges)
    cell = slot + spans.by_row(np.arange(rows) * (width + 1))
    begun = np.bincount(cell, minlength=rows * (width + 1)).reshape(rows, width + 1).cumsum(axis=1)
    first = spans.offset[:-1, None]
    none_begun = begun == 0
    begun += first
    over = (spans.starts + spans.lengths).take(begun - 1, mode="wrap")
    over -= edges
    np.maximum(over, 0, out=over)
    over[none_begun] = 0
    total = np.concatenate(([0], np.cumsum(spans.lengths)))
    busy = total.take(begun)
    busy -= over
    share = (np.diff(busy, axis=1) * (1.0 / np.diff(edges))).astype(np.float32)
    if paints is None:
        return share, None
    best = np.minimum(over[:, :-1], np.diff(edges)) << 8
    best |= paints.take(begun[:, :-1] - 1, mode="wrap")
    _raise_to_longest(best, spans, slot, cell, edges, paints)
    return share, (best & 255).astype(np.uint8)


def slots(starts: Int64, edges: Int64) -> Int64:
    """How many edges are not after each start, at most those of a start in the last pixel."""
    width = len(edges) - 1
    slot: Int64 = ((starts - edges[0]) * (width / float(edges[-1] - edges[0]))).astype(np.int64)
    np.clip(slot, 0, width - 1, out=slot)
    # The edges are rounded to whole nanoseconds, so a start next to one may belong to its neighbour.
    slot += starts >= edges.take(slot + 1)
    slot -= starts < edges.take(slot)
    slot += 1
    np.minimum(slot, width, out=slot)
    return slot


def _raise_to_longest(best: Int64, spans: Spans, slot: Int64, cell: Int64, edges: Int64, paints: UInt8) -> None:
    """Put length and paint of the longest span that starts in a pixel where it is longer than what runs into it."""
    key = edges.take(slot)
    key -= spans.starts
    np.minimum(key, spans.lengths, out=key)
    key <<= 8
    key |= paints
    heads = np.flatnonzero(np.concatenate(([True], cell[1:] != cell[:-1])))
    longest, there = np.maximum.reduceat(key, heads), cell[heads]
    inside = slot[heads] > 0
    longest, there = longest[inside], there[inside]
    row = there // len(edges)
    place = there - row - 1
    flat = best.ravel()
    flat[place] = np.maximum(flat[place], longest)
