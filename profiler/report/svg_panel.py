"""The frame of a timeline: ruler, grid, lanes, their names, titles and ends."""

from __future__ import annotations

import numpy as np

from profiler.report.escape import visible
from profiler.report.svg_font import measure_at
from profiler.report.svg_marks import element, group, line, rect, text
from profiler.report.svg_page import LANE_NAME_PX, MARGIN, RULER_PX, Page, Panel, lane_label
from profiler.report.svg_scene import draw_scene
from profiler.report.svg_tooltip import Tooltips
from profiler.timeline.keys import LaneKind
from profiler.timeline.labels import elide
from profiler.timeline.layout import Section
from profiler.timeline.scene import Scene
from profiler.trace.tables import Trace
from profiler.units import format_ns

TITLE_PX = 13
NOTE_PX = 11

_RULER_HEIGHT = 26.0
_PANEL_GAP = 18.0
_TEXT_GAP = 12.0


def draw_ruler(page: Page, y: float) -> tuple[list[str], float]:
    """Ticks with labels below ``y``, and where the ruler ends."""
    measure, right = measure_at(RULER_PX), page.axis.width_px + MARGIN
    base, marks = y + _RULER_HEIGHT, []
    major, minor = page.axis.x_of(page.ruler.major), page.axis.x_of(page.ruler.minor)
    for x, label in zip(major.tolist(), page.ruler.labels, strict=True):
        half = measure(label) / 2
        if x + half <= right:
            marks.append(text(page.gutter + x, base - 10, label, class_="m r"))
    ticks = _ticks(page, major, base - 5, base) + _ticks(page, minor, base - 3, base)
    axis = line(page.gutter, base, page.gutter + page.axis.width_px, base, class_="a")
    return [*marks, element("path", d=ticks, class_="a"), axis], base


def draw_panel(page: Page, place: int, y: float, *, titled: bool) -> tuple[list[str], float]:
    """One timeline below ``y``: title and figures if ``titled``, lanes, boxes; and where it ends."""
    panel, scene = page.panels[place], page.scenes[place]
    marks: list[str] = []
    if titled:
        y += _PANEL_GAP
        marks.append(line(MARGIN, y - 6, page.width - MARGIN, y - 6, class_="a"))
        y += TITLE_PX + 2
        marks += _title(page, panel, y)
        if panel.note:
            y += NOTE_PX + 6
            marks.append(text(MARGIN, y, _cut(panel.note, page.width - 2 * MARGIN, NOTE_PX), class_="m n"))
    y += 10
    bottom = y + max(scene.layout.height, 1)
    marks += _ground(page, scene, y)
    marks.append(_grid(page, scene, y))
    marks += [group(draw_scene(scene, Tooltips(panel.timeline)), transform=f"translate({page.gutter:g} {y:g})")]
    marks += _names(page, panel, scene, y)
    if titled:
        marks += _end_line(page, panel, y - 6, bottom + 4)
    return _left_out(page, scene, marks, bottom)


def _ticks(page: Page, places: np.ndarray, top: float, bottom: float) -> str:
    return "".join(f"M{page.gutter + x:.2f} {top:g}V{bottom:g}" for x in places.tolist())


def _grid(page: Page, scene: Scene, y: float) -> str:
    """Lines of the major ticks through the lanes, with a gap for each heading."""
    major = page.axis.x_of(page.ruler.major)
    steps = [_ticks(page, major, y + top - 3, y + bottom + 3) for top, bottom in _stretches(scene)]
    return element("path", d="".join(steps), class_="g") if steps else ""


def _stretches(scene: Scene) -> list[tuple[float, float]]:
    """From the first to the last lane of each section."""
    edges = [section.y for section in scene.layout.sections] or [0.0]
    sections = [
        [lane for lane in scene.layout.lanes if start <= lane.y < end]
        for start, end in zip(edges, [*edges[1:], float("inf")], strict=True)
    ]
    return [(lanes[0].y, lanes[-1].y + lanes[-1].height) for lanes in sections if lanes]


def _ground(page: Page, scene: Scene, y: float) -> list[str]:
    return [
        rect(page.gutter, y + place.y - 1, page.axis.width_px, place.height + 2, class_="b")
        for place in scene.layout.lanes
    ]


def _names(page: Page, panel: Panel, scene: Scene, y: float) -> list[str]:
    marks = [_section(page, panel.timeline.trace, section, y) for section in scene.layout.sections]
    for place in scene.layout.lanes:
        label = lane_label(place.lane, place.rows_left_out, page.gutter - MARGIN - 8)
        style = "h e" if place.lane.kind == LaneKind.ENGINE else "h"
        middle = y + place.y + place.height / 2 + 0.36 * LANE_NAME_PX
        marks.append(text(page.gutter - 8, middle, label, class_=style))
    if not scene.layout.lanes:
        marks.append(text(page.gutter + 8, y + 9, "nothing to draw", class_="m n"))
    return marks


def _section(page: Page, trace: Trace, section: Section, y: float) -> str:
    name = "Host"
    if section.device >= 0:
        model = trace.meta.get("gpus", {}).get(str(section.device), {}).get("name", "")
        name = f"GPU {section.device}" + (f" · {model}" if model else "")
    room = page.width - 2 * MARGIN
    return text(MARGIN, y + section.y + section.height - 7, _cut(name, room, NOTE_PX, bold=True), class_="m c")


def _title(page: Page, panel: Panel, y: float) -> list[str]:
    """The title, and near the timeline's end when that is; the title gives way only where both have no room."""
    end, label = _end(page, panel)
    room = page.width - 2 * MARGIN
    if end is None:
        return [text(MARGIN, y, _cut(panel.title, room, TITLE_PX, bold=True), class_="p")]
    width = measure_at(NOTE_PX)(label)
    title = _cut(panel.title, room - width - _TEXT_GAP, TITLE_PX, bold=True)
    after_title = MARGIN + measure_at(TITLE_PX, bold=True)(title) + _TEXT_GAP
    left = min(max(page.gutter + end - width / 2, after_title), page.width - MARGIN - width)
    return [text(MARGIN, y, title, class_="p"), text(left, y, label, class_="m n")]


def _end(page: Page, panel: Panel) -> tuple[float | None, str]:
    """Where on the axis the timeline ends, if in view, and what to write there."""
    span = panel.timeline.end_ns - panel.timeline.start_ns
    inside = panel.timeline.lanes and page.axis.start_ns < span <= page.axis.end_ns
    return (float(page.axis.x_of(span)) if inside else None), f"ends at {format_ns(span)}"


def _end_line(page: Page, panel: Panel, top: float, bottom: float) -> list[str]:
    end, _ = _end(page, panel)
    return [] if end is None else [line(page.gutter + end, top, page.gutter + end, bottom, class_="z")]


def _left_out(page: Page, scene: Scene, marks: list[str], y: float) -> tuple[list[str], float]:
    count = scene.layout.lanes_left_out
    if count:
        y += NOTE_PX + 8
        note = f"{count} more lane{'s' if count > 1 else ''} not drawn"
        marks.append(text(page.gutter, y, note, class_="m n"))
    return marks, y + 6


def _cut(content: str, room: float, size: float, *, bold: bool = False) -> str:
    return elide(visible(content[:1000]), room, measure_at(size, bold=bold))
