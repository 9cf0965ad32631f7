"""Busy share and colour of pixels read from the slices themselves: exact, for views that are close in."""

from __future__ import annotations

from collections.abc import Sequence
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

    def row(self, number: int) -> Int64:
        """Starts of one row."""
        return self.starts[self.offset[number] : self.offset[number + 1]]

    def __len__(self) -> int:
        return len(self.offset) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """What is known of the spans of each row at each of some times; shapes (rows, times).

    Attributes
    ----------
    begun : int64 array
        Place in `Spans` behind the last span that starts before the time.
    over : int64 array
        What that span has left to run.
    busy : int64 array
        Busy time before, ns, from a time of the row's own.
    """

    begun: Int64
    over: Int64
    busy: Int64


def reached(spans: Spans, times: Int64) -> Reached:
    """Look-up of sorted ``times`` in every row."""
    begun = np.empty((len(spans), len(times)), np.int64)
    for number in range(len(spans)):
        begun[number] = np.searchsorted(spans.row(number), times)
    first = spans.offset[:-1, None]
    begun += first
    total = np.concatenate(([0], np.cumsum(spans.lengths)))
    if not len(spans.starts):
        return Reached(begun, np.zeros_like(begun), np.zeros_like(begun))
    last = np.maximum(begun - 1, 0)
    over = (spans.starts + spans.lengths)[last]
    over -= times[None, :]
    np.maximum(over, 0, out=over)
    over[begun == first] = 0
    return Reached(begun, over, total[begun] - over)


def exact_pixels(spans: Spans, edges: Int64, paints: UInt8 | None) -> tuple[Float32, UInt8 | None]:
    """Busy share of every pixel, and the paint of the span that fills most of it; of any where there are ties.

    Closer in than a nanosecond a pixel, columns repeat: each then shows the nanosecond it lies in.
    """
    left = edges[:-1]
    if edges[-1] - edges[0] >= 2 * len(left):
        right, at = edges[1:], reached(spans, edges)
        low = Reached(at.begun[:, :-1], at.over[:, :-1], at.busy[:, :-1])
        high = Reached(at.begun[:, 1:], at.over[:, 1:], at.busy[:, 1:])
    else:
        right = np.maximum(edges[1:], left + 1)
        low, high = reached(spans, left), reached(spans, right)
    share = ((high.busy - low.busy) * (1.0 / (right - left))).astype(np.float32)
    if paints is None or not len(spans.starts):
        return share, None if paints is None else np.zeros(share.shape, np.uint8)
    return share, _fullest(spans, low, high, (left, right), paints)


def _fullest(spans: Spans, low: Reached, high: Reached, pixels: tuple[Int64, Int64], paints: UInt8) -> UInt8:
    left, right = pixels
    best = np.minimum(low.over, right - left) << 8
    best |= paints[np.maximum(low.begun - 1, 0)]
    count = (high.begun - low.begun).ravel()
    cells = np.flatnonzero(count)
    if len(cells):
        inside, place = _inside(spans, low, right, cells, count[cells])
        key = (inside << 8) | paints[place]
        heads = np.cumsum(count[cells]) - count[cells]
        flat = best.ravel()
        flat[cells] = np.maximum(flat[cells], np.maximum.reduceat(key, heads))
    return np.asarray(best & 255, np.uint8)


def _inside(spans: Spans, low: Reached, right: Int64, cells: Int64, count: Int64) -> tuple[Int64, Int64]:
    """Time in its pixel of every span that starts in one, and the span's place."""
    cell = np.repeat(np.arange(len(cells)), count)
    place = np.arange(len(cell)) + (low.begun.ravel()[cells] - np.cumsum(count) + count)[cell]
    ends = np.broadcast_to(right, low.begun.shape).ravel()[cells][cell]
    return np.minimum(spans.lengths[place], ends - spans.starts[place]), place


def gathered(parts: Sequence[tuple[Int64, Int64]]) -> Spans:
    """Rows given as starts and lengths, one behind the other."""
    sizes = [len(starts) for starts, _ in parts]
    none = [np.empty(0, np.int64)]
    return Spans(
        np.concatenate([starts for starts, _ in parts] or none),
        np.concatenate([lengths for _, lengths in parts] or none),
        np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
    )
