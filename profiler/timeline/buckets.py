"""Busy time cumulated at the edges of equal buckets: the share of any pixel of any row is two look-ups.

Every row has buckets of a power of two of nanoseconds on one grid, one to two buckets a span. An empty bucket on either
side lets times before and after a row be looked up like all others, so that all rows are one array operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from profiler.timeline.parallel import side_by_side

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]

#: Buckets a pixel must hold at least for their interpolation to be true enough. Below, the spans themselves are read.
MIN_BUCKETS = 8

#: A stretch is of this many buckets, as a power of two: as many as a pixel holds at least. It has one colour.
STRETCH_SHIFT = MIN_BUCKETS.bit_length() - 1


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """Cumulated busy time of rows of disjoint spans.

    Attributes
    ----------
    origin : int
        Time of the grid's first edge; no span starts before it.
    shift : int64 array, shape (rows,)
        A row's buckets are ``1 << shift`` ns long.
    first : int64 array, shape (rows,)
        Number on the grid of a row's first bucket, the empty one in front.
    edge_offset : int64 array, shape (rows + 1,)
        Where a row's edges begin in ``busy``.
    busy : int64 array
        Busy time of the row before each edge, ns.
    """

    origin: int
    shift: Int64
    first: Int64
    edge_offset: Int64
    busy: Int64

    @property
    def nbytes(self) -> int:
        """Memory of the tables."""
        return self.busy.nbytes + self.shift.nbytes + self.first.nbytes + self.edge_offset.nbytes

    def are_fine(self, rows: Int64, pixel_ns: float) -> Bool:
        """Of which rows the buckets are small enough against a pixel."""
        return np.asarray((MIN_BUCKETS << self.shift[rows]) <= pixel_ns)

    def pixels(self, rows: Int64, edges: Int64) -> tuple[Float32, Bool]:
        """Busy share of the pixels between ``edges``, and whether anything runs in each, however short.

        Returns
        -------
        share : float32 array, shape (len(rows), pixels)
        busy : bool array of the same shape
            True wherever a bucket that the pixel touches is not empty.
        """
        # Rows share few lengths of buckets: what depends on these alone is computed once for each.
        shifts, kind = np.unique(self.shift[rows], return_inverse=True)
        offset = (edges - self.origin)[None, :]
        number = offset >> shifts[:, None]
        part = (offset - (number << shifts[:, None])).astype(np.float64)
        part *= np.ldexp(1.0, -shifts)[:, None]
        begin = self.edge_offset[rows]
        bucket, inside = number[kind], part[kind]
        bucket += (begin - self.first[rows])[:, None]
        last = self.edge_offset[rows + 1] - 2
        if (bucket[:, 0] < begin).any() or (bucket[:, -1] > last).any():
            np.clip(bucket, begin[:, None], last[:, None], out=bucket)
        low, high = self.busy.take(bucket), self.busy[1:].take(bucket)
        busy = high[:, 1:] > low[:, :-1]
        exact = part[:, 1:] == 0
        for place in np.flatnonzero(exact.any(axis=1)).tolist():
            # A pixel that ends where a bucket begins does not touch it.
            mine = np.flatnonzero(kind == place)
            busy[mine] = np.where(exact[place], low[mine, 1:], high[mine, 1:]) > low[mine, :-1]
        high -= low
        inside *= high
        inside += low
        share = np.diff(inside, axis=1)
        share *= (len(edges) - 1) / float(edges[-1] - edges[0])
        np.clip(share, 0.0, 1.0, out=share)
        return share.astype(np.float32), busy


def build_buckets(
    origin: int, rows: Iterable[tuple[Int64, Int64]], *, least: int = 0
) -> tuple[Buckets, list[tuple[Int64, Int64, Int64]]]:
    """Tables of rows of sorted disjoint spans, given as starts and lengths.

    Parameters
    ----------
    origin : int
        No span starts before it.
    rows : iterable of (int64 array, int64 array)
    least : int
        Buckets a row has at least, up to rounding and to one a nanosecond.

    Returns
    -------
    buckets : Buckets
    more : list of (int64 array, int64 array, int64 array)
        For each edge of a row's stretches (`stretch_edges`): spans that start before it, what the last of these has
        left to run, and the busy time before it.
    """
    parts = list(rows)
    calls = [partial(_one_row, origin, starts, lengths, least) for starts, lengths in parts]
    made = side_by_side(calls, sum(len(starts) for starts, _ in parts))
    shifts, firsts = [row[0] for row in made], [row[1] for row in made]
    busy, more = [row[2] for row in made], [row[3] for row in made]
    sizes = [len(table) for table in busy]
    return (
        Buckets(
            origin,
            np.array(shifts, np.int64),
            np.array(firsts, np.int64),
            np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
            np.concatenate(busy) if busy else np.empty(0, np.int64),
        ),
        more,
    )


def stretch_edges(first: int, count: int) -> Int64:
    """Of ``count`` buckets from number ``first`` on, the edges at which a stretch begins or ends, or the row does."""
    size = 1 << STRETCH_SHIFT
    inner = np.arange(size - first % size, count, size, dtype=np.int64)
    return np.concatenate(([0], inner, [count]))


def _one_row(
    origin: int, starts: Int64, lengths: Int64, least: int
) -> tuple[int, int, Int64, tuple[Int64, Int64, Int64]]:
    if not len(starts):
        return 0, -1, np.zeros(3, np.int64), (np.zeros(3, np.int64),) * 3
    base, end = int(starts[0]) - origin, int(starts[-1] + lengths[-1]) - origin
    shift = max(((end - base) // max(len(starts), least)).bit_length() - 1, 0)
    first, last = (base >> shift) - 1, ((end - 1) >> shift) + 1
    # In place wherever it can be: of ten million spans each temporary array is memory that is taken for the first time.
    bucket = starts - origin
    bucket >>= shift
    bucket -= first
    begun = running_sums(np.bincount(bucket, minlength=last - first + 1))
    total = running_sums(lengths)
    busy = total.take(begun)
    before = np.maximum(begun - 1, 0)
    over = starts.take(before)
    over += lengths.take(before)
    edges = np.arange(first, first + len(begun), dtype=np.int64)
    edges <<= shift
    edges += origin
    over -= edges
    np.maximum(over, 0, out=over)
    over[begun == 0] = 0
    busy -= over
    kept = stretch_edges(first, len(begun) - 1)
    return shift, first, busy, (begun[kept], over[kept], busy[kept])


def running_sums(values: Int64) -> Int64:
    """The sum of all values before each, and of all."""
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


def joined_offsets(sizes: Sequence[int]) -> Int64:
    """Where each of several arrays begins in their concatenation, and where the last ends."""
    return running_sums(np.array(sizes, np.int64))
