"""One picture of the strips in sight, as few arrays: whole-pixel boxes, lines of pixels, texts that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.arrange import Strip, StripKind
from profiler.timeline.frame_copies import Anchors, CopyMarks, copy_marks
from profiler.timeline.frame_groups import Plot, Wanted, counter_plots, folded_lines, unfinished_marks
from profiler.timeline.frame_rows import crowded_lines, long_boxes, one_by_one, wait_boxes
from profiler.timeline.layout import Style
from profiler.timeline.model import Timeline
from profiler.timeline.pixels import DrawnRow, PixelBoxes, PixelLines
from profiler.timeline.unfinished import Unfinished
from profiler.timeline.viewport import Viewport

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]

#: The fullest form of a name that fits into some pixels; empty when none does.
Fit = Callable[[str, float], str]

#: Slices drawn one by one in a picture; rows with the most in view become lines of pixels first.
MOST_BOXES = 5_000

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
    views = timeline.mipmap.all_visible([row.number for row in rows], start, end)
    few = _drawn_one_by_one([last - first for first, last in views])
    chosen = [rows[place] for place in few]
    single, rims = one_by_one(timeline, chosen, [views[place] for place in few], viewport, edges)
    many = sorted(set(range(len(rows))) - set(few))
    crowded, crowds = [rows[place] for place in many], [views[place] for place in many]
    long = long_boxes(timeline, crowded, crowds, viewport, edges)
    boxes = PixelBoxes.joined([single, long])
    folded = [(strip, y) for strip, y in strips if strip.kind == StripKind.FOLDED]
    unions, wanted = folded_lines(timeline, folded, edges)
    plots, missing = counter_plots(timeline, strips, edges)
    return Frame(
        viewport,
        tuple(rows),
        wait_boxes(timeline, rows, views, few, viewport, style, edges),
        PixelLines.joined([crowded_lines(timeline, crowded, crowds, edges), rims, unions]),
        boxes,
        copy_marks(timeline, rows, viewport, edges, anchors or {}),
        _captions(timeline, boxes, style, fit),
        plots,
        unfinished_marks(timeline, rows, edges, viewport),
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
