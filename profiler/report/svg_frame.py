"""One frame of a timeline as SVG elements: the boxes, colours and labels that the window paints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from profiler.report.palette import Theme
from profiler.report.shades import AREA_LEVEL, SEAM_LEVEL, css_colour, shade_table, veil_opacity
from profiler.report.svg_lines import draw_lines, runs
from profiler.report.svg_marks import boxes_path, element, group, rect, text
from profiler.report.svg_page import Lanes
from profiler.report.svg_tooltip import Tooltips
from profiler.timeline.frame_copies import CopyMarks
from profiler.timeline.frame_groups import Plot
from profiler.timeline.paint import Paint
from profiler.timeline.pixels import PixelBoxes
from profiler.timeline.strokes import (
    BAR_STEPS,
    EDGE_PX,
    FADE_PX,
    area_of,
    bar_levels,
    outline_widths,
    seams,
)

#: From the middle of a line of text to its baseline, as a share of its size: half the height of capitals.
TO_BASELINE = 0.36

Box = tuple[float, float, float, float]


def frame_styles(theme: Theme, label_px: float) -> str:
    """CSS of all boxes: ``k`` fills, ``s`` seams, ``t`` labels, one number for each `Paint`."""
    shades = shade_table(theme)
    rules = [
        f".k{paint:d}{{fill:{colour}}}.s{paint:d}{{fill:{css_colour(shades[paint, SEAM_LEVEL])}}}"
        f".t{paint:d}{{fill:{theme.ink(paint)}}}"
        for paint, colour in theme.paint.items()
    ]
    rules.append(f".l{{font-size:{label_px:g}px}}.x{{fill:{theme.exposed}}}")
    rules.append(f".ua{{fill:{css_colour(shades[Paint.KERNEL, AREA_LEVEL])}}}.ul{{fill:{theme.paint[Paint.KERNEL]}}}")
    return "\n".join(rules)


def draw_frame(lanes: Lanes, theme: Theme, tooltips: Tooltips, *, most_tooltips: int) -> list[str]:
    """Groups of marks from the lowest to the topmost; the origin is the left end of the time axis.

    Parameters
    ----------
    lanes : Lanes
    theme : Theme
    tooltips : Tooltips
    most_tooltips : int
        Slices that tell about themselves where the pointer rests on them; the widest ones do.
    """
    frame, width, scale = lanes.frame, lanes.frame.viewport.width_px, lanes.style.scale
    shades = shade_table(theme)
    return [
        draw_lines(frame.copies.bands, width, lambda paint, share: _veil(theme, paint, share)),
        draw_lines(
            frame.lines, width, lambda paint, share: {"stroke": css_colour(shades[paint, round(255 * share)])},
            lanes.name_at,
        ),
        boxes_path(_geometry(frame.waits, width), class_=f"k{Paint.WAIT:d}"),
        *_boxes(frame.boxes, width, tooltips, most_tooltips),
        group(_by_paint(seams(frame.boxes), width, "s"), pointer_events="none"),
        group(_exposed(frame.copies, width, scale), pointer_events="none"),
        *(mark for plot in frame.plots for mark in _plot(plot, width, lanes)),
        group(_unfinished(frame.unfinished, scale, width), pointer_events="none"),
        group(
            [
                text(caption.x, caption.y + TO_BASELINE * lanes.label_px, caption.text, class_=f"l t{caption.paint}")
                for caption in frame.captions
            ],
            pointer_events="none",
        ),
    ]  # fmt: skip


def frame_definitions(theme: Theme, paints: Iterable[int]) -> str:
    """Gradients of the colours of slices that never ended."""
    fades = [
        element(
            "linearGradient",
            element("stop", None, {"stop-color": theme.paint[Paint(paint)]})
            + element("stop", None, {"offset": 1, "stop-color": theme.paint[Paint(paint)], "stop-opacity": 0}),
            {"id": f"lanescope-fade-{paint}"},
        )
        for paint in sorted(paints)
    ]
    return element("defs", "".join(fades)) if fades else ""


def _veil(theme: Theme, paint: int, share: float) -> dict[str, str | float]:
    return {"stroke": theme.paint[Paint(paint)], "stroke-opacity": veil_opacity(share)}


def _geometry(boxes: PixelBoxes, width: int) -> list[Box]:
    """Left, top, width and height, cut to the picture."""
    return [(x, y, min(x + w, width) - x, h) for x, y, w, h in _uncut(boxes) if x < width]


def _uncut(boxes: PixelBoxes) -> list[Box]:
    columns = (boxes.x, boxes.y, boxes.w, boxes.h)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _frame(box: Box, line: int, width: int) -> str:
    """A frame inside a box, as a path: one that goes on behind the picture's end is open there."""
    x, y, w, h = box
    outer, inner = min(x + w, width) - x, min(x + w - line, width) - x - line
    hole = f"M{x + line} {y + line}v{h - 2 * line}h{inner}v{2 * line - h}z" if inner > 0 else ""
    return f"M{x} {y}h{outer}v{h}h{-outer}z{hole}"


