"""Timelines as one self-contained SVG: no script, no outside font or image, the same bytes for the same traces."""

from __future__ import annotations

from collections.abc import Sequence

from profiler.errors import UsageError
from profiler.report.escape import visible, xml_text
from profiler.report.exposed import exposed_spans
from profiler.report.palette import THEMES, Theme
from profiler.report.svg_font import FAMILY, measure_at
from profiler.report.svg_frame import frame_definitions, frame_styles
from profiler.report.svg_legend import TEXT_PX as LEGEND_PX
from profiler.report.svg_legend import draw_legend, legend_entries
from profiler.report.svg_marks import element, rect, text
from profiler.report.svg_page import MARGIN, NAME_PX, RULER_PX, Page, Panel, Shown, make_page
from profiler.report.svg_panel import NOTE_PX, TITLE_PX, draw_panel, draw_ruler
from profiler.timeline.labels import elide
from profiler.timeline.model import Timeline
from profiler.trace.tables import Trace
from profiler.units import format_ns

MIN_WIDTH = 360

_HEADING_PX = 18
_CAPTION_PX = 12


def render_svg(
    traces: Sequence[tuple[str, Trace]],
    *,
    width: int = 1200,
    window: tuple[int, int] | None = None,
    theme: str = "light",
    max_height: int = 3000,
    title: str = "",
    caption: Sequence[str] = (),
    notes: Sequence[str] = (),
    shown: Shown | None = None,
    scale: float = 1.0,
) -> str:
    """An SVG document of one or more timelines below each other on one time axis.

    Parameters
    ----------
    traces : sequence of (str, Trace)
        Title and trace of each timeline. Each trace's first record is at time 0.
    width : int
        Pixels.
    window : (int, int), optional
        Start and end of what is drawn, ns after each trace's first record; by default all of the longest.
    theme : str
        ``light`` or ``dark``.
    max_height : int
        Pixels that the lanes may take together. Lanes without room are left out, from the last up, and counted.
    title : str
        Heading of the page; by default the title of a single timeline.
    caption : sequence of str
        Lines below the heading: figures, device, settings.
    notes : sequence of str
        A line of figures for each timeline.
    shown : Shown, optional
        Which lanes are drawn; by default those of the window, groups folded as it opens them.
    scale : float
        How large the picture is shown, for each pixel of ``width``: 2 doubles every measure. The lanes are computed in
        the pixels that are shown, as the window does on a screen of so many.

    Raises
    ------
    UsageError
        No trace, an unknown theme, a width too small, an empty window, or a pattern that no lane's name has.
    """
    _check(traces, width, window, theme)
    panels = [_panel(name, trace, notes[place : place + 1]) for place, (name, trace) in enumerate(traces)]
    longest = max(panel.timeline.end_ns - panel.timeline.start_ns for panel in panels)
    shown, alone, colours = shown or Shown(), len(panels) == 1, THEMES[theme]
    page = make_page(
        panels, width=width, window=window or (0, max(longest, 1)), max_height=max_height, shown=shown, scale=scale
    )
    _check_found(page, shown)
    marks, y = _head(page, title or (panels[0].title if alone else ""), [*caption, *(notes if alone else ())])
    part, y = draw_ruler(page, y)
    marks += part
    for place in range(len(panels)):
        part, y = draw_panel(page, place, y, colours, titled=not alone or bool(title))
        marks += part
    part, y = draw_legend(legend_entries(lanes.frame for lanes in page.lanes), MARGIN, y + 14, width - 2 * MARGIN)
    return _document([*marks, *part], page, y + 10, title, colours, scale)


def _check(traces: Sequence[tuple[str, Trace]], width: int, window: tuple[int, int] | None, theme: str) -> None:
    if not traces:
        raise UsageError("no trace to draw", remedy="Give at least one trace.")
    if theme not in THEMES:
        raise UsageError(f"{theme!r} is no theme", remedy=f"Choose from: {', '.join(THEMES)}.")
    if width < MIN_WIDTH:
        raise UsageError(f"a drawing {width} pixels wide", remedy=f"Take at least {MIN_WIDTH} pixels.")
    if window is not None and window[1] <= window[0]:
        start, end = format_ns(window[0]), format_ns(window[1])
        raise UsageError(f"an empty window, {start} to {end}", remedy="Its end must lie after its start.")


