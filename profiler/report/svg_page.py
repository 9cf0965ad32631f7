"""Several timelines on one time axis: what goes where on the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from profiler.report.escape import visible
from profiler.report.svg_font import measure_at
from profiler.report.svg_scene import LABEL_PX
from profiler.timeline.boxes import BoxKind
from profiler.timeline.keys import LaneKind
from profiler.timeline.labels import elide
from profiler.timeline.lanes import Lane
from profiler.timeline.layout import Style, stack_lanes
from profiler.timeline.model import Timeline
from profiler.timeline.ruler import Ruler, make_ruler
from profiler.timeline.scene import Scene, make_scene
from profiler.timeline.spans import Spans
from profiler.timeline.viewport import Viewport

MARGIN = 20.0
LANE_NAME_PX = 11
RULER_PX = 10

#: Room for lane names, whatever they are: px, and share of the page.
_GUTTER_LEAST, _GUTTER_MOST, _GUTTER_SHARE = 72.0, 260.0, 0.3

#: Boxes with a tooltip on a page. At some 250 bytes each this keeps a page below a megabyte.
BOX_LIMIT = 3600

#: How the drawing is thinned until it keeps the limit: slices of a row drawn one by one, and the least width of a box
#: in a row with more of them.
_THINNING = ((2000, 1.0), (800, 1.0), (300, 2.0), (120, 4.0), (50, 8.0), (20, 16.0), (0, 40.0), (0, 1e9))


Measure = Callable[[str], float]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A timeline with its title, a line of figures, and the exposed copy time of each device."""

    title: str
    note: str
    timeline: Timeline
    exposed: dict[int, Spans]


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Panels, their scenes, and the time axis they share.

    Attributes
    ----------
    width, gutter : float
        Of the page, and of the room left of the time axis.
    axis : Viewport
        The time axis; 0 is each trace's first record.
    """

    width: float
    gutter: float
    axis: Viewport
    ruler: Ruler
    panels: tuple[Panel, ...]
    scenes: tuple[Scene, ...]


def make_page(panels: Sequence[Panel], *, width: int, window: tuple[int, int], max_height: float) -> Page:
    """Scenes of all panels over one window, each in an equal part of ``max_height``."""
    gutter = _gutter(panels, width)
    axis = Viewport(window[0], window[1], int(width - gutter - MARGIN))
    room = max_height / len(panels)
    scenes = [_scene(panel.timeline, axis, room, BOX_LIMIT // len(panels)) for panel in panels]
    ruler = make_ruler(axis, measure_at(RULER_PX), gap_px=36.0)
    return Page(width, gutter, axis, ruler, tuple(panels), tuple(scenes))


def lane_label(lane: Lane, rows_left_out: int, room_px: float) -> str:
    """A lane's name, as much as fits, and how many of its rows are not drawn."""
    note = f" (+{rows_left_out} rows)" if rows_left_out else ""
    measure = _measure_name(lane)
    return elide(visible(lane.name[:200]), room_px - measure(note), measure) + note


def _measure_name(lane: Lane) -> Measure:
    return measure_at(LANE_NAME_PX, bold=lane.kind == LaneKind.ENGINE)


def _gutter(panels: Sequence[Panel], width: float) -> int:
    names = [_measure_name(lane)(visible(lane.name[:200])) for panel in panels for lane in panel.timeline.lanes]
    room = min(max([_GUTTER_LEAST, *(name + MARGIN + 10 for name in names)]), _GUTTER_MOST, width * _GUTTER_SHARE)
    return math.ceil(room)


def _scene(timeline: Timeline, axis: Viewport, room: float, limit: int) -> Scene:
    measure = measure_at(LABEL_PX)
    origin = timeline.start_ns
    viewport = Viewport(axis.start_ns + origin, axis.end_ns + origin, axis.width_px)
    headed = len({lane.device for lane in timeline.lanes}) > 1
    for most, least_px in _THINNING:
        style = Style(max_boxes_in_row=most, min_box_px=least_px)
        layout = stack_lanes(timeline.lanes, style, max_height=room, sections=headed)
        scene = make_scene(timeline, layout, viewport, measure=lambda name: measure(visible(name)), style=style)
        if int((scene.boxes.kind == BoxKind.SOLID).sum()) <= limit:
            break
    return scene