def _some(boxes: PixelBoxes, places: np.ndarray) -> PixelBoxes:
    return PixelBoxes(*(getattr(boxes, name)[places] for name in ("x", "y", "w", "h", "paint", "row")))


def _by_paint(boxes: PixelBoxes, width: int, letter: str) -> list[str]:
    return [
        boxes_path(_geometry(_some(boxes, boxes.paint == paint), width), class_=f"{letter}{paint}")
        for paint in np.unique(boxes.paint).tolist()
    ]


def _boxes(boxes: PixelBoxes, width: int, tooltips: Tooltips, most: int) -> list[str]:
    """Slices, the widest with what is known of them."""
    telling = np.zeros(len(boxes), bool)
    telling[np.argsort(-boxes.w, kind="stable")[:most]] = True
    told = _some(boxes, telling & (boxes.x < width))
    marks = [
        rect(x, y, w, h, tooltips.of_row(row), class_=f"k{paint}")
        for (x, y, w, h), paint, row in zip(
            _geometry(told, width), told.paint.tolist(), told.row.tolist(), strict=True
        )
    ]  # fmt: skip
    return [group(_by_paint(_some(boxes, ~telling), width, "k")), group(marks)]


def _exposed(copies: CopyMarks, width: int, scale: float) -> list[str]:
    """Bars as high as they fill their pixel, and frames inside the pieces that have room for one."""
    bars, boxes = copies.bars, copies.outlines
    filled: list[Box] = []
    for line, (top, high) in enumerate(zip(bars.y.tolist(), bars.h.tolist(), strict=True)):
        levels = bar_levels(bars.share[line, :width])
        for x, w in zip(*(part.tolist() for part in runs(levels)), strict=True):
            tall = high * int(levels[x]) // BAR_STEPS
            filled.append((x, top + high - tall, w, tall))
    lines = outline_widths(boxes, scale)
    filled += _geometry(_some(boxes, lines == 0), width)
    frames = "".join(
        _frame(box, line, width)
        for line in np.unique(lines[lines > 0]).tolist()
        for box in _uncut(_some(boxes, lines == line))
        if box[0] < width
    )
    return [boxes_path(filled, class_="x"), element("path", None, {"d": frames}, class_="x") if frames else ""]


def _plot(plot: Plot, width: int, lanes: Lanes) -> list[str]:
    scale = lanes.style.scale
    area = area_of(plot, scale)
    bottom = area.top + area.height
    marks = []
    for heights, class_ in ((area.high, "ul"), (area.line, "ua")):
        first, length = runs(heights[:width])
        boxes = [
            (x, bottom - high, w, high)
            for x, w, high in zip(first.tolist(), length.tolist(), heights[first].tolist(), strict=True)
        ]
        marks.append(boxes_path(boxes, class_=class_))
    middle = (plot.y + area.top) / 2 + TO_BASELINE * lanes.label_px
    words = text(4 * scale, middle, area.words, class_="m l")
    return [*marks, words]


def _unfinished(marks: PixelBoxes, scale: float, width: int) -> list[str]:
    """A strong edge where a slice began, and its colour fading away: nobody knows how long it ran."""
    faded: dict[int, list[Box]] = defaultdict(list)
    edges = []
    for x, y, h, paint in zip(*(column.tolist() for column in (marks.x, marks.y, marks.h, marks.paint)), strict=True):
        if x < width:
            faded[paint].append((x, y, min(round(FADE_PX * scale), width - x), h))
            edges.append((x, y, min(max(round(EDGE_PX * scale), 1), width - x), h))
    fades = [rect(*box, fill=f"url(#lanescope-fade-{paint})") for paint, boxes in faded.items() for box in boxes]
    return [*fades, boxes_path(edges, class_="f")]
