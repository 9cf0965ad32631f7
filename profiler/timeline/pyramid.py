"""The colour that runs longest in every stretch of a row, for stretches that double.

The shortest are of `MIN_BUCKETS` buckets: closer in, colours come from the slices themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from profiler.timeline.buckets import STRETCH_SHIFT, Buckets
from profiler.timeline.fullest import NO_PAINT, Parts, colours_in, strongest, times_of
from profiler.timeline.parallel import side_by_side

Int64 = npt.NDArray[np.int64]
UInt8 = npt.NDArray[np.uint8]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PaintPyramid:
    """Colours of as many buckets of `Buckets` as a pixel holds at least, of twice, four times, … as many.

    Attributes
    ----------
    buckets : Buckets
    levels : int64 array, shape (rows,)
        How many levels a row has; the last has one or two stretches.
    offset : int64 array, shape (rows, most levels)
        Where a level of a row begins in ``paint``.
    paint : uint8 array
        `NO_PAINT` where nothing runs.
    """

    buckets: Buckets
    levels: Int64
    offset: Int64
    paint: UInt8

    @property
    def nbytes(self) -> int:
        """Memory of the tables, those of ``buckets`` not counted."""
        return self.paint.nbytes + self.offset.nbytes + self.levels.nbytes

    def pixels(self, rows: Int64, edges: Int64, busy: Bool) -> UInt8:
        """A colour of what runs in each pixel: at its middle, else near its edges.

        ``busy`` says, in the shape of the result, in which pixels anything runs; the others are `NO_PAINT`.
        """
        tables = self.buckets
        pixel_ns = max((int(edges[-1]) - int(edges[0])) // (len(edges) - 1), 1)
        finest = tables.shift[rows] + STRETCH_SHIFT
        level = np.clip(pixel_ns.bit_length() - 1 - finest, 0, self.levels[rows] - 1)
        shift, wide = finest + level, level + STRETCH_SHIFT
        first = tables.first[rows] >> wide
        start = self.offset[rows, level]
        count = tables.edge_offset[rows + 1] - tables.edge_offset[rows] - 1
        last = np.maximum(((tables.first[rows] + count - 1) >> wide) - first, 0) + start
        shifts, kind = np.unique(shift, return_inverse=True)
        place = ((((edges[:-1] + edges[1:]) >> 1) - tables.origin)[None, :] >> shifts[:, None])[kind]
        place += (start - first)[:, None]
        if (place[:, 0] < start).any() or (place[:, -1] > last).any():
            np.clip(place, start[:, None], last[:, None], out=place)
        paint = self.paint.take(place)
        paint[~busy] = NO_PAINT
        for times in (edges[:-1], edges[1:] - 1):
            row, column = np.nonzero((paint == NO_PAINT) & busy)
            if not len(row):
                break
            place = ((times - tables.origin)[column] >> shift[row]) - first[row] + start[row]
            paint[row, column] = self.paint.take(np.clip(place, start[row], last[row]))
        return np.asarray(paint, np.uint8)


def build_pyramid(
    buckets: Buckets,
    cuts: Sequence[tuple[int, int]],
    more: Sequence[tuple[Int64, Int64, Int64]],
    lengths: Int64,
    paints: UInt8,
) -> PaintPyramid:
    """Pyramids of rows: ``cuts`` of ``lengths`` and ``paints``; ``more`` is what `build_buckets` says of each row."""
    calls = [
        partial(_levels_of_row, first >> STRETCH_SHIFT, told, lengths[start:stop], paints[start:stop])
        for (start, stop), told, first in zip(cuts, more, buckets.first.tolist(), strict=True)
    ]
    return joined_levels(buckets, side_by_side(calls, len(lengths)))


def joined_levels(buckets: Buckets, rows: Sequence[Sequence[UInt8]]) -> PaintPyramid:
    """The pyramid of rows of `buckets` from the levels of each."""
    parts: list[UInt8] = []
    offsets: list[list[int]] = []
    size = 0
    for levels in rows:
        offsets.append([])
        for level in levels:
            offsets[-1].append(size)
            parts.append(level)
            size += len(level)
    most = max(map(len, offsets), default=1)
    return PaintPyramid(
        buckets,
        np.array([len(row) for row in offsets], np.int64),
        np.array([row + row[-1:] * (most - len(row)) for row in offsets], np.int64).reshape(len(offsets), most),
        np.concatenate(parts) if parts else np.empty(0, np.uint8),
    )


def levels_of(first: int, colours: Sequence[int], times: Int64) -> list[UInt8]:
    """Colours of one row's stretches, from those of a pixel's fewest buckets to one or two.

    Parameters
    ----------
    first : int
        Number of the first stretch on the grid.
    colours : sequence of int
    times : int64 array, shape (colours, stretches)
        How long each runs in each of the shortest stretches.
    """
    levels = [strongest(colours, times)]
    while times.shape[1] > 2:
        times, first = _halved(times, first & 1), first >> 1
        levels.append(strongest(colours, times))
    return levels


def _halved(times: Int64, front: int) -> Int64:
    """Sums of two neighbours each, after ``front`` empty columns, and before one if that leaves one alone."""
    rows, count = times.shape
    padded = np.zeros((rows, (front + count + 1) >> 1, 2), np.int64)
    padded.reshape(rows, -1)[:, front : front + count] = times
    return padded[:, :, 0] + padded[:, :, 1]


def _levels_of_row(first: int, told: tuple[Int64, Int64, Int64], lengths: Int64, paints: UInt8) -> list[UInt8]:
    """`levels_of` a row of disjoint slices, of which `build_buckets` has told this at the edges of stretches."""
    if not len(lengths):
        return [np.full(2, NO_PAINT, np.uint8)]
    begun, over, busy = told
    colours = colours_in(paints)
    return levels_of(first, colours, times_of(colours, Parts.between(begun, over, np.diff(busy)), lengths, paints))
