"""Whether copies are hidden, as boxes: outlines around what is exposed, bands from what is hidden to the kernels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from profiler.timeline.boxes import Boxes, BoxKind
from profiler.timeline.keys import LaneKind
from profiler.timeline.layout import LanePlace, Layout
from profiler.timeline.model import Timeline
from profiler.timeline.pieces import Pieces
from profiler.timeline.rows import RowPlace
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import Engine

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]


#: Shares of a pixel column that are told apart, and the least that a column's mark takes of its row.
_LEVELS = 4
_LEAST = 0.25


def copy_boxes(timeline: Timeline, layout: Layout, lane: LanePlace, place: RowPlace, viewport: Viewport) -> list[Boxes]:
    """Outlines of a row's exposed copies and, on an engine lane, bands of its hidden ones.

    A piece of at least a pixel is a box with its row. Shorter pieces are summed by pixel column: the column gets a box
    without a row that tells by its ``share`` how much of its time they fill, as a bar of that height from the bottom of
    the row where more of it is exposed than hidden, and as a band otherwise.
    """
    parts = timeline.exposed.of_row(place.number), timeline.hidden.of_row(place.number)
    if not any(len(part.starts) for part in parts):
        return []
    exposed, hidden = (_in_view(part, viewport) for part in parts)
    bare, covered = _short_share(exposed, viewport), _short_share(hidden, viewport)
    bars = np.where(bare >= covered, bare, 0.0)
    boxes = [
        _long(timeline, exposed, viewport, place, BoxKind.EXPOSED, place.y, place.h),
        *_columns(timeline, exposed, bars, place, BoxKind.EXPOSED, lambda share: _bar(place, share)),
    ]
    band = _band(layout, lane, place.y, place.y + place.h)
    if band is not None:
        wide_band = _band(layout, lane, lane.y, lane.y + lane.height) or band
        shades = np.where(covered > bare, covered, 0.0)
        boxes.append(_long(timeline, hidden, viewport, place, BoxKind.BAND, *band))
        boxes += _columns(timeline, hidden, shades, place, BoxKind.BAND, lambda _: wide_band)
    return boxes


def _in_view(pieces: Pieces, viewport: Viewport) -> Pieces:
    first = int(np.searchsorted(pieces.ends, viewport.start_ns, side="right"))
    last = max(int(np.searchsorted(pieces.starts, viewport.end_ns, side="left")), first)
    starts = np.maximum(pieces.starts[first:last], viewport.start_ns)
    ends = np.minimum(pieces.ends[first:last], viewport.end_ns)
    return Pieces(starts, ends, pieces.row[first:last])


def _is_short(pieces: Pieces, viewport: Viewport) -> npt.NDArray[np.bool_]:
    return np.asarray(pieces.ends - pieces.starts < viewport.ns_per_px)


def _short_share(pieces: Pieces, viewport: Viewport) -> Float64:
    """Share of each pixel column that is filled by pieces shorter than a pixel which start in it."""
    short = _is_short(pieces, viewport)
    column = np.minimum(viewport.x_of(pieces.starts[short]).astype(np.int64), viewport.width_px - 1)
    lengths = pieces.ends[short] - pieces.starts[short]
    filled = np.bincount(column, weights=lengths, minlength=viewport.width_px)
    return np.minimum(filled / viewport.ns_per_px, 1.0)


def _long(
    timeline: Timeline, pieces: Pieces, viewport: Viewport, place: RowPlace, kind: BoxKind, y: float, h: float
) -> Boxes:
    long = ~_is_short(pieces, viewport)
    x, rows = viewport.x_of(pieces.starts[long]), pieces.row[long]
    return Boxes.of(
        x, viewport.x_of(pieces.ends[long]) - x, y=y, h=h, kind=kind, lane=place.lane,
        paint=timeline.mipmap.paint_of_rows(rows), row=rows,
    )  # fmt: skip


def _columns(
    timeline: Timeline, pieces: Pieces, share: Float64, place: RowPlace, kind: BoxKind,
    span: Callable[[float], tuple[float, float]],
) -> list[Boxes]:  # fmt: skip
    """Runs of columns of about one share, at the top and height that ``span`` gives for it."""
    level = np.ceil(share * _LEVELS).astype(np.int64)
    first = np.flatnonzero(np.concatenate(([True], level[1:] != level[:-1])))
    length = np.diff(np.append(first, len(level)))
    paint = timeline.mipmap.paint_of_rows(pieces.row[:1])
    boxes = []
    for step in range(1, _LEVELS + 1):
        mine = level[first] == step
        y, h = span(step / _LEVELS)
        x, w = first[mine].astype(np.float64), length[mine].astype(np.float64)
        if len(x):
            boxes.append(
                Boxes.of(x, w, y=y, h=h, kind=kind, lane=place.lane, paint=paint[0], share=step / _LEVELS, count=0)
            )
    return boxes


def _bar(place: RowPlace, share: float) -> tuple[float, float]:
    height = place.h * max(share, _LEAST)
    return place.y + place.h - height, height


def _band(layout: Layout, lane: LanePlace, top: float, bottom: float) -> tuple[float, float] | None:
    """Top and height of a band that joins what lies from ``top`` to ``bottom`` with its device's compute lane."""
    if lane.lane.kind != LaneKind.ENGINE:
        return None
    for other in layout.lanes:
        if other.lane.engine == Engine.COMPUTE and other.lane.device == lane.lane.device:
            if other.y > top:
                return bottom, other.y + other.height - bottom
            return other.y, top - other.y
    return None
