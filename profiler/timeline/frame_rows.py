"""Slices of the rows in sight: boxes of the pixels they fill, shares of those filled in part, lines where crowded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from profiler.timeline.fullest import NO_PAINT
from profiler.timeline.keys import LaneKind
from profiler.timeline.layout import Style
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.timeline.pixels import DrawnRow, PixelBoxes, PixelLines, columns, extents
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import NO_TIME

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]

#: Width from which a slice of a row drawn as pixels is a box of its own.
LEAST_BOX_PX = 6


def one_by_one(
    timeline: Timeline, rows: list[DrawnRow], views: list[tuple[int, int]], viewport: Viewport, edges: Int64
) -> tuple[PixelBoxes, PixelLines]:
    """Every slice of some rows: a box of the pixels it fills, and of those at its rims how much it fills."""
    spans, places = timeline.mipmap.spans([row.number for row in rows], views)
    if not len(places):
        return PixelBoxes.empty(), PixelLines.empty()
    owner = spans.by_row(np.arange(len(rows)))
    x, end = extents(spans.starts, spans.lengths, viewport, edges)
    paint = timeline.mipmap.paint_of_rows(places)
    lines = _rims(rows, owner, x, end, paint, len(edges) - 1)
    return _boxes(rows, owner, places, x, end, paint), lines


def _boxes(rows: Sequence[DrawnRow], owner: Int64, places: Int64, x: Float64, end: Float64, paint: UInt8) -> PixelBoxes:
    """The whole pixels of spans, where there are any."""
    first, last = np.ceil(x).astype(np.int64), end.astype(np.int64)
    keep = np.flatnonzero(last > first)
    first, last, owner = first[keep], last[keep], owner[keep]
    y, h = (np.array(side, np.int64)[owner] for side in ([row.y for row in rows], [row.h for row in rows]))
    return PixelBoxes(first, y, last - first, h, paint[keep], places[keep])


def _rims(rows: list[DrawnRow], owner: Int64, x: Float64, end: Float64, paint: UInt8, width: int) -> PixelLines:
    """Pixels that slices fill in part, each in the colour of the slice that fills most of it."""
    left, right = np.minimum(x.astype(np.int64), width - 1), np.minimum(end.astype(np.int64), width - 1)
    within = left == right
    head = np.where(within, end - x, (left + 1 - x) % 1.0)
    tail = np.where(within, 0.0, end - right)
    tail[tail >= 1] = 0  # a slice that ends with the view fills its last pixel
    head[within & (head >= 1)] = 0
    cell = np.concatenate((owner * width + left, owner * width + right))
    share = np.concatenate((head, tail))
    keep = np.flatnonzero(share > 0)
    cell, share = cell[keep], share[keep]
    filled = np.bincount(cell, weights=share, minlength=len(rows) * width).reshape(len(rows), width)
    colour = np.full(len(rows) * width, NO_PAINT, np.uint8)
    paints = np.concatenate((paint, paint))[keep]
    # Later assignments win: no two slices fill more than half of a pixel, so no sorting is needed.
    for least in (0.0, 0.25, 0.5):
        strong = share >= least
        colour[cell[strong]] = paints[strong]
    used = np.flatnonzero(np.bincount(cell // width, minlength=len(rows)))
    y, h = (np.array(side, np.int64)[used] for side in ([row.y for row in rows], [row.h for row in rows]))
    strength = np.minimum(filled[used], 1.0).astype(np.float32)
    return PixelLines(y, h, strength, colour.reshape(len(rows), width)[used])


def long_boxes(
    timeline: Timeline, rows: list[DrawnRow], views: list[tuple[int, int]], viewport: Viewport, edges: Int64
) -> PixelBoxes:
    """The wide slices of rows drawn as lines."""
    if not rows:
        return PixelBoxes.empty()
    mipmap = timeline.mipmap
    least = max(int(LEAST_BOX_PX * viewport.ns_per_px), 1)
    owner, found = mipmap.all_longer_than([row.number for row in rows], views, least)
    places = mipmap.rows[found].astype(np.int64)
    lengths = np.maximum(timeline.trace.dur[places], 1)
    x, end = extents(mipmap.starts[found], lengths, viewport, edges)
    return _boxes(rows, owner, places, x, end, mipmap.paint_of_rows(places))


def crowded_lines(timeline: Timeline, rows: list[DrawnRow], views: list[tuple[int, int]], edges: Int64) -> PixelLines:
    """Rows with too many slices in view to draw them one by one."""
    if not rows:
        return PixelLines.empty()
    share, paint = timeline.mipmap.pixels([row.number for row in rows], edges, views)
    y, h = (np.array(side, np.int64) for side in ([row.y for row in rows], [row.h for row in rows]))
    return PixelLines(y, h, share, paint)


def wait_boxes(
    timeline: Timeline, rows: list[DrawnRow], views: list[tuple[int, int]], few: list[int], viewport: Viewport,
    style: Style, edges: Int64,
) -> PixelBoxes:  # fmt: skip
    """Thin boxes from the time a slice's stream reached it to its start.

    A slice that starts after the view's end may wait in view; on a stream that can only be the next one.
    """
    trace, mipmap = timeline.trace, timeline.mipmap
    streams = [place for place in few if timeline.lanes[rows[place].lane].kind == LaneKind.STREAM]
    if not streams or not len(trace):
        return PixelBoxes.empty()
    offset, end = mipmap.offset, [views[place][1] for place in streams]
    parts = [
        mipmap.rows[offset[number] + views[place][0] : min(offset[number] + last + 1, offset[number + 1])]
        for place, number, last in zip(streams, (rows[place].number for place in streams), end, strict=True)
    ]
    waiting = np.concatenate(parts).astype(np.int64)
    owner = np.repeat(streams, [len(part) for part in parts])
    queued, start = trace["queued_ns"][waiting], trace.ts[waiting]
    known = np.flatnonzero((queued != NO_TIME) & (queued < start) & (queued < edges[-1]))
    waiting, queued, start, owner = waiting[known], queued[known], start[known], owner[known]
    x, last = columns(queued, start - queued, viewport, edges)
    seen = np.flatnonzero(last > x)
    thin = round(style.wait_px)
    tops = np.array([row.y + (row.h - thin) // 2 for row in rows], np.int64)[owner[seen]]
    paint = np.full(len(seen), Paint.WAIT, np.uint8)
    return PixelBoxes(x[seen], tops, (last - x)[seen], np.full(len(seen), thin), paint, waiting[seen])
