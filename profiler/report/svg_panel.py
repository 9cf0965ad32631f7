"""The frame of a timeline: ruler, grid, lanes, their names, titles and ends."""

from __future__ import annotations

from collections.abc import Iterable

from profiler.report.escape import visible
from profiler.report.palette import Theme
from profiler.report.svg_font import measure_at
from profiler.report.svg_frame import TO_BASELINE, draw_frame
from profiler.report.svg_marks import boxes_path, element, group, line, text
from profiler.report.svg_page import (
    MARGIN,
    MARK_PX,
    NAME_GAP_PX,
    NAME_PX,
    RULER_PX,
    Lanes,
    Page,
    Panel,
    is_strong,
    name_left,
)
from profiler.report.svg_tooltip import Tooltips
from profiler.timeline.arrange import Strip, StripKind
from profiler.timeline.labels import elide, elide_middle
from profiler.units import format_ns

TITLE_PX = 13
NOTE_PX = 11

#: Slices of a page that tell about themselves. At some 250 bytes each this keeps a page below a megabyte.
TOOLTIPS = 2_400

_RULER_HEIGHT = 26.0
_PANEL_GAP = 18.0
_TEXT_GAP = 12.0


def draw_ruler(page: Page, y: float) -> tuple[list[str], float]:
    """Ticks with labels below ``y``, and where the ruler ends."""
    measure, right = measure_at(RULER_PX), page.axis.width_px + MARGIN
    base, marks = y + _RULER_HEIGHT, []
    major, minor = page.axis.x_of(page.ruler.major), page.axis.x_of(page.ruler.minor)
    for x, label in zip(map(round, major.tolist()), page.ruler.labels, strict=True):
        half = measure(label) / 2
        if x + half <= right:
            marks.append(text(page.gutter + x, base - 10, label, class_="m r"))
    left = page.gutter
    ticks = _ticks(left, major.tolist(), base - 5, base) + _ticks(left, minor.tolist(), base - 3, base)
    axis = line(page.gutter, base, page.gutter + page.axis.width_px, base, class_="a")
    return [*marks, element("path", d=ticks, class_="a"), axis], base


def draw_panel(page: Page, place: int, y: float, theme: Theme, *, titled: bool) -> tuple[list[str], float]:
    """One timeline below ``y``: title and figures if ``titled``, lanes, boxes; and where it ends."""
    panel, lanes = page.panels[place], page.lanes[place]
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
    scale = lanes.style.scale
    bottom = y + max(lanes.height / scale, 1)
    move = f"translate({page.gutter:g} {y:g})" + (f" scale({1 / scale:.6g})" if scale != 1 else "")
    boxes = draw_frame(lanes, theme, Tooltips(panel.timeline), most_tooltips=TOOLTIPS // len(page.panels))
    marks.append(group([*_grounds(page, lanes), *boxes], transform=move, shape_rendering="crispEdges"))
    marks += _names(page, lanes, y)
    if titled:
        marks += _end_line(page, panel, y - 6, bottom + 4)
    return _left_out(page, lanes, marks, bottom)


def _ticks(left: float, places: Iterable[float], top: float, bottom: float) -> str:
    """Lines a pixel wide on whole pixels, as the window's are."""
    return "".join(f"M{left + round(x) + 0.5:g} {top:g}V{bottom:g}" for x in places)


def _grounds(page: Page, lanes: Lanes) -> list[str]:
    """What lies below the lanes, and on it the lines of the major ticks; in pixels of the frame."""
    width, scale = lanes.frame.viewport.width_px, lanes.style.scale
    major = (page.axis.x_of(page.ruler.major) * scale).tolist()
    spans = [(round(strip.y), round(strip.height)) for strip in lanes.strips if strip.rows]
    grounds = [(0, top, width, height) for top, height in spans]
    lines = "".join(_ticks(0, major, top, top + height) for top, height in spans)
    return [boxes_path(grounds, class_="b"), element("path", d=lines, class_="g") if lines else ""]


def _names(page: Page, lanes: Lanes, y: float) -> list[str]:
    marks, folds = [], []
    for strip in lanes.strips:
        strong, left = is_strong(strip, lanes.timeline), name_left(strip)
        middle = y + (strip.y + _name_middle(strip, lanes.style.scale)) / lanes.style.scale
        room = (page.width - MARGIN if not strip.rows else page.gutter - NAME_GAP_PX) - left
        name = elide_middle(visible(strip.node.title[:1000]), room, measure_at(NAME_PX, bold=strong))
        marks.append(text(left, middle + TO_BASELINE * NAME_PX, name, class_="h e" if strong else "h m"))
        if strip.foldable:
            folds.append(_fold_mark(left - MARK_PX + 5, middle, folded=strip.kind == StripKind.FOLDED))
    if not lanes.strips:
        marks.append(text(page.gutter + 8, y + 9, "nothing to draw", class_="m n"))
    return [*marks, element("path", d="".join(folds), class_="d") if folds else ""]


def _name_middle(strip: Strip, scale: float) -> float:
    """The middle of a strip's name below its top: in its first line where it is high."""
    return min(strip.height, 22 * scale) / 2 if strip.height > 44 * scale else strip.height / 2


def _fold_mark(x: float, y: float, *, folded: bool) -> str:
    """A triangle: to the right on what is folded into a row, downwards on what is open."""
    if folded:
        return f"M{x - 2:g} {y - 4:g}l5.2 4l-5.2 4z"
    return f"M{x - 4:g} {y - 2:g}h8l-4 5.2z"


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


def _left_out(page: Page, lanes: Lanes, marks: list[str], y: float) -> tuple[list[str], float]:
    count = lanes.left_out
    if count:
        y += NOTE_PX + 8
        note = f"{count} more lane{'s' if count > 1 else ''} not drawn"
        marks.append(text(page.gutter, y, note, class_="m n"))
    return marks, y + 6


def _cut(content: str, room: float, size: float, *, bold: bool = False) -> str:
    return elide(visible(content[:1000]), room, measure_at(size, bold=bold))
