"""Whether copies are hidden, for a frame: outlines and bars on what is exposed, bands from what is hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.keys import LaneKind
from profiler.timeline.model import Timeline
from profiler.timeline.pieces import PieceTable
from profiler.timeline.pixels import DrawnRow, PixelBoxes, PixelLines, clear_under, columns
from profiler.timeline.viewport import Viewport

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]

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
    bands : PixelBoxes
        From hidden pieces to the compute lane.
    shades : PixelLines
        How much of each pixel is hidden in pieces too short for a band, where more is hidden than exposed.
    """

    outlines: PixelBoxes
    bars: PixelLines
    bands: PixelBoxes
    shades: PixelLines


def copy_marks(
    timeline: Timeline, rows: Sequence[DrawnRow], viewport: Viewport, edges: Int64, anchors: Anchors
) -> CopyMarks:
    """Marks on the copies of the drawn rows; bands only from engine lanes whose compute lane is drawn."""
    mine = [row for row in rows if _has_pieces(timeline, row)]
    if not mine:
        return CopyMarks(PixelBoxes.empty(), PixelLines.empty(), PixelBoxes.empty(), PixelLines.empty())
    bands = [_band(timeline, row, anchors) for row in mine]
    spans = [(row.y, row.h) for row in mine]
    outlines, bare = _marks(timeline, timeline.exposed, mine, spans, viewport, edges)
    joined, covered = _marks(timeline, timeline.hidden, mine, [band or (0, 0) for band in bands], viewport, edges)
    paint = np.array([_paint(timeline, row) for row in mine], np.uint8)
    wide = np.array([band is not None for band in bands])
    return CopyMarks(
        outlines,
        _lines(spans, np.where(bare >= covered, bare, 0), paint),
        _chosen(joined, joined.h > 0),
        _lines([band or (0, 0) for band in bands], np.where((covered > bare) & wide[:, None], covered, 0), paint),
    )


def _has_pieces(timeline: Timeline, row: DrawnRow) -> bool:
    return any(table.offset[row.number + 1] > table.offset[row.number] for table in (timeline.exposed, timeline.hidden))


def _marks(
    timeline: Timeline, table: PieceTable, rows: list[DrawnRow], spans: list[tuple[int, int]], viewport: Viewport,
    edges: Int64,
) -> tuple[PixelBoxes, Float32]:  # fmt: skip
    """Boxes of the pieces that are wide enough, and the share of each pixel that the others fill."""
    numbers = [row.number for row in rows]
    views = [table.visible(number, int(edges[0]), int(edges[-1])) for number in numbers]
    few = sum(last - first for first, last in views) <= MOST_PIECES
    least = max(int((1 if few else _LEAST_PX) * viewport.ns_per_px), 1)
    owner, place = table.longer_than(numbers, views, least)
    starts = table.starts[place]
    x, end = columns(starts, table.ends[place] - starts, viewport, edges)
    seen = end > x
    owner, place, x, w = owner[seen], place[seen], x[seen], (end - x)[seen]
    share = table.pixels(numbers, edges)
    clear_under(share, owner, x, w)
    y, h = (np.array([span[side] for span in spans], np.int64)[owner] for side in (0, 1))
    paint = timeline.mipmap.paint_of_rows(table.row[place])
    return PixelBoxes(x, y, w, h, paint, table.row[place].astype(np.int64)), share


def _lines(spans: list[tuple[int, int]], share: Float32, paint: npt.NDArray[np.uint8]) -> PixelLines:
    keep = share.any(axis=1)
    y, h = (np.array([span[side] for span in spans], np.int64)[keep] for side in (0, 1))
    return PixelLines(y, h, share[keep].astype(np.float32), np.broadcast_to(paint[keep][:, None], share[keep].shape))


def _chosen(boxes: PixelBoxes, keep: npt.NDArray[np.bool_]) -> PixelBoxes:
    return PixelBoxes(boxes.x[keep], boxes.y[keep], boxes.w[keep], boxes.h[keep], boxes.paint[keep], boxes.row[keep])


def _paint(timeline: Timeline, row: DrawnRow) -> int:
    """The colour of the row's first copy."""
    for table in (timeline.exposed, timeline.hidden):
        if table.offset[row.number + 1] > table.offset[row.number]:
            first = table.row[table.offset[row.number] : table.offset[row.number] + 1]
            return int(timeline.mipmap.paint_of_rows(first)[0])
    return 0


def _band(timeline: Timeline, row: DrawnRow, anchors: Anchors) -> tuple[int, int] | None:
    """Top and height of what joins a row with its device's compute lane."""
    lane = timeline.lanes[row.lane]
    if lane.kind != LaneKind.ENGINE or lane.device not in anchors:
        return None
    top, bottom = anchors[lane.device]
    if top > row.y:
        return row.y + row.h, round(bottom) - row.y - row.h
    return round(top), row.y - round(top)
