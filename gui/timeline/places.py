"""Where a slice is on the canvas, in sight or not, without looking at what is drawn."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

from gui.state.document import Document
from gui.timeline.stack import Stack
from profiler.timeline.arrange import StripKind
from profiler.timeline.model import Timeline
from profiler.timeline.viewport import Viewport


@dataclass(frozen=True, slots=True)
class Spot:
    """A rectangle in device pixels from the canvas's top left; ``shown`` when its lane is open."""

    x: float
    y: float
    w: float
    h: float
    lane: int
    shown: bool

    @property
    def middle(self) -> float:
        """Its height in the middle."""
        return self.y + self.h / 2

    def cut(self, far: float) -> Spot:
        """The part that lies within ``far`` of the canvas: Qt's coordinates are not unbounded."""
        x, end = max(self.x, -far), min(self.x + self.w, far)
        return replace(self, x=min(x, far), w=max(end - x, 1.0))


class Places:
    """Finds slices on the canvas; what lane a slice is in is looked up once."""

    _KEPT = 2_000

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._known: dict[tuple[int, int], tuple[Timeline, tuple[int, ...]]] = {}

    def forget(self) -> None:
        """Look everything up anew."""
        self._known.clear()

    def spots(self, document: Document, row: int, viewport: Viewport, column: int, scroll: float) -> list[Spot]:
        """A slice in the lane of its engine and that of its stream, or in that of its thread; engines first."""
        timeline = document.timeline
        if timeline is None:
            return []
        start, length = int(timeline.trace.ts[row]), max(int(timeline.trace.dur[row]), 1)
        x, end = (float(viewport.x_of(time)) for time in (start, start + length))
        found = []
        for number in self._numbers(document, timeline, row):
            span = self._span(document, timeline, number, scroll)
            if span is not None:
                y, h, lane, shown = span
                found.append(Spot(column + x, y, max(end - x, 1.0), h, lane, shown))
        return found

    def _span(
        self, document: Document, timeline: Timeline, number: int, scroll: float
    ) -> tuple[float, float, int, bool] | None:
        lane = bisect_right(timeline.first_row, number) - 1
        found = self._stack.strip_of(document, lane)
        if found is None:
            return None
        strip, section, pinned = found
        below = section.y + section.heading + self._stack.pinned_height - scroll
        offset = self._pinned_top(document) if pinned else below
        row = number - timeline.first_row[lane] if strip.kind == StripKind.LANE else 0
        return round(offset + strip.row_y(row)), round(strip.row_px), lane, strip.kind == StripKind.LANE

    def _pinned_top(self, document: Document) -> float:
        for placed in self._stack.pinned():
            if placed.document is document:
                return placed.y - placed.strip.y
        return 0.0

    def _numbers(self, document: Document, timeline: Timeline, row: int) -> tuple[int, ...]:
        key = (document.id, row)
        known = self._known.get(key)
        if known is None or known[0] is not timeline:
            if len(self._known) > self._KEPT:
                self._known.clear()
            known = self._known[key] = (timeline, tuple(timeline.numbers_of(row)))
        return known[1]
