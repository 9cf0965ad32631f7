"""How busy every pixel of a row is, and in which colour, at any zoom and without touching every slice.

Zoomed out, the busy share of a pixel is two look-ups in the busy time cumulated at the edges of equal buckets (about
two slices a bucket), with interpolation inside a bucket; colours come from a pyramid of buckets that double. Close in,
where a bucket is no longer small against a pixel, both come from the slices themselves and are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.paint import UInt8, paint_of
from profiler.trace.tables import Trace

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]
Float32 = npt.NDArray[np.float32]

#: Left and right ends of pixels, or something known at each of them.
Span = tuple[Int64, Int64]

#: Buckets a pixel must hold at least for the buckets to be used. Below, the slices themselves are read.
MIN_BUCKETS = 8

#: Slices between two entries of the running sums that make exact look-ups cheap.
BLOCK = 16

#: Slices in view up to which their lengths are simply summed.
FEW = 32_768

#: Slices between two entries of the list of longest slices.
LONG_BLOCK = 64

#: Colour of a bucket in which nothing runs.
NO_PAINT = 255


@dataclass(frozen=True, slots=True, eq=False)
class RowMap:
    """Look-up tables of one row of disjoint slices.

    Attributes
    ----------
    rows : int32 array, shape (n,)
        Rows of the trace, sorted by start.
    starts : int64 array, shape (n,)
    base, width : int
        Time of the first bucket's edge, and length of a bucket, ns.
    busy : int64 array, shape (buckets + 1,)
        Busy time before each edge, ns.
    paints : tuple of uint8 arrays
        Colour of the longest slice of each bucket; level k has buckets of ``width << k``. The last has one bucket.
    before : int64 array
        Busy time of the slices before every `BLOCK`-th one, ns.
    longest : int64 array
        Length of the longest of every `LONG_BLOCK` slices, ns.
    """

    rows: Int32
    starts: Int64
    base: int
    width: int
    busy: Int64
    paints: tuple[UInt8, ...]
    before: Int64
    longest: Int64

    @property
    def nbytes(self) -> int:
        """Memory of the tables, the row numbers included."""
        columns = (self.starts, self.busy, self.before, self.longest)
        return self.rows.nbytes + sum(column.nbytes for column in columns) + sum(paint.nbytes for paint in self.paints)


def build_row_map(rows: Int32, starts: Int64, lengths: Int64, paints: UInt8) -> RowMap:
    """Tables of a row; ``lengths`` and ``paints`` belong to ``rows`` and need not be kept.

    Raises
    ------
    ValueError
        The row is empty.
    """
    if not len(rows):
        raise ValueError("a row without slices")
    base, end = int(starts[0]), int(starts[-1] + lengths[-1])
    width = max(-(-(end - base) // max(len(rows) // 2, 1)), 1)
    edges = base + width * np.arange(-(-(end - base) // width) + 1, dtype=np.int64)
    begun = np.searchsorted(starts, edges, side="left")
    total = np.concatenate(([0], np.cumsum(lengths)))
    last = np.maximum(begun - 1, 0)
    over = np.where(begun > 0, np.maximum(starts[last] + lengths[last] - edges, 0), 0)
    return RowMap(
        rows=rows,
        starts=starts,
        base=base,
        width=width,
        busy=total[begun] - over,
        paints=_paint_levels(begun, over, lengths, paints),
        before=total[::BLOCK].copy(),
        longest=np.maximum.reduceat(lengths, np.arange(0, len(lengths), LONG_BLOCK)),
    )


def _paint_levels(begun: Int64, over: Int64, lengths: Int64, paints: UInt8) -> tuple[UInt8, ...]:
    """Pyramid of the colour of the longest slice, from the finest buckets to a single one."""
    key = (np.minimum(lengths, 1 << 54) << 8) | paints
    longest = np.full(len(begun) - 1, NO_PAINT, np.int64)
    filled = np.flatnonzero(begun[1:] > begun[:-1])
    longest[filled] = np.maximum.reduceat(key, begun[filled])
    running = over[:-1] > 0
    carried = (np.minimum(over[:-1], 1 << 54) << 8) | paints[np.maximum(begun[:-1] - 1, 0)]
    longest = np.where(running & ((carried > longest) | (longest == NO_PAINT)), carried, longest)
    levels = [(longest & 255).astype(np.uint8)]
    while len(longest) > 1:
        if len(longest) % 2:
            longest = np.append(longest, NO_PAINT)
        left, right = longest[0::2], longest[1::2]
        longest = np.where(left == NO_PAINT, right, np.where(right == NO_PAINT, left, np.maximum(left, right)))
        levels.append((longest & 255).astype(np.uint8))
    return tuple(levels)


class Mipmap:
    """Busy share and colour of any pixel of any row of a trace's lanes.

    Parameters
    ----------
    trace : Trace
    rows : sequence of int32 arrays
        Rows of the lanes in question, each sorted by start and free of overlap, as `build_lanes` makes them.
    """

    def __init__(self, trace: Trace, rows: Sequence[Int32]) -> None:
        self._trace = trace
        self._paints = paint_of(trace)
        self.maps = tuple(
            build_row_map(row, trace.ts[row], np.maximum(trace.dur[row], 1), self._paints[row]) for row in rows
        )

    @property
    def nbytes(self) -> int:
        """Memory of all tables."""
        return self._paints.nbytes + sum(row.nbytes for row in self.maps)

    def lengths(self, row: int, first: int, last: int) -> Int64:
        """Drawn lengths of slices ``first`` to ``last`` of a row; 1 ns for those of no length."""
        return np.maximum(self._trace.dur[self.maps[row].rows[first:last]], 1)

    def paints(self, row: int, first: int, last: int) -> UInt8:
        """Colours of slices ``first`` to ``last`` of a row."""
        return self.paint_of_rows(self.maps[row].rows[first:last])

    def paint_of_rows(self, rows: npt.NDArray[np.integer]) -> UInt8:
        """Colours of rows of the trace."""
        return np.asarray(self._paints[rows], np.uint8)

    def visible(self, row: int, start_ns: int, end_ns: int) -> tuple[int, int]:
        """Slices ``[first, last)`` of a row that touch ``[start_ns, end_ns)``."""
        tables = self.maps[row]
        first = int(np.searchsorted(tables.starts, int(start_ns), side="right")) - 1
        last = int(np.searchsorted(tables.starts, int(end_ns), side="left"))
        if first >= 0 and int(tables.starts[first] + self.lengths(row, first, first + 1)[0]) <= start_ns:
            first += 1
        return max(first, 0), max(last, first, 0)

    def longer_than(self, row: int, first: int, last: int, least_ns: int) -> Int64:
        """Places in a row, within ``[first, last)``, of the slices of at least ``least_ns``."""
        blocks = np.arange(first // LONG_BLOCK, -(-last // LONG_BLOCK))
        blocks = blocks[self.maps[row].longest[blocks] >= least_ns]
        places = (blocks[:, None] * LONG_BLOCK + np.arange(LONG_BLOCK)).ravel()
        places = places[(places >= first) & (places < last)]
        lengths = self._trace.dur[self.maps[row].rows[places]]
        return np.asarray(places[np.maximum(lengths, 1) >= least_ns], np.int64)

    def pixels(self, rows: Sequence[int], edges: Int64) -> tuple[Float32, UInt8]:
        """Busy share (0 to 1) and `Paint` of the pixels between ``edges``.

        Parameters
        ----------
        rows : sequence of int
            Numbers of rows.
        edges : int64 array, shape (pixels + 1,)
            Ascending, ns, all pixels of one width up to rounding; see `Viewport.grid`.

        Returns
        -------
        share : float32 array, shape (len(rows), pixels)
            Above 0 wherever anything runs, however short.
        paint : uint8 array of the same shape
            `NO_PAINT` where the share is 0.
        """
        share = np.zeros((len(rows), len(edges) - 1), np.float32)
        paint = np.full(share.shape, NO_PAINT, np.uint8)
        pixel_ns = (int(edges[-1]) - int(edges[0])) / (len(edges) - 1)
        for place, number in enumerate(rows):
            tables = self.maps[number]
            if pixel_ns >= MIN_BUCKETS * tables.width:
                share[place], paint[place] = _from_buckets(tables, edges)
            else:
                share[place], paint[place] = self._from_slices(number, edges)
        return share, paint

    def _from_slices(self, row: int, edges: Int64) -> tuple[Float32, UInt8]:
        # Closer in than a nanosecond a pixel, columns repeat: each of them then shows the nanosecond it lies in.
        left, right = edges[:-1], np.maximum(edges[1:], edges[:-1] + 1)
        busy_left, begun_left, over = self._busy_before(row, left)
        if edges[-1] - edges[0] >= 2 * len(left):
            busy_last, begun_last, _ = self._busy_before(row, right[-1:])
            busy_right, begun_right = np.append(busy_left[1:], busy_last), np.append(begun_left[1:], begun_last)
        else:
            busy_right, begun_right, _ = self._busy_before(row, right)
        share = ((busy_right - busy_left) / (right - left)).astype(np.float32)
        paint = self._longest_paint(row, (left, right), (begun_left, begun_right), over)
        return share, np.where(share > 0, paint, NO_PAINT).astype(np.uint8)

    def _busy_before(self, row: int, times: Int64) -> tuple[Int64, Int64, Int64]:
        """Exact busy time before ``times``, slices begun before them, and what the last of these has left to run."""
        tables = self.maps[row]
        begun = np.searchsorted(tables.starts, times, side="left")
        last = np.maximum(begun - 1, 0)
        ends = tables.starts[last] + np.maximum(self._trace.dur[tables.rows[last]], 1)
        over = np.where(begun > 0, np.maximum(ends - times, 0), 0)
        return self._length_before(row, begun) - over, begun, over

    def _length_before(self, row: int, count: Int64) -> Int64:
        """Sum of the lengths of the first ``count`` slices of a row, for ascending counts."""
        tables = self.maps[row]
        first, last = int(count[0]) // BLOCK, int(count[-1])
        if last - first * BLOCK <= FEW:
            total = np.concatenate(([0], np.cumsum(self.lengths(row, first * BLOCK, last))))
            return np.asarray(tables.before[first] + total[count - first * BLOCK], np.int64)
        block = count // BLOCK
        places = block[:, None] * BLOCK + np.arange(BLOCK)
        lengths = self._trace.dur[tables.rows[np.minimum(places, len(tables.rows) - 1)]]
        rest = np.where(places < count[:, None], np.maximum(lengths, 1), 0).sum(axis=1)
        return np.asarray(tables.before[block] + rest, np.int64)

    def _longest_paint(self, row: int, pixels: Span, begun: Span, over: Int64) -> UInt8:
        """Colour of the slice that fills most of each pixel.

        Of those that start in the pixels all are looked at, or, beyond `FEW`, the first and the last of each pixel.
        """
        tables = self.maps[row]
        count = begun[1] - begun[0]
        pixel = np.repeat(np.arange(len(count)), count if count.sum() <= FEW else np.minimum(count, 2))
        place = begun[0][pixel] + np.arange(len(pixel)) - np.searchsorted(pixel, pixel, side="left")
        if len(pixel) < count.sum():
            last = np.append(pixel[1:] != pixel[:-1], True)
            place = np.where(last, begun[1][pixel] - 1, place)
        lengths = np.maximum(self._trace.dur[tables.rows[place]], 1)
        inside = np.minimum(lengths, pixels[1][pixel] - tables.starts[place])
        running = self._paints[tables.rows[np.maximum(begun[0] - 1, 0)]]
        best = (np.minimum(over, pixels[1] - pixels[0]) << 8) | running
        np.maximum.at(best, pixel, (inside << 8) | self._paints[tables.rows[place]])
        return np.asarray(best & 255, np.uint8)


def _from_buckets(tables: RowMap, edges: Int64) -> tuple[Float32, UInt8]:
    count = len(tables.busy) - 1
    offset = np.clip(edges - tables.base, 0, count * tables.width)
    bucket = np.minimum(offset // tables.width, count - 1)
    inside = (offset - bucket * tables.width) / tables.width
    low, high = tables.busy[bucket], tables.busy[bucket + 1]
    busy = np.diff(low + (high - low) * inside)
    # Whole buckets that the pixel touches tell for sure whether anything runs; floats could lose a nanosecond.
    any_busy = np.where(inside[1:] > 0, high[1:], low[1:]) > low[:-1]
    any_busy &= offset[1:] > offset[:-1]
    share = np.where(any_busy, np.clip(busy / np.diff(edges), np.finfo(np.float32).tiny, 1.0), 0.0)
    paint = np.where(any_busy, _bucket_paint(tables, offset, np.diff(edges).max()), NO_PAINT)
    return share.astype(np.float32), paint.astype(np.uint8)


def _bucket_paint(tables: RowMap, offset: Int64, pixel_ns: int) -> UInt8:
    """Colour of the buckets a pixel touches: of its middle, else of its edges."""
    level = min((int(pixel_ns) // tables.width).bit_length() - 1, len(tables.paints) - 1)
    colours, width = tables.paints[level], tables.width << level
    paint = np.full(len(offset) - 1, NO_PAINT, np.uint8)
    for time in ((offset[:-1] + offset[1:]) // 2, offset[:-1], offset[1:] - 1):
        place = np.clip(time // width, 0, len(colours) - 1)
        paint = np.where(paint == NO_PAINT, colours[place], paint)
    return paint