def _check_found(page: Page, shown: Shown) -> None:
    names = [lane.name for panel in page.panels for lane in panel.timeline.lanes]
    if shown.pattern and names and not any(lanes.strips for lanes in page.lanes):
        some = ", ".join(visible(name[:40]) for name in dict.fromkeys(names[:8]))
        raise UsageError(f"no lane's name has {shown.pattern!r}", remedy=f"There are {some} and others.")


def _panel(title: str, trace: Trace, note: Sequence[str]) -> Panel:
    exposed = exposed_spans(trace)
    return Panel(title, note[0] if note else "", Timeline(trace, exposed), exposed)


def _head(page: Page, title: str, caption: Sequence[str]) -> tuple[list[str], float]:
    room, y, marks = page.width - 2 * MARGIN, 16.0, []
    if title:
        y += _HEADING_PX
        heading = elide(visible(title[:1000]), room, measure_at(_HEADING_PX, bold=True))
        marks.append(text(MARGIN, y, heading, class_="q"))
        y += 4
    for entry in caption:
        for row in _wrapped(visible(entry[:4000]), room):
            y += _CAPTION_PX + 5
            marks.append(text(MARGIN, y, row, class_="m o"))
    return marks, y + 8


def _wrapped(entry: str, room: float) -> list[str]:
    """Lines no wider than ``room``, broken between words."""
    measure, rows = measure_at(_CAPTION_PX), [""]
    for word in entry.split():
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and measure(longer) > room:
            rows.append(word)
        else:
            rows[-1] = longer
    return [elide(row, room, measure) for row in rows if row]


def _document(marks: list[str], page: Page, height: float, title: str, theme: Theme, scale: float) -> str:
    name = title or ", ".join(panel.title[:200] for panel in page.panels)
    root: dict[str, str | float] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "width": page.width * scale,
        "height": height * scale,
        "viewBox": f"0 0 {page.width:g} {height:g}",
        "role": "img",
        "aria-labelledby": "lanescope-title lanescope-desc",
        "font-family": FAMILY,
    }
    content = [
        element("title", xml_text(name), id="lanescope-title"),
        element("desc", xml_text(_description(page)), id="lanescope-desc"),
        element("style", _styles(theme, page)),
        frame_definitions(theme, {paint for lanes in page.lanes for paint in lanes.frame.unfinished.paint.tolist()}),
        rect(0, 0, page.width, height, fill=theme.background),
        *marks,
    ]
    return element("svg", "\n" + "\n".join(filter(None, content)) + "\n", attributes=root) + "\n"


def _description(page: Page) -> str:
    """What the picture shows, for those who do not see it."""
    sentences = []
    for panel in page.panels:
        timeline = panel.timeline
        span = format_ns(timeline.end_ns - timeline.start_ns)
        exposed = sum(int((ends - starts).sum()) for starts, ends in panel.exposed.values())
        lanes = ", ".join(lane.name[:60] for lane in timeline.lanes[:12])
        sentences.append(
            f"{panel.title[:200]}: {len(timeline.trace)} slices over {span}, copies exposed for {format_ns(exposed)}; "
            f"lanes {lanes}{' and more' if len(timeline.lanes) > 12 else ''}."
        )
    return " ".join(sentences)


def _styles(theme: Theme, page: Page) -> str:
    return "\n".join(
        [
            f"text{{fill:{theme.text}}}.m{{fill:{theme.muted}}}",
            f".q{{font-size:{_HEADING_PX}px;font-weight:700}}.o{{font-size:{_CAPTION_PX}px}}",
            f".p{{font-size:{TITLE_PX}px;font-weight:700}}.n{{font-size:{NOTE_PX}px}}.w{{font-size:{LEGEND_PX}px}}",
            f".c{{font-size:{NOTE_PX}px;font-weight:700}}.r{{font-size:{RULER_PX}px;text-anchor:middle}}",
            f".h{{font-size:{NAME_PX}px}}.e{{font-weight:700}}.d{{fill:{theme.muted}}}.f{{fill:{theme.text}}}",
            f".a{{stroke:{theme.rule};fill:none}}.b{{fill:{theme.lane}}}",
            f".g{{stroke:{theme.grid};fill:none}}",
            f".z{{stroke:{theme.muted};stroke-dasharray:3 3}}",
            frame_styles(theme, page.lanes[0].label_px),
        ]
    )
