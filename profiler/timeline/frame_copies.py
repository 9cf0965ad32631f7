"""Whether copies are hidden, for a frame: outlines and bars on what is exposed, bands from what is hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.arrange import Strip
from profiler.timeline.keys import LaneKind
from profiler.timeline.model import Timeline
from profiler.timeline.pieces import PieceTable
from profiler.timeline.pixels import DrawnRow, PixelBoxes, PixelLines, clear_under, columns
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import Engine

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
UInt8 = npt.NDArray[np.uint8]
Bool = npt.NDArray[np.bool_]

#: Top and bottom of the compute lane of each device, where it is drawn.
Anchors = Mapping[int, tuple[float, float]]

#: Pieces that are boxes of their own in a picture, and the width from which they are where there are more.
MOST_PIECES = 2_000
_LEAST_PX = 4


@dataclass(frozen=True, slots=True, eq=False)
class CopyMarks:
    """Marks on copies.

    Attributes
    ----------
    outlines : PixelBoxes
        Pieces of copies that no kernel hides.
    bars : PixelLines
        How much of each pixel is exposed in pieces too short for an outline, where more is exposed than hidden.
    bands : PixelLines
        From each lane of copies to its device's compute lane, where more is hidden than exposed.
    """

    outlines: PixelBoxes
    bars: PixelLines
    bands: PixelLines


def copy_marks(
    timeline: Timeline, rows: Sequence[DrawnRow], viewport: Viewport, edges: Int64, anchors: Anchors
) -> CopyMarks:
    """Marks on the copies of the drawn rows; bands only from engine lanes whose compute lane is drawn."""
    numbers = np.array([row.number for row in rows], np.int64)
    start, end = int(edges[0]), int(edges[-1])
    exposed_views = _in_view(timeline.exposed, numbers, np.ones(len(rows), bool), start, end)
    # What is hidden is drawn from the lanes of engines; elsewhere it only matters beside what is exposed.
    engines = np.array([timeline.lanes[row.lane].kind == LaneKind.ENGINE for row in rows], bool)
    some = engines | (exposed_views[:, 1] > exposed_views[:, 0])
    hidden_views = _in_view(timeline.hidden, numbers, some, start, end)
    seen = np.flatnonzero((exposed_views[:, 1] > exposed_views[:, 0]) | (hidden_views[:, 1] > hidden_views[:, 0]))
    if not len(seen):
        return CopyMarks(PixelBoxes.empty(), PixelLines.empty(), PixelLines.empty())
    mine, numbers = [rows[place] for place in seen.tolist()], numbers[seen]
    exposed, covered = _pairs(exposed_views[seen]), _pairs(hidden_views[seen])
    bare, hidden = timeline.copy_pixels(numbers.tolist(), edges, exposed, covered)
    paints = _paints(timeline, numbers)
    bands = _bands(timeline, mine, hidden, bare, anchors, paints)
    bare = np.where(bare < hidden, np.float32(0), bare)
    outlines, owner = _outlines(timeline, mine, exposed, viewport, edges)
    clear_under(bare, owner, outlines.x, outlines.w)
    return CopyMarks(outlines, _lines([(row.y, row.h) for row in mine], bare, paints), bands)


def _in_view(table: PieceTable, numbers: Int64, some: Bool, start: int, end: int) -> Int64:
    """First and last piece in view of each row; nothing of rows that are not asked for or have no pieces."""
    views = np.zeros((len(numbers), 2), np.int64)
    asked = np.flatnonzero(some & (table.offset[numbers + 1] > table.offset[numbers]))
    if len(asked):
        views[asked] = table.all_visible(numbers[asked].tolist(), start, end)
    return views


def _pairs(views: Int64) -> list[tuple[int, int]]:
    return [(first, last) for first, last in views.tolist()]


def anchors_of(timeline: Timeline, strips: Sequence[tuple[Strip, float]]) -> Anchors:
    """Top and bottom of each device's compute lane among strips placed at given tops."""
    found = {}
    for strip, top in strips:
        number = strip.node.lane
        if number >= 0 and timeline.lanes[number].engine == Engine.COMPUTE:
            found[timeline.lanes[number].device] = (top, top + strip.height)
    return found


def _outlines(
    timeline: Timeline, rows: list[DrawnRow], views: list[tuple[int, int]], viewport: Viewport, edges: Int64
) -> tuple[PixelBoxes, Int64]:
    """Boxes of the exposed pieces that are wide enough, and which of ``rows`` each lies on."""
    table, numbers = timeline.exposed, [row.number for row in rows]
    few = sum(last - first for first, last in views) <= MOST_PIECES
    least = max(int((1 if few else _LEAST_PX) * viewport.ns_per_px), 1)
    owner, place = table.longer_than(numbers, views, least)
    starts = table.starts[place]
    x, end = columns(starts, table.ends[place] - starts, viewport, edges)
    seen = end > x
    owner, place, x, w = owner[seen], place[seen], x[seen], (end - x)[seen]
    y, h = (np.array(side, np.int64)[owner] for side in ([row.y for row in rows], [row.h for row in rows]))
    origin = table.row[place].astype(np.int64)
    return PixelBoxes(x, y, w, h, timeline.mipmap.paint_of_rows(origin), origin), owner


def _bands(
    timeline: Timeline, rows: list[DrawnRow], hidden: Float32, bare: Float32, anchors: Anchors, paints: UInt8
) -> PixelLines:
    """One line for each engine lane: what any of its rows hides, from the lane's edge to the compute lane."""
    lanes: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        if timeline.lanes[row.lane].kind == LaneKind.ENGINE:
            lanes.setdefault(row.lane, []).append(place)
    spans, parts, first = [], [], []
    for lane, mine in lanes.items():
        span = _span([rows[place] for place in mine], anchors.get(timeline.lanes[lane].device))
        if span is not None:
            spans.append(span)
            shown = hidden[mine]
            np.copyto(shown, 0, where=shown <= bare[mine])
            parts.append(shown.max(axis=0))
            first.append(mine[0])
    if not spans:
        return PixelLines.empty()
    return _lines(spans, np.stack(parts), paints[first])


def _span(rows: list[DrawnRow], anchor: tuple[float, float] | None) -> tuple[int, int] | None:
    """Top and height of the band between a lane's drawn rows and the compute lane."""
    if anchor is None:
        return None
    top, bottom = rows[0].y, rows[-1].y + rows[-1].h
    if anchor[0] > top:
        return bottom, round(anchor[1]) - bottom
    return round(anchor[0]), top - round(anchor[0])


def _lines(spans: list[tuple[int, int]], share: Float32, paint: UInt8) -> PixelLines:
    keep = np.flatnonzero(share.any(axis=1))
    y, h = (np.array([span[side] for span in spans], np.int64)[keep] for side in (0, 1))
    return PixelLines(y, h, share[keep], np.broadcast_to(paint[keep][:, None], share[keep].shape))


def _paints(timeline: Timeline, numbers: Int64) -> UInt8:
    """The colour of each row's first copy."""
    first = np.zeros(len(numbers), np.int64)
    for table in (timeline.hidden, timeline.exposed):
        mine = table.offset[numbers + 1] > table.offset[numbers]
        first[mine] = table.row[table.offset[numbers[mine]]]
    return timeline.mipmap.paint_of_rows(first)
