"""The lanes of all documents on one time axis, with their names on the left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.state.document import Document
from gui.state.selection import SelectionState, Slice
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from gui.timeline.axis import Axis
from gui.timeline.look import Look
from gui.timeline.names import NamePainter
from gui.timeline.painter import FramePainter
from gui.timeline.rects import RectBuffer
from gui.timeline.stack import Placed, Stack
from gui.timeline.texts import Texts
from profiler.timeline.arrange import StripKind
from profiler.timeline.frame import Frame, make_frame
from profiler.timeline.model import Timeline
from profiler.timeline.picking import slice_at
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import Engine


@dataclass(frozen=True, slots=True)
class Drawn:
    """What of a document is on the canvas."""

    document: Document
    timeline: Timeline
    placed: tuple[Placed, ...]
    frame: Frame


class Canvas(QWidget):
    """Paints lanes; it holds no state but how far it is scrolled down."""

    scrolled = Signal()

    def __init__(
        self, workspace: Workspace, view: ViewState, selection: SelectionState, axis: Axis, look: Look
    ) -> None:
        super().__init__()
        self.workspace, self.view, self.selection, self.axis = workspace, view, selection, axis
        self.stack = Stack()
        self.drawn: tuple[Drawn, ...] = ()
        self.scroll = 0
        self.hovered_name: Placed | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setObjectName("timeline-lanes")
        self.setAccessibleName("timeline lanes")
        self.set_look(look)

    def set_look(self, look: Look) -> None:
        """Paint in another theme or scale."""
        self.look = look
        self._frames = FramePainter(look)
        self.names = NamePainter(look)
        self._rects = RectBuffer()
        self._ticks = Texts(look.ruler_font)
        self.rearrange()

    def rearrange(self) -> None:
        """Lanes, documents or their order changed."""
        self.stack.update(tuple(self.workspace), self.look.style)
        self.scroll_to(self.scroll)
        self.scrolled.emit()
        self.update()

    def scroll_to(self, scroll: float) -> None:
        """Move the lanes, in device pixels from their top, as far as there are any."""
        bounded = round(min(max(scroll, 0), self.most_scroll()))
        if bounded != self.scroll:
            self.scroll = bounded
            self.scrolled.emit()
            self.update()

    def most_scroll(self) -> int:
        """How far down the lanes can be moved."""
        free = self.height_px() - self.stack.pinned_height
        return max(round(self.stack.height - free), 0)

    def height_px(self) -> int:
        """Height in device pixels."""
        return round(self.height() * self.devicePixelRatioF())

    def width_px(self) -> int:
        """Width in device pixels."""
        return round(self.width() * self.devicePixelRatioF())

    def viewport_of(self, document: Document) -> Viewport:
        """The seen stretch on a document's own clock, over the pixels of the lanes."""
        start, end = self.view.shown
        width = max(self.width_px() - self.axis.column_px(self.look), 1)
        return Viewport(start + document.origin_ns, end + document.origin_ns, width)

    def device_point(self, position: QPoint) -> tuple[float, float]:
        """A point of the widget in device pixels."""
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def slice_at(self, x: float, y: float) -> Slice | None:
        """The slice at a point in device pixels."""
        column = self.axis.column_px(self.look)
        if x < column:
            return None
        for drawn in self.drawn:
            row = slice_at(drawn.timeline, drawn.frame.rows, drawn.frame.viewport, x - column, y)
            if row is not None:
                return Slice(drawn.document.id, row)
        return None

    def strip_at(self, y: float) -> Placed | None:
        """The strip at a height in device pixels, its share of the gap to the next included."""
        pinned = self.stack.pinned_height
        source = self.stack.pinned() if y < pinned else self.stack.in_sight(self.scroll, self.height_px())
        return next((placed for placed in source if placed.y - 2 <= y < placed.bottom + 2), None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the scroll within what there is."""
        super().resizeEvent(event)
        self.scroll_to(self.scroll)
        self.scrolled.emit()

    def sizeHint(self) -> QSize:
        """Room for a handful of lanes."""
        return QSize(900, 420)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all that is in sight."""
        painter = QPainter(self)
        # An exception that leaves the painter active would take the process down.
        try:
            ratio = self.devicePixelRatioF()
            painter.scale(1 / ratio, 1 / ratio)
            self.paint_on(painter)
        finally:
            painter.end()

    def paint_on(self, painter: QPainter) -> None:
        """Paint in device pixels."""
        width, height, column = self.width_px(), self.height_px(), self.axis.column_px(self.look)
        painter.fillRect(0, 0, width, height, self.look.background)
        pinned = round(self.stack.pinned_height)
        drawn: list[Drawn] = []
        scrolled = tuple(self.stack.in_sight(self.scroll, height))
        painter.setClipRect(0, pinned, width, height - pinned)
        self._paint_strips(painter, scrolled, drawn)
        for section, y in self.stack.headings(self.scroll, height):
            painter.fillRect(0, round(y), width, round(section.heading), self.look.background)
            self.names.paint_heading(painter, section, y, width, active=section.document is self.workspace.active)
            if not section.arrangement.strips and not section.arrangement.pinned:
                self.names.paint_empty(painter, section.document, y + section.heading, width)
        if pinned:
            painter.setClipRect(0, 0, width, pinned)
            painter.fillRect(0, 0, width, pinned, self.look.background)
            self._paint_strips(painter, tuple(self.stack.pinned()), drawn)
            painter.fillRect(0, pinned - 1, width, 1, self.look.rule)
        painter.setClipRegion(QRegion(0, 0, width, height))
        painter.fillRect(column - 1, 0, 1, height, self.look.rule)
        self.drawn = tuple(drawn)

    def _paint_strips(self, painter: QPainter, strips: tuple[Placed, ...], drawn: list[Drawn]) -> None:
        column, width, height = self.axis.column_px(self.look), self.width_px(), self.height_px()
        for placed in strips:
            if placed.strip.kind != StripKind.GROUP:
                painter.fillRect(column, round(placed.y), width - column, round(placed.strip.height), self.look.lane)
        self._grid(painter, column, strips)
        for document in dict.fromkeys(placed.document for placed in strips):
            mine = tuple(placed for placed in strips if placed.document is document)
            timeline = document.timeline
            if timeline is None:
                continue
            frame = make_frame(
                timeline,
                [(placed.strip, placed.y) for placed in mine],
                self.viewport_of(document),
                self.look.style,
                self._frames.texts.fitted,
                height,
                _anchors(timeline, mine),
            )
            painter.translate(column, 0)
            self._frames.paint(painter, frame)
            painter.translate(-column, 0)
            drawn.append(Drawn(document, timeline, mine, frame))
        for placed in strips:
            self.names.paint_strip(painter, placed, column, hovered=False)

    def _grid(self, painter: QPainter, column: int, strips: tuple[Placed, ...]) -> None:
        ticks = self.axis.major_px(self.view, self.look, self.width_px(), self._ticks)
        x = np.repeat(np.array(ticks, np.int64) + column, len(strips))
        top = np.tile(np.array([round(placed.y) for placed in strips], np.int64), len(ticks))
        bottom = np.tile(np.array([round(placed.bottom) for placed in strips], np.int64), len(ticks))
        self._rects.fill(painter, self.look.grid, x, top, np.ones_like(x), bottom - top)


def _anchors(timeline: Timeline, placed: tuple[Placed, ...]) -> dict[int, tuple[float, float]]:
    """Top and bottom of each device's compute lane."""
    found = {}
    for one in placed:
        number = one.strip.node.lane
        if number >= 0 and timeline.lanes[number].engine == Engine.COMPUTE:
            found[timeline.lanes[number].device] = (one.y, one.bottom)
    return found
