"""A view of a timeline as arrays of boxes and a few texts: all that a painter needs, computed without a display."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from profiler.timeline.boxes import Boxes, BoxKind, Density
from profiler.timeline.copies import copy_boxes
from profiler.timeline.keys import LaneKind
from profiler.timeline.labels import fit_label
from profiler.timeline.layout import LanePlace, Layout, Style
from profiler.timeline.mipmap import NO_PAINT
from profiler.timeline.model import Timeline
from profiler.timeline.rows import RowPlace, is_crowded, long_boxes, row_boxes, wait_boxes
from profiler.timeline.ruler import Ruler, make_ruler
from profiler.timeline.viewport import Viewport

Measure = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Label:
    """A text that fits its box: the middle of the text, and the box's row of the trace."""

    x: float
    y: float
    text: str
    row: int


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is seen. Pixels count from the left of the time axis and from the top of the first lane.

    Attributes
    ----------
    viewport : Viewport
    layout : Layout
        Lanes, headings and the whole height.
    boxes : Boxes
        In the order in which they are painted; `Density` goes after the bands and the waits.
    density : Density
        Rows with more slices in view than are drawn one by one.
    labels : tuple of Label
    ruler : Ruler
    """

    viewport: Viewport
    layout: Layout
    boxes: Boxes
    density: Density
    labels: tuple[Label, ...]
    ruler: Ruler


def make_scene(
    timeline: Timeline,
    layout: Layout,
    viewport: Viewport,
    *,
    measure: Measure,
    style: Style,
    origin_ns: int | None = None,
) -> Scene:
    """The boxes, labels and ticks of a view.

    Parameters
    ----------
    timeline : Timeline
    layout : Layout
        Places of ``timeline.lanes``, from `stack_lanes`.
    viewport : Viewport
    measure : callable
        Width of a text in pixels, in the font that labels are painted in.
    style : Style
    origin_ns : int, optional
        The time that the ruler calls 0; by default the trace's first record.
    """
    parts: list[Boxes] = []
    crowded: list[RowPlace] = []
    for lane, place in drawn_rows(timeline, layout):
        if is_crowded(timeline, place, viewport, style):
            crowded.append(place)
            parts.append(long_boxes(timeline, place, viewport, style))
        else:
            parts += row_boxes(timeline, place, viewport)
            if lane.lane.kind == LaneKind.STREAM:
                parts.append(wait_boxes(timeline, place, viewport, style))
        parts += copy_boxes(timeline, layout, lane, place, viewport)
    boxes = Boxes.joined(parts)
    origin = timeline.start_ns if origin_ns is None else origin_ns
    return Scene(
        viewport=viewport,
        layout=layout,
        boxes=boxes,
        density=_density(timeline, crowded, viewport, boxes),
        labels=_labels(timeline, boxes, measure, style),
        ruler=make_ruler(viewport, measure, origin_ns=origin),
    )


def drawn_rows(timeline: Timeline, layout: Layout) -> Iterator[tuple[LanePlace, RowPlace]]:
    """Every row that has a place, with its lane's."""
    for lane in layout.lanes:
        first = timeline.first_row[lane.number]
        for depth, top in enumerate(lane.row_tops):
            yield lane, RowPlace(first + depth, lane.number, top, lane.row_height)


def _density(timeline: Timeline, crowded: list[RowPlace], viewport: Viewport, boxes: Boxes) -> Density:
    edges, x = viewport.grid()
    seen, colours = timeline.mipmap.pixels([place.number for place in crowded], edges)
    share, paint = seen.copy(), colours.copy()
    solid = boxes.kind == BoxKind.SOLID
    for line, place in enumerate(crowded):
        mine = solid & (boxes.lane == place.lane) & (boxes.y == place.y)
        covered = _columns_under(boxes.x[mine] - x, boxes.w[mine], share.shape[1])
        share[line, covered], paint[line, covered] = 0, NO_PAINT
    return Density(
        x,
        np.array([place.y for place in crowded], np.float64),
        np.array([place.h for place in crowded], np.float64),
        np.array([place.lane for place in crowded], np.int32),
        share,
        paint,
    )


def _columns_under(x: np.ndarray, w: np.ndarray, columns: int) -> np.ndarray:
    """Columns that lie wholly under boxes."""
    change = np.zeros(columns + 1, np.int64)
    first = np.clip(np.ceil(x), 0, columns).astype(np.int64)
    last = np.clip(np.floor(x + w), first, columns).astype(np.int64)
    np.add.at(change, first, 1)
    np.add.at(change, last, -1)
    return np.asarray(np.cumsum(change[:-1]) > 0)


def _labels(timeline: Timeline, boxes: Boxes, measure: Measure, style: Style) -> tuple[Label, ...]:
    named = (boxes.kind == BoxKind.SOLID) & (boxes.w >= style.label_px) & (boxes.h >= style.label_row_px)
    labels = []
    known: dict[tuple[int, int], str] = {}
    for place in np.flatnonzero(named).tolist():
        row, room = int(boxes.row[place]), int(boxes.w[place] - 2 * style.label_pad_px)
        key = (int(timeline.trace["name"][row]), room)
        if key not in known:
            known[key] = fit_label(timeline.trace.names[key[0]], room, measure)
        if known[key]:
            x, y = boxes.x[place] + boxes.w[place] / 2, boxes.y[place] + boxes.h[place] / 2
            labels.append(Label(float(x), float(y), known[key], row))
    return tuple(labels)
