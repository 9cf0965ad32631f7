"""One picture of the strips in sight, as few arrays: whole-pixel boxes, lines of pixels, texts that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.arrange import Strip, StripKind
from profiler.timeline.counters import CounterKind
from profiler.timeline.cover import FEW, cover_in_view
from profiler.timeline.frame_copies import Anchors, CopyMarks, copy_marks
from profiler.timeline.keys import LaneKind
from profiler.timeline.layout import Style
from profiler.timeline.mipmap import NO_PAINT
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.timeline.pixels import DrawnRow, PixelBoxes, PixelLines, columns, extents
from profiler.timeline.unfinished import Unfinished
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import NO_TIME

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]

#: The fullest form of a name that fits into some pixels; empty when none does.
Fit = Callable[[str, float], str]

#: What a picture needs and does not have yet: the union of some rows, a counter, or the slices that never ended.
Wanted = tuple[int, ...] | CounterKind | type[Unfinished]

#: Slices drawn one by one in a picture; rows with the most in view become lines of pixels first.
MOST_BOXES = 5_000

#: Width from which a slice of a row drawn as pixels is a box of its own.
LEAST_BOX_PX = 6

#: Rows that are looked at for a folded group whose union is not known yet.
_MOST_ROWS = 64

#: Labels in a picture.
MOST_LABELS = 800


@dataclass(frozen=True, slots=True)
class Caption:
    """A text in a box: left end, middle, text, and the box's paint."""

    x: float
    y: float
    text: str
    paint: int


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """An area plot: the mean value of every pixel, and the greatest of the whole timeline."""

    y: int
    h: int
    means: Float64
    peak: float
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What is painted, from the bottom up: bands, waits, lines, boxes, other marks on copies, captions.

    Pixels count from the axis' left end.

    Attributes
    ----------
    rows : tuple of DrawnRow
        For finding the slice under a pointer.
    wanted : tuple of (tuple of int or CounterKind)
        Unions of rows and counters that are needed and not known yet: see `Timeline.add_cover` and `add_counter`.
    """

    viewport: Viewport
    rows: tuple[DrawnRow, ...]
    waits: PixelBoxes
    lines: PixelLines
    boxes: PixelBoxes
    copies: CopyMarks
    captions: tuple[Caption, ...]
    plots: tuple[Plot, ...]
    unfinished: PixelBoxes
    wanted: tuple[Wanted, ...]


def make_frame(
    timeline: Timeline,
    strips: Sequence[tuple[Strip, float]],
    viewport: Viewport,
    style: Style,
    fit: Fit,
    height: float,
    anchors: Anchors | None = None,
) -> Frame:
    """The picture of strips placed at given tops; what lies outside 0 to ``height`` is left out.

    Parameters
    ----------
    timeline : Timeline
    strips : sequence of (Strip, float)
    viewport : Viewport
        On the trace's own clock. Edges of boxes and pixels lie on the viewport's grid, whose first column is pixel 0.
    style : Style
    fit : callable
    height : float
    anchors : mapping of int to (float, float), optional
        Top and bottom of each device's compute lane, to which bands lead from what it hides.
    """
    rows = drawn_rows(timeline, strips, height)
    edges, _ = viewport.grid()
    start, end = int(edges[0]), int(edges[-1])
    views = [timeline.mipmap.visible(row.number, start, end) for row in rows]
    few = _drawn_one_by_one([last - first for first, last in views])
    chosen = [rows[place] for place in few]
    single, rims = _one_by_one(timeline, chosen, [views[place] for place in few], viewport, edges)
    many = sorted(set(range(len(rows))) - set(few))
    crowded, crowds = [rows[place] for place in many], [views[place] for place in many]
    long = _long_boxes(timeline, crowded, crowds, viewport, edges)
    boxes = PixelBoxes.joined([single, long])
    folded = [(strip, y) for strip, y in strips if strip.kind == StripKind.FOLDED]
    unions, wanted = _folded_lines(timeline, folded, edges)
    plots, missing = _plots(timeline, strips, edges)
    return Frame(
        viewport,
        tuple(rows),
        _waits(timeline, rows, views, few, viewport, style, edges),
        PixelLines.joined([_lines(timeline, crowded, crowds, edges), rims, unions]),
        boxes,
        copy_marks(timeline, rows, viewport, edges, anchors or {}),
        _captions(timeline, boxes, style, fit),
        plots,
        _unfinished(timeline, rows, edges, viewport),
        (*wanted, *missing, *([Unfinished] if timeline.unfinished is None else [])),
    )


def drawn_rows(timeline: Timeline, strips: Sequence[tuple[Strip, float]], height: float) -> list[DrawnRow]:
    """Rows of open lanes that are in sight."""
    found = []
    for strip, top in strips:
        if strip.kind != StripKind.LANE:
            continue
        first, lane = timeline.first_row[strip.node.lane], strip.node.lane
        for row in strip.rows_between(strip.y - top, strip.y - top + height):
            found.append(DrawnRow(first + row, lane, round(top + row * strip.pitch_px), round(strip.row_px)))
    return found


def _drawn_one_by_one(counts: list[int]) -> list[int]:
    """Rows with the fewest slices, as many as keep the limit together."""
    order = np.argsort(counts, kind="stable")
    total = np.cumsum(np.array(counts, np.int64)[order])
    return sorted(order[total <= MOST_BOXES].tolist())


def _one_by_one(
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


def _long_boxes(
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


def _lines(timeline: Timeline, rows: list[DrawnRow], views: list[tuple[int, int]], edges: Int64) -> PixelLines:
    """Rows with too many slices in view to draw them one by one."""
    if not rows:
        return PixelLines.empty()
    share, paint = timeline.mipmap.pixels([row.number for row in rows], edges, views)
    y, h = (np.array(side, np.int64) for side in ([row.y for row in rows], [row.h for row in rows]))
    return PixelLines(y, h, share, paint)


def _folded_lines(
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
    views = [mipmap.visible(number, int(edges[0]), int(edges[-1])) for number in numbers]
    if cover is not None or sum(last - first for first, last in views) <= FEW:
        return (*cover_in_view(mipmap, numbers, views, edges), True)
    share, paint = mipmap.pixels(numbers[:_MOST_ROWS], edges, views[:_MOST_ROWS])
    fullest = share.argmax(axis=0)[None, :]
    return np.take_along_axis(share, fullest, axis=0), np.take_along_axis(paint, fullest, axis=0), False


def _plots(
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


def _unfinished(timeline: Timeline, rows: list[DrawnRow], edges: Int64, viewport: Viewport) -> PixelBoxes:
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


def _waits(
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


def _captions(timeline: Timeline, boxes: PixelBoxes, style: Style, fit: Fit) -> tuple[Caption, ...]:
    named = np.flatnonzero((boxes.w >= style.label_px) & (boxes.h >= style.label_row_px))[:MOST_LABELS]
    pad, captions = style.label_pad_px, []
    codes, names = timeline.trace["name"][boxes.row[named]].tolist(), timeline.trace.names
    columns = (boxes.x, boxes.y, boxes.w, boxes.h, boxes.paint)
    for code, x, y, w, h, paint in zip(codes, *(column[named].tolist() for column in columns), strict=True):
        text = fit(names[code], w - 2 * pad)
        if text:
            captions.append(Caption(x + pad, y + h / 2, text, paint))
    return tuple(captions)
