"""Boxes of one row of a lane: slices one by one where they are few, the long ones where they are many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.boxes import Boxes, BoxKind, density_runs
from profiler.timeline.layout import Style
from profiler.timeline.mipmap import NO_PAINT
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import NO_TIME

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

#: Busy shares that are told apart where slices share a pixel.
LEVELS = 6


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A drawn row: its number in the mipmap, its lane's number, its top and its height."""

    number: int
    lane: int
    y: float
    h: float


def is_crowded(timeline: Timeline, place: RowPlace, viewport: Viewport, style: Style) -> bool:
    """Whether a row has more slices in view than are drawn one by one."""
    first, last = timeline.mipmap.visible(place.number, viewport.start_ns, viewport.end_ns)
    return last - first > style.max_boxes_in_row


def row_boxes(timeline: Timeline, place: RowPlace, viewport: Viewport) -> list[Boxes]:
    """All slices of a row in view. Those that share a pixel column become one `BoxKind.DENSITY` box."""
    first, last = timeline.mipmap.visible(place.number, viewport.start_ns, viewport.end_ns)
    if first == last:
        return []
    places = np.arange(first, last)
    x, w = _edges(timeline, place.number, places, viewport)
    wide = w >= 1
    wide |= _alone_in_column(x, wide)
    parts = [_solid(timeline, place, places[wide], x[wide], w[wide], viewport)]
    if not wide.all():
        parts.append(_merged(timeline, place, places[~wide], x[~wide], w[~wide], viewport))
    return parts


def long_boxes(timeline: Timeline, place: RowPlace, viewport: Viewport, style: Style) -> Boxes:
    """The slices of a crowded row that are at least ``style.min_box_px`` wide."""
    first, last = timeline.mipmap.visible(place.number, viewport.start_ns, viewport.end_ns)
    least = max(int(np.ceil(style.min_box_px * viewport.ns_per_px)), 1)
    places = timeline.mipmap.longer_than(place.number, first, last, least)
    x, w = _edges(timeline, place.number, places, viewport)
    return _solid(timeline, place, places, x, w, viewport)


def wait_boxes(timeline: Timeline, place: RowPlace, viewport: Viewport, style: Style) -> Boxes:
    """Thin boxes from the time a slice's stream reached it to its start, at least a pixel wide.

    A slice that starts after the view's end may wait in view; on a stream that can only be the next one.
    """
    trace, rows = timeline.trace, timeline.mipmap.maps[place.number].rows
    first, last = timeline.mipmap.visible(place.number, viewport.start_ns, viewport.end_ns)
    waiting = rows[first : last + 1].astype(np.int64)
    queued = trace["queued_ns"][waiting]
    known = (queued != NO_TIME) & (queued < trace.ts[waiting]) & (queued < viewport.end_ns)
    waiting, queued = waiting[known], queued[known]
    x, end = viewport.x_of(queued), viewport.x_of(trace.ts[waiting])
    x, w = _clipped(x, end, viewport)
    seen = w >= 1
    top = place.y + (place.h - style.wait_px) / 2
    return Boxes.of(
        x[seen],
        w[seen],
        y=top,
        h=style.wait_px,
        kind=BoxKind.WAIT,
        lane=place.lane,
        paint=Paint.WAIT,
        row=waiting[seen],
    )


def _edges(timeline: Timeline, number: int, places: Int64, viewport: Viewport) -> tuple[Float64, Float64]:
    """Left edge and width in pixels, cut to the view."""
    tables = timeline.mipmap.maps[number]
    starts = tables.starts[places]
    lengths = np.maximum(timeline.trace.dur[tables.rows[places]], 1)
    return _clipped(viewport.x_of(starts), viewport.x_of(starts + lengths), viewport)


def _clipped(x: Float64, end: Float64, viewport: Viewport) -> tuple[Float64, Float64]:
    x = np.clip(x, 0.0, viewport.width_px)
    return x, np.clip(end, 0.0, viewport.width_px) - x


def _alone_in_column(x: Float64, wide: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Narrow slices with no other narrow slice in their pixel column."""
    column = np.floor(x[~wide])
    same = column[1:] == column[:-1]
    single = np.ones(len(column), bool)
    single[1:] &= ~same
    single[:-1] &= ~same
    alone = np.zeros(len(x), bool)
    alone[~wide] = single
    return alone


def _solid(timeline: Timeline, place: RowPlace, places: Int64, x: Float64, w: Float64, viewport: Viewport) -> Boxes:
    rows = timeline.mipmap.maps[place.number].rows[places]
    x = np.minimum(x, viewport.width_px - 1.0)
    return Boxes.of(
        x, np.maximum(w, 1.0), y=place.y, h=place.h, kind=BoxKind.SOLID, lane=place.lane,
        paint=timeline.mipmap.paint_of_rows(rows), row=rows,
    )  # fmt: skip


def _merged(timeline: Timeline, place: RowPlace, places: Int64, x: Float64, w: Float64, viewport: Viewport) -> Boxes:
    """Slices narrower than a pixel, column by column."""
    column = np.minimum(np.floor(x).astype(np.int64), viewport.width_px - 1)
    head = np.flatnonzero(np.concatenate(([True], column[1:] != column[:-1])))
    rows = timeline.mipmap.maps[place.number].rows[places]
    lengths = np.maximum(timeline.trace.dur[rows], 1)
    longest = np.maximum.reduceat((lengths << 8) | timeline.mipmap.paint_of_rows(rows), head)
    share = np.zeros(viewport.width_px, np.float32)
    share[column[head]] = np.maximum(np.add.reduceat(w, head), np.finfo(np.float32).tiny)
    paint = np.full(viewport.width_px, NO_PAINT, np.uint8)
    paint[column[head]] = longest & 255
    count = np.zeros(viewport.width_px, np.int32)
    count[column[head]] = np.diff(np.append(head, len(places)))
    return density_runs(share, paint, count, levels=LEVELS, x=0.0, y=place.y, h=place.h, lane=place.lane)
