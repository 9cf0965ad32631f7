"""Several timelines on one time axis: what goes where on the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from profiler.report.escape import visible
from profiler.report.fitting import Fitting
from profiler.report.slice_text import NAME_LIMIT
from profiler.report.svg_font import measure_at
from profiler.timeline.arrange import Strip, StripKind, arrange
from profiler.timeline.frame import Frame, make_frame
from profiler.timeline.frame_copies import anchors_of
from profiler.timeline.frame_groups import make_wanted
from profiler.timeline.keys import LaneKind
from profiler.timeline.labels import fit_label
from profiler.timeline.layout import Style
from profiler.timeline.model import Timeline
from profiler.timeline.ruler import Ruler, make_ruler
from profiler.timeline.spans import Spans
from profiler.timeline.tree import full_tree
from profiler.timeline.viewport import Viewport

MARGIN = 20.0
NAME_PX = 11
RULER_PX = 10
LABEL_PX = 10

#: How much further in the names of a group's lanes begin, and the room for the mark of what can be folded.
INDENT_PX, MARK_PX = 12.0, 14.0

#: Room for lane names, whatever they are: px, and share of the page.
_GUTTER_LEAST, _GUTTER_MOST, _GUTTER_SHARE = 72.0, 260.0, 0.3

#: Between a name and the time axis.
NAME_GAP_PX = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A timeline with its title, a line of figures, and the exposed copy time of each device."""

    title: str
    note: str
    timeline: Timeline
    exposed: dict[int, Spans]


@dataclass(frozen=True, slots=True)
class Shown:
    """Which lanes are drawn: the `Choices` of a picture.

    Attributes
    ----------
    pattern : str
        A regular expression; only lanes in whose name it is found. Empty: all.
    unfold : bool
        Whether groups and lanes that start folded are drawn open.
    """

    pattern: str = ""
    unfold: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Lanes:
    """What of one timeline is on the page.

    Attributes
    ----------
    strips : tuple of Strip
        From y = 0, in pixels of the frame.
    frame : Frame
    style : Style
        Its ``scale`` is how many pixels of the frame go on one of the page.
    left_out : int
        Lanes that did not find room.
    """

    timeline: Timeline
    strips: tuple[Strip, ...]
    frame: Frame
    style: Style
    left_out: int

    @property
    def height(self) -> float:
        """Height in pixels of the frame."""
        return self.strips[-1].bottom if self.strips else 0.0

    @property
    def label_px(self) -> float:
        """Size of labels in pixels of the frame."""
        return label_size(self.style)

    def name_at(self, y: int) -> str:
        """The name of what is drawn at a top, as `Frame.lines` says it."""
        strip = next((strip for strip in self.strips if strip.y - 0.5 <= y < strip.bottom), None)
        return strip.node.title[:NAME_LIMIT] if strip is not None else ""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Panels, their lanes, and the time axis they share.

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
    lanes: tuple[Lanes, ...]


def make_page(
    panels: Sequence[Panel], *, width: int, window: tuple[int, int], max_height: float, shown: Shown, scale: float
) -> Page:
    """Lanes of all panels over one window, each in an equal part of ``max_height``."""
    style, room = Style().scaled(scale), max_height / len(panels) * scale
    arranged = [_arranged(panel.timeline, style, shown, compact=len(panels) > 1) for panel in panels]
    gutter = _gutter(panels, arranged, width)
    axis = Viewport(window[0], window[1], int(width - gutter - MARGIN))
    lanes = [_lanes(panel.timeline, axis, strips, room, style) for panel, strips in zip(panels, arranged, strict=True)]
    ruler = make_ruler(axis, measure_at(RULER_PX))
    return Page(width, gutter, axis, ruler, tuple(panels), tuple(lanes))


def label_size(style: Style) -> float:
    """Size of labels in pixels of the frame."""
    return max(round(LABEL_PX * style.scale), 1)


def is_strong(strip: Strip, timeline: Timeline) -> bool:
    """Whether a strip's name is set in bold: groups and engines."""
    lane = strip.node.lane
    return bool(strip.node.children) or (lane >= 0 and timeline.lanes[lane].kind == LaneKind.ENGINE)


def name_left(strip: Strip) -> float:
    """Where a strip's name begins on the page."""
    return MARGIN + strip.level * INDENT_PX + MARK_PX


@dataclass(frozen=True, slots=True)
class _Choices:
    """What `Shown` means for one tree; nothing is moved or made higher."""

    pattern: str
    unfolded: frozenset[str]
    hidden: frozenset[str]
    folded: frozenset[str] = frozenset()
    pinned: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    heights: tuple[tuple[str, float], ...] = ()
    gpu: int | None = None


def _arranged(timeline: Timeline, style: Style, shown: Shown, *, compact: bool) -> tuple[Strip, ...]:
    tree = full_tree(timeline)
    nodes = [node for top in tree for node in top.walk()] if shown.unfold else []
    choices = _Choices(shown.pattern, frozenset(node.key for node in nodes), frozenset())
    strips = arrange(tree, timeline.lanes, choices, style, compact=compact).strips
    # A folded group of counters is a name without a row: nobody can open it in a file.
    empty = frozenset(strip.node.key for strip in strips if strip.kind == StripKind.FOLDED and not strip.rows)
    return arrange(tree, timeline.lanes, replace(choices, hidden=empty), style, compact=compact).strips


def _gutter(panels: Sequence[Panel], arranged: Sequence[tuple[Strip, ...]], width: float) -> int:
    """Room for the longest name, within bounds."""
    names = [
        name_left(strip) + measure_at(NAME_PX, bold=is_strong(strip, panel.timeline))(visible(strip.node.title[:200]))
        for panel, strips in zip(panels, arranged, strict=True)
        for strip in strips
    ]
    return math.ceil(
        min(max([_GUTTER_LEAST, *(end + NAME_GAP_PX for end in names)]), _GUTTER_MOST, width * _GUTTER_SHARE)
    )


def _lanes(timeline: Timeline, axis: Viewport, strips: tuple[Strip, ...], room: float, style: Style) -> Lanes:
    """The strips that find room, and their frame with all that it needs."""
    drawn = _with_room(strips, room)
    origin, scale = timeline.start_ns, style.scale
    viewport = Viewport(axis.start_ns + origin, axis.end_ns + origin, round(axis.width_px * scale))
    placed = [(strip, strip.y) for strip in drawn]
    height, anchors = drawn[-1].bottom if drawn else 0.0, anchors_of(timeline, placed)
    fit = Fitting(fit_label, measure_at(label_size(style)))
    frame = make_frame(timeline, placed, viewport, style, fit, height, anchors)
    while frame.wanted:
        for wanted in frame.wanted:
            make_wanted(timeline, wanted)
        frame = make_frame(timeline, placed, viewport, style, fit, height, anchors)
    return Lanes(timeline, drawn, frame, style, sum(strip.rows > 0 for strip in strips[len(drawn) :]))


def _with_room(strips: tuple[Strip, ...], room: float) -> tuple[Strip, ...]:
    """Strips from the first down, no heading without a lane below it; the first lane is drawn at any height."""
    first = next((place for place, strip in enumerate(strips) if strip.rows), 0)
    count = max(sum(strip.bottom <= room for strip in strips), first + 1)
    while count > first + 1 and not strips[count - 1].rows:
        count -= 1
    return strips[:count]
