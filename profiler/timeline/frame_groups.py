"""What is drawn beside slices: folded groups, counters, and what never ended. Each may have to be made first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.arrange import Strip, StripKind
from profiler.timeline.counters import CounterKind
from profiler.timeline.cover import FEW, cover_in_view
from profiler.timeline.model import Timeline
from profiler.timeline.pixels import DrawnRow, PixelBoxes, PixelLines, columns
from profiler.timeline.unfinished import Unfinished
from profiler.timeline.viewport import Viewport

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]

#: What a picture needs and does not have yet: the union of some rows, a counter, or the slices that never ended.
Wanted = tuple[int, ...] | CounterKind | type[Unfinished]

#: Rows that are looked at for a folded group whose union is not known yet.
_MOST_ROWS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """An area plot: the mean value of every pixel, and the greatest of the whole timeline."""

    y: int
    h: int
    means: Float64
    peak: float
    unit: str


def make_wanted(timeline: Timeline, wanted: Wanted) -> None:
    """Make what a picture needs; may be called in another thread than the one that draws."""
    if isinstance(wanted, CounterKind):
        timeline.add_counter(wanted)
    elif isinstance(wanted, tuple):
        timeline.add_cover(wanted)
    else:
        timeline.add_unfinished()


def folded_lines(
    timeline: Timeline, folded: list[tuple[Strip, float]], edges: Int64
) -> tuple[PixelLines, tuple[tuple[int, ...], ...]]:
    """One line for each folded group, and the rows of those whose union is not known yet."""
    shares, paints, wanted = [], [], []
    for strip, _ in folded:
        numbers = tuple(number for lane in strip.node.lanes() for number in timeline.rows_of(lane))
        share, paint, known = _union_of(timeline, numbers, edges)
        shares.append(share)
        paints.append(paint)
        if not known:
            wanted.append(numbers)
    if not shares:
        return PixelLines.empty(), ()
    y = np.array([round(top) for _, top in folded], np.int64)
    h = np.array([round(strip.row_px) for strip, _ in folded], np.int64)
    return PixelLines(y, h, np.concatenate(shares), np.concatenate(paints)), tuple(wanted)


def _union_of(timeline: Timeline, numbers: tuple[int, ...], edges: Int64) -> tuple[Float32, UInt8, bool]:
    """How busy some rows are together; where that is not known yet, how busy the busiest of them is."""
    mipmap, cover = timeline.mipmap, timeline.cover_of(numbers)
    pixel_ns = (int(edges[-1]) - int(edges[0])) / (len(edges) - 1)
    if cover is not None and cover.buckets.are_fine(np.zeros(1, np.int64), pixel_ns)[0]:
        return (*cover.pixels(edges), True)
    views = mipmap.all_visible(numbers, int(edges[0]), int(edges[-1]))
    if cover is not None or sum(last - first for first, last in views) <= FEW:
        return (*cover_in_view(mipmap, numbers, views, edges), True)
    share, paint = mipmap.pixels(numbers[:_MOST_ROWS], edges, views[:_MOST_ROWS])
    fullest = share.argmax(axis=0)[None, :]
    return np.take_along_axis(share, fullest, axis=0), np.take_along_axis(paint, fullest, axis=0), False


def counter_plots(
    timeline: Timeline, strips: Sequence[tuple[Strip, float]], edges: Int64
) -> tuple[tuple[Plot, ...], tuple[CounterKind, ...]]:
    """Plots of the counters in sight, and those whose values are not known yet."""
    plots, missing = [], []
    for strip, top in strips:
        kind = strip.node.counter
        if strip.kind == StripKind.COUNTER and kind is not None:
            row = timeline.counter_of(kind)
            if row is None:
                missing.append(kind)
            else:
                plots.append(Plot(round(top), round(strip.row_px), row.means(edges), row.peak, kind.unit))
    return tuple(plots), tuple(missing)


def unfinished_marks(timeline: Timeline, rows: list[DrawnRow], edges: Int64, viewport: Viewport) -> PixelBoxes:
    """A pixel where each slice that never ended began, as high as its lane's first row."""
    found = timeline.unfinished
    if found is None or not len(found.rows):
        return PixelBoxes.empty()
    first, last = found.starts.searchsorted(edges[[0, -1]])
    places = {row.lane: row for row in reversed(rows)}
    seen = [place for place in range(first, last) if int(found.lanes[place]) in places]
    origin, lanes = found.rows[seen], [places[int(lane)] for lane in found.lanes[seen]]
    x, _ = columns(found.starts[seen], np.ones(len(seen), np.int64), viewport, edges)
    y, h = (np.array(side, np.int64) for side in ([row.y for row in lanes], [row.h for row in lanes]))
    return PixelBoxes(x, y, np.ones(len(seen), np.int64), h, timeline.mipmap.paint_of_rows(origin), origin)
