"""The boxes of one timeline as SVG elements."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from profiler.report.palette import Theme
from profiler.report.slice_text import NAME_LIMIT
from profiler.report.svg_marks import boxes_path, group, rect, text, tooltip
from profiler.report.svg_tooltip import Tooltips
from profiler.timeline.boxes import Boxes, BoxKind
from profiler.timeline.paint import Paint
from profiler.timeline.scene import Scene
from profiler.units import format_percent

LABEL_PX = 10

BAND_OPACITY = 0.34

#: An exposed box narrower than this is filled rather than outlined.
_OUTLINE_LEAST_PX = 5

#: Left, top, width and height.
Box = tuple[float, float, float, float]

#: Merged boxes with a tooltip each; more of them are drawn as paths, a colour at a time.
_MERGED_LIMIT = 600

#: Room left free between neighbouring boxes that are wide enough to spare it.
_SEAM_PX = 0.5


def scene_styles(theme: Theme) -> str:
    """CSS of all boxes: ``k`` fills, ``t`` labels, one number for each `Paint`."""
    rules = [
        f".k{paint:d}{{fill:{colour}}}.t{paint:d}{{fill:{theme.ink(paint)}}}" for paint, colour in theme.paint.items()
    ]
    rules.append(f".l{{font-size:{LABEL_PX}px;text-anchor:middle}}")
    rules.append(f".x{{fill:none;stroke:{theme.exposed};stroke-width:2}}.xn{{fill:{theme.exposed}}}")
    rules.append(f".s{{fill:none;stroke:{theme.background};stroke-width:1}}")
    return "\n".join(rules)


def draw_scene(scene: Scene, tooltips: Tooltips) -> list[str]:
    """Groups of boxes from the lowest to the topmost; the origin is the left end of the time axis."""
    boxes = scene.boxes
    return [
        group(_bands(boxes)),
        boxes_path(_geometry(boxes, BoxKind.WAIT), class_=f"k{Paint.WAIT:d}"),
        group(_density(scene)),
        group(_solids(boxes, tooltips)),
        group(_outlines(boxes), pointer_events="none"),
        group(_labels(scene), pointer_events="none"),
    ]


def _of_kind(boxes: Boxes, kind: BoxKind) -> list[int]:
    return [int(place) for place in np.flatnonzero(boxes.kind == kind)]


def _box(boxes: Boxes, place: int) -> Box:
    return float(boxes.x[place]), float(boxes.y[place]), float(boxes.w[place]), float(boxes.h[place])


def _geometry(boxes: Boxes, kind: BoxKind) -> list[Box]:
    return [_box(boxes, place) for place in _of_kind(boxes, kind)]


def _bands(boxes: Boxes) -> list[str]:
    shades: dict[tuple[int, float], list[Box]] = defaultdict(list)
    for place in _of_kind(boxes, BoxKind.BAND):
        shades[int(boxes.paint[place]), float(boxes.share[place])].append(_box(boxes, place))
    return [
        boxes_path(found, class_=f"k{paint}", fill_opacity=BAND_OPACITY * max(share, 0.3))
        for (paint, share), found in sorted(shades.items())
    ]


def _solids(boxes: Boxes, tooltips: Tooltips) -> list[str]:
    marks = []
    for place in _of_kind(boxes, BoxKind.SOLID):
        x, y, w, h = _box(boxes, place)
        w -= _SEAM_PX if w > 3 else 0
        paint = Paint(int(boxes.paint[place]))
        title = tooltips.of_row(int(boxes.row[place]))
        corners = {"rx": 1.5 if h > 10 else 1} if w > 6 else {}
        marks.append(rect(x, y, w, h, title, class_=f"k{paint:d}", **corners))
    return marks


def _outlines(boxes: Boxes) -> list[str]:
    """Exposed parts: an outline inside the box, set off from the fill by a seam; a bar where there is no room."""
    bars, seams, outlines = [], [], []
    for place in _of_kind(boxes, BoxKind.EXPOSED):
        x, y, w, h = _box(boxes, place)
        if boxes.row[place] < 0 or w < _OUTLINE_LEAST_PX:
            bars.append((x, y, max(w, 1.0), h))
            continue
        outlines.append((x + 1, y + 1, w - 2 - _SEAM_PX, h - 2))
        if w > 10 and h > 18:
            seams.append((x + 2.5, y + 2.5, w - 5 - _SEAM_PX, h - 5))
    return [boxes_path(bars, class_="xn"), boxes_path(seams, class_="s"), boxes_path(outlines, class_="x")]


def _density(scene: Scene) -> list[str]:
    merged = _of_kind(scene.boxes, BoxKind.DENSITY)
    crowds: dict[tuple[int, int, float], list[Box]] = defaultdict(list)
    marks = []
    if len(merged) <= _MERGED_LIMIT:
        marks = [_merged(scene.boxes, place) for place in merged]
    else:
        _collect(crowds, scene.boxes, merged)
    for boxes in scene.density.boxes():
        _collect(crowds, boxes, range(len(boxes)))
    names = {place.number: place.lane.name for place in scene.layout.lanes}
    for (lane, paint, share), found in crowds.items():
        title = tooltip(names[lane][:NAME_LIMIT], "slices too close together to be told apart here")
        marks.append(boxes_path(found, title, class_=f"k{paint}", **_opacity(share)))
    return marks


def _merged(boxes: Boxes, place: int) -> str:
    share = float(boxes.share[place])
    title = tooltip(f"{boxes.count[place]} slices", f"busy for about {format_percent(share)} of the time")
    return rect(*_box(boxes, place), title, class_=f"k{boxes.paint[place]}", **_opacity(share))


def _collect(crowds: dict[tuple[int, int, float], list[Box]], boxes: Boxes, places: range | list[int]) -> None:
    for place in places:
        key = (int(boxes.lane[place]), int(boxes.paint[place]), round(float(boxes.share[place]), 3))
        crowds[key].append(_box(boxes, place))


def _opacity(share: float) -> dict[str, float]:
    """Anything that runs stays clearly visible, however little of the pixel it fills."""
    return {"fill_opacity": 0.35 + 0.65 * share} if share < 1 else {}


def _labels(scene: Scene) -> list[str]:
    solid = np.flatnonzero(scene.boxes.kind == BoxKind.SOLID)
    paint_of = dict(zip(scene.boxes.row[solid].tolist(), scene.boxes.paint[solid].tolist(), strict=True))
    return [
        text(label.x, label.y + 0.36 * LABEL_PX, label.text, class_=f"l t{paint_of[label.row]}")
        for label in scene.labels
    ]
